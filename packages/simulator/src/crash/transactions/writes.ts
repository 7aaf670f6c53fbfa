/** Local transactions: a write of each kind of field, an intent, and what an app does with conflicts and dead letters. */
import { forbiddenNote, noteId } from "../app.ts";
import type { Tx } from "../crash-device.ts";
import type { Stage } from "../stage.ts";
import { bringInStep, bringInStepAndGoOffline, editNote, goOffline, untilInStep } from "./histories.ts";
import type { TransactionType } from "./transaction-type.ts";

function localWrite(name: string, run: (tx: Tx) => unknown): TransactionType {
  return offline(`write: ${name}`, async ({ device }) => {
    await device.write("d-write", run);
    await device.write("d-again", run);
  });
}

/** The device opens without a link, and dies in what `work` does. */
function offline(name: string, work: (stage: Stage) => Promise<unknown>, prepare = bringInStepAndGoOffline): TransactionType {
  return {
    name,
    victim: "device",
    prepare,
    async act(stage) {
      await stage.device.open();
      stage.victim.begin();
      await work(stage);
    },
  };
}

/** Both have written the title without knowing of the other: somebody lost. */
async function bringIntoConflict(stage: Stage): Promise<void> {
  const { device, other } = stage;
  await bringInStepAndGoOffline(stage);
  await device.write("d-mine", (tx) => tx.notes.update(noteId, { title: "mine" }));
  await other.write("o-theirs", (tx) => tx.notes.update(noteId, { title: "theirs" }));
  await stage.until(() => other.isInStep());
  await device.close();
  await device.open({ online: true });
  await untilInStep(stage);
  await stage.until(() => device.replica.conflicts.list().length > 0);
  await goOffline(stage);
}

async function bringIntoRefusal(stage: Stage): Promise<void> {
  await bringInStep(stage);
  await stage.device.write("d-refused", editNote("refused"), forbiddenNote);
  await stage.until(() => stage.device.replica.deadLetters.list().length > 0);
  await untilInStep(stage);
  await goOffline(stage);
}

const firstId = (list: readonly { readonly id: number }[]): number => list[0]?.id ?? 0;

export const writes: readonly TransactionType[] = [
  localWrite("create", () => undefined),
  localWrite("register", (tx) => tx.notes.update(noteId, { title: "new" })),
  localWrite("counter", (tx) => tx.notes.counter(noteId, "opened").add(3)),
  localWrite("set", (tx) => {
    tx.notes.set(noteId, "tags").add("a", "b");
    tx.notes.set(noteId, "tags").delete("first");
  }),
  localWrite("list", (tx) => tx.notes.list(noteId, "steps").push("a", "b")),
  localWrite("text", (tx) => tx.notes.text(noteId, "body").insert(0, "typed ")),
  localWrite("every kind at once", editNote("all")),
  localWrite("delete", async (tx) => {
    if ((await tx.notes.get(noteId)) !== undefined) tx.notes.delete(noteId);
  }),
  localWrite("many records", (tx) => {
    for (let n = 0; n < 12; n++) tx.notes.create({ title: "x".repeat(400) });
  }),
  offline("write: group commit", ({ device }) =>
    Promise.all(["a", "b", "c", "d"].map((letter) => device.write(`d-${letter}`, (tx) => tx.notes.counter(noteId, "opened").add(1)))),
  ),
  offline("request", async ({ device }) => {
    await device.request(3);
    await device.write("d-after", editNote("after"));
  }),
  offline(
    "restore a conflict",
    ({ device }) => device.replica.conflicts.restore(firstId(device.replica.conflicts.list())),
    bringIntoConflict,
  ),
  offline(
    "dismiss a conflict",
    ({ device }) => device.replica.conflicts.dismiss(firstId(device.replica.conflicts.list())),
    bringIntoConflict,
  ),
  {
    ...offline(
      "retry a dead letter",
      ({ device }) => device.replica.deadLetters.retry(firstId(device.replica.deadLetters.list())),
      bringIntoRefusal,
    ),
  },
  offline(
    "discard a dead letter",
    async ({ device, promises }) => {
      promises.acknowledged.delete("d-refused");
      await device.replica.deadLetters.discard(firstId(device.replica.deadLetters.list()));
    },
    bringIntoRefusal,
  ),
];
