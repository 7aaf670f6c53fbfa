import { copyFileSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { openReplica } from "@holdfast/client/node";
import { arbitrated, collection, counter, defineSchema, intent, list, register, set, text } from "@holdfast/core";
import { accept, createServer, refuse } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { captureOutput } from "../testing/captured-output.ts";
import { createTempDir } from "../testing/temp-dir.ts";
import { inspect } from "./inspect.ts";

const schema = defineSchema({
  version: 3,
  collections: {
    notes: collection({
      title: register(z.string(), ""),
      body: text(),
      tags: set(z.string()),
      steps: list(z.object({ label: z.string() })),
      opened: counter(),
      serial: register(z.bigint(), 0n),
      scan: register(z.instanceof(Uint8Array), new Uint8Array(0)),
      plan: arbitrated(z.string(), "free"),
    }),
  },
  intents: { buy: intent(z.object({ plan: z.string() })) },
});

const space = "user:ann";

/** A phone that has lost a conflict, was refused a write, and has more to say. */
async function makeFile(directory: { file(name: string): string }) {
  const server = createServer({
    schema,
    store: sqliteStore(directory.file("sync.db")),
    authenticate: (token) => ({ id: token }),
    authorize: {
      space: () => "write",
      operation: (_principal, { values }) => (values.includes("forbidden") ? refuse("not-allowed", "Nobody may write that.") : accept()),
    },
    arbiters: { buy: () => refuse("no-credit", "There is none.") },
  });
  const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
  const open = (name: string) =>
    openReplica({ schema, path: directory.file(`${name}.db`), server: url, spaces: [space], auth: () => "ann" });
  const phone = await open("phone");
  const tablet = await open("tablet");
  await phone.write(space, (tx) => tx.notes.create({ title: "Groceries" }, { id: "n1" }));
  await phone.sync();
  await tablet.sync();
  await Promise.all([phone.background(), tablet.background()]);
  await phone.write(space, (tx) => tx.notes.update("n1", { title: "Phone's title" }));
  // Two writes of the tablet: the second has the higher stamp, whatever the ids are; the first may have it already.
  await tablet.write(space, (tx) => tx.notes.update("n1", { title: "Tablet's first" }));
  await tablet.write(space, (tx) => tx.notes.update("n1", { title: "Tablet's title" }));
  await tablet.foreground();
  await tablet.sync();
  await phone.foreground();
  await phone.sync();
  const refused = await phone.write(space, (tx) => tx.notes.update("n1", { title: "forbidden" }));
  expect(await refused.confirmed).toMatchObject({ status: "refused" });
  await phone.background();
  await phone.write(space, (tx) => {
    tx.notes.text("n1", "body").insert(0, "Milk");
    tx.notes.set("n1", "tags").add("food", "home");
    tx.notes.list("n1", "steps").push({ label: "Bread" });
    tx.notes.counter("n1", "opened").add(-2);
    tx.notes.update("n1", { serial: 2n ** 60n, scan: new Uint8Array([1, 2, 3]) });
  });
  await phone.request(space, "buy", { plan: "pro" });
  return { phone, tablet, server };
}

async function run(...args: readonly string[]) {
  const output = captureOutput();
  const code = await inspect.run(args, output);
  return { code, text: output.lines.join("\n") };
}

describe("holdfast inspect", () => {
  it("[CMD7][CMD8][CMD9] shows what the file holds, and only to who comes when it is closed", async () => {
    const directory = createTempDir();
    const { phone, tablet, server } = await makeFile(directory);
    const path = directory.file("phone.db");
    const id = phone.id;
    await expect(run(path)).rejects.toMatchObject({ code: "store-locked" });

    copyFileSync(path, directory.file("copy.db"));
    copyFileSync(`${path}-wal`, directory.file("copy.db-wal"));
    const ofCopy = await run(directory.file("copy.db"));
    expect(ofCopy.text).toContain("request buy");

    await Promise.all([phone.close(), tablet.close()]);
    await server.close();
    const before = readFileSync(path);
    const { code, text } = await run(path);
    expect(code).toBe(0);
    expect(readFileSync(path).equals(before)).toBe(true);

    for (const expected of [
      `replica         ${id}`,
      "user            ann",
      "schema version  3",
      "records         notes 1",
      "  user:ann\n    access        write",
      /cursor {8}[0-9a-f]+, at sequence 4\n/,
      /operations up to \d+, answered up to 3: 7 pending/,
      "Pending: 2 transactions not answered by the server",
      "notes n1 body: an edit of the text",
      'notes n1 tags: "food", "home"',
      'notes n1 steps: {"label":"Bread"}',
      "notes n1 opened: -2",
      "notes n1 serial = 1152921504606846976",
      "notes n1 scan = 3 bytes",
      'request buy {"plan":"pro"}',
      "Refused: 1 dead letter",
      'not-allowed: Nobody may write that.\n      notes n1 title = "forbidden"',
      "Conflicts: 1 value that a resolution did not keep",
      'not kept: "Phone\'s title"',
      new RegExp(`${id.slice(0, 8)}…:2 lost to ${tablet.id.slice(0, 8)}…:[12]`),
    ])
      expect(text).toMatch(expected instanceof RegExp ? expected : new RegExp(expected.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")));

    const json = JSON.parse((await run(path, "--json")).text);
    expect(json).toMatchObject({ path, replica: id, principal: "ann", schemaVersion: 3, records: { notes: 1 } });
    expect(json.refused).toMatchObject([{ code: "not-allowed", reason: "Nobody may write that." }]);
    expect(json.conflicts).toMatchObject([{ collection: "notes", record: "n1", field: "title", value: "Phone's title" }]);
    expect(json.pending).toHaveLength(2);
    expect(JSON.stringify(json.pending)).toContain('{"$integer":"1152921504606846976"}');
    expect(JSON.stringify(json.pending)).toContain('{"$bytes":"010203"}');
  });

  it("[CMD8] says what is wrong with a file that is none of ours", async () => {
    const directory = createTempDir({ "text.db": "This is a text, and long enough to be no database.".repeat(20), "empty.db": "" });
    await expect(run(directory.file("none.db"))).rejects.toMatchObject({
      code: "store-failed",
      message: expect.stringContaining("There is no file"),
    });
    await expect(run(directory.file("text.db"))).rejects.toMatchObject({ code: "store-corrupt" });
    await expect(run(directory.file("empty.db"))).rejects.toMatchObject({ code: "store-mismatch" });
    const replica = await openReplica({ schema, path: directory.file("newer.db"), spaces: [space] });
    await replica.close();
    const database = new DatabaseSync(directory.file("newer.db"));
    database.exec("UPDATE _meta SET value = 3 WHERE key = 'format'");
    database.close();
    await expect(run(directory.file("newer.db"))).rejects.toMatchObject({
      code: "store-mismatch",
      message: expect.stringContaining("has format 3, and this version reads format 2"),
    });
  });
});
