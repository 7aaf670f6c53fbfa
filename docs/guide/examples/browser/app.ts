import { openReplica } from "@holdfast/client/web";
import { schema } from "./schema.ts";

const space = "user:ann";
const server = new URLSearchParams(location.search).get("server");
const replica = await openReplica({
  schema,
  name: "notes",
  spaces: [space],
  auth: () => "ann",
  worker: () => new Worker(new URL("./replica.worker.ts", import.meta.url), { type: "module" }),
  ...(server === null ? {} : { server }),
});

const form = document.querySelector("form") as HTMLFormElement;
const list = document.querySelector("ul") as HTMLUListElement;
const state = document.querySelector("[role=status]") as HTMLElement;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const title = String(new FormData(form).get("title"));
  form.reset();
  // Resolves when it is on disk: a reload, a crash or a dead battery does not take it back.
  void replica.write(space, (tx) => tx.notes.create({ title }));
});

replica
  .space(space)
  .notes.where({})
  .orderBy("title")
  .subscribe((notes) => {
    list.replaceChildren(
      ...notes.map(({ title }) => {
        const item = document.createElement("li");
        item.textContent = title;
        return item;
      }),
    );
  });

function show(): void {
  const { connection, pending, durability } = replica.status();
  const kept = durability.kind === "disk" ? "kept on this device" : `kept in memory alone: storage is ${durability.reason}`;
  state.textContent = `${connection.kind}, ${pending} to send, ${kept}`;
}
show();
replica.on("status", show);
