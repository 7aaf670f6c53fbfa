import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collection, defineSchema, register, set } from "@holdfast/core";
import { openReplica } from "@holdfast/client/node";
import { createServer } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import { z } from "zod";

const schema = defineSchema({
  version: 1,
  collections: { notes: collection({ title: register(z.string(), ""), tags: set(z.string()) }) },
});
const directory = mkdtempSync(join(tmpdir(), "holdfast-hello-"));

// The server: a token is a user's name here, and a user has one space.
const server = createServer({
  schema,
  store: sqliteStore(join(directory, "server.db")),
  authenticate: (token) => (token === "" ? null : { id: token }),
  authorize: { space: (user, space) => (space === `user:${user.id}` ? "write" : "none") },
});
const { url } = await server.listen({ port: 0 });

// Two devices of one person, each with a replica in a file of its own.
const open = (name: string) =>
  openReplica({ schema, path: join(directory, `${name}.db`), server: url, spaces: ["user:ann"], auth: () => "ann" });
const phone = await open("phone");
const tablet = await open("tablet");
const { value: id } = await phone.write("user:ann", (tx) => tx.notes.create({ title: "Groceries", tags: ["home"] }));
await phone.sync();
await tablet.sync();

// Both go offline and change the same note. Each write is on its disk when it resolves.
await Promise.all([phone.background(), tablet.background()]);
await phone.write("user:ann", (tx) => {
  tx.notes.update(id, { title: "Groceries for Sunday" });
  tx.notes.set(id, "tags").add("food");
});
await tablet.write("user:ann", (tx) => {
  tx.notes.update(id, { title: "Shopping" });
  tx.notes.set(id, "tags").add("errand");
});

// Back online: tags merge, one title wins on both, and the other is kept.
await Promise.all([phone.foreground(), tablet.foreground()]);
await phone.sync();
await tablet.sync();
await phone.sync();
console.log("phone ", await phone.space("user:ann").notes.get(id));
console.log("tablet", await tablet.space("user:ann").notes.get(id));
const [kept] = phone.conflicts.list();
console.log("kept  ", kept?.field, kept?.value);
console.log("equal ", (await phone.digest("user:ann")) === (await server.digest("user:ann")));

await Promise.all([phone.close(), tablet.close()]);
await server.close();
rmSync(directory, { recursive: true });
