import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { arbitrated, collection, counter, defineSchema, list, register, type Row, set, text } from "@holdfast/core";
import type { Replica } from "@holdfast/client";
import { openReplica } from "@holdfast/client/node";
import { createServer } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import { createCollection, createLiveQueryCollection, createTransaction, eq } from "@tanstack/db";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { holdfastCollectionOptions } from "./collection-options.ts";

const schema = defineSchema({
  version: 1,
  collections: {
    notes: collection({
      title: register(z.string().max(20), ""),
      pinned: register(z.boolean(), false),
      body: text(),
      tags: set(z.string()),
      checklist: list(z.object({ label: z.string(), done: z.boolean() })),
      opened: counter(),
      plan: arbitrated(z.enum(["free", "pro"]), "free"),
    }),
  },
});
const space = "user:42";
const full = { title: "one", pinned: false, body: "", tags: [], checklist: [], opened: 0, plan: "free" };

describe("a TanStack DB collection over a replica", () => {
  let directory: string;
  const ends: (() => Promise<unknown>)[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "holdfast-tanstack-"));
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    rmSync(directory, { recursive: true, force: true });
  });

  async function open(name = "a", server?: string): Promise<Replica<typeof schema>> {
    const path = join(directory, `${name}.db`);
    const replica = await openReplica({ schema, path, spaces: [space], auth: () => "ann", ...(server === undefined ? {} : { server }) });
    ends.push(() => replica.close());
    return replica;
  }

  async function notesOf(replica: Replica<typeof schema>) {
    const notes = createCollection(holdfastCollectionOptions({ replica, schema, space, collection: "notes" }));
    ends.push(() => notes.cleanup());
    await notes.preload();
    return notes;
  }

  it("[TDB1] shows the replica's rows, and every change of them as one", async () => {
    const replica = await open();
    await replica.write(space, (tx) => void tx.notes.create({ title: "one" }, { id: "n1" }));
    const notes = await notesOf(replica);
    expect([...notes.values()]).toMatchObject([{ id: "n1", ...full }]);
    const seen: string[][] = [];
    const subscription = notes.subscribeChanges((changes) => void seen.push(changes.map(({ type, key }) => `${type} ${key}`)), {
      includeInitialState: true,
    });
    await replica.write(space, (tx) => {
      tx.notes.update("n1", { title: "two" });
      tx.notes.create({}, { id: "n2" });
    });
    await replica.write(space, (tx) => tx.notes.delete("n1"));
    await expect.poll(() => seen.map((each) => each.sort())).toEqual([["insert n1"], ["insert n2", "update n1"], ["delete n1"]]);
    subscription.unsubscribe();
  });

  it("[TDB1] feeds TanStack's live queries, and a filter keeps to its records", async () => {
    const replica = await open();
    const notes = await notesOf(replica);
    const pinned = createCollection(
      holdfastCollectionOptions({ replica, schema, space, collection: "notes", where: { pinned: true }, id: "pinned" }),
    );
    ends.push(() => pinned.cleanup());
    await pinned.preload();
    const titles = createLiveQueryCollection((q) =>
      q
        .from({ note: notes })
        .where(({ note }) => eq(note.pinned, true))
        .orderBy(({ note }) => note.title)
        .select(({ note }) => ({ title: note.title })),
    );
    ends.push(() => titles.cleanup());
    await titles.preload();
    await replica.write(space, (tx) => ["b", "a"].forEach((title) => tx.notes.create({ title, pinned: true })));
    await replica.write(space, (tx) => void tx.notes.create({ title: "other" }));
    await expect.poll(() => titles.toArray.map(({ title }) => title)).toEqual(["a", "b"]);
    await expect.poll(() => [pinned.size, notes.size]).toEqual([2, 3]);
  });

  it("[TDB2] an insert is shown at once, is on disk when it is persisted, and leaves no moment without it", async () => {
    const replica = await open();
    const notes = await notesOf(replica);
    const held: boolean[] = [];
    const subscription = notes.subscribeChanges(() => void held.push(notes.has("n1")));
    const inserted = notes.insert({ id: "n1", title: "one" });
    expect(notes.get("n1")).toMatchObject(full);
    expect(await replica.space(space).notes.get("n1")).toBeUndefined();
    await inserted.isPersisted.promise;
    expect(await replica.space(space).notes.get("n1")).toEqual({ id: "n1", ...full });
    expect(notes.get("n1")).toMatchObject(full);
    expect(held.every((is) => is)).toBe(true);
    // Only what was given was written: the rest is as nobody has written it.
    expect(replica.status().pending).toBe(1);
    subscription.unsubscribe();
  });

  it("[TDB2] what the replica refuses is taken back, with its error", async () => {
    const replica = await open();
    const notes = await notesOf(replica);
    const inserted = notes.insert({ id: "n1", title: "longer than twenty characters" });
    await expect(inserted.isPersisted.promise).rejects.toMatchObject({ code: "invalid-value" });
    expect(notes.has("n1")).toBe(false);
    await notes.insert({ id: "n2" }).isPersisted.promise;
    const updated = notes.update("n2", (draft) => {
      (draft as { plan: string }).plan = "pro";
    });
    await expect(updated.isPersisted.promise).rejects.toMatchObject({ name: "HoldfastError" });
    expect(notes.get("n2")?.plan).toBe("free");
  });

  it("[TDB3] a change is written by its field's type, and merges with what another device wrote at the same time", async () => {
    const server = createServer({
      schema,
      store: sqliteStore(join(directory, "server.db")),
      authenticate: (token) => ({ id: token }),
      authorize: { space: () => "write" },
    });
    const { url } = await server.listen({ port: 0 });
    ends.push(() => server.close());
    const [phone, tablet] = [await open("phone", url), await open("tablet", url)];
    const item = (label: string, done = false) => ({ label, done });
    await phone.write(space, (tx) => {
      tx.notes.create({ title: "t", body: "milk", tags: ["x", "y"], checklist: ["a", "b", "c"].map((label) => item(label)) }, { id: "n1" });
      tx.notes.counter("n1", "opened").add(5);
    });
    await phone.sync();
    await tablet.sync();
    const [onPhone, onTablet] = [await notesOf(phone), await notesOf(tablet)];
    await Promise.all([phone.background(), tablet.background()]);
    await onPhone.update("n1", (draft) => {
      const note = draft as { -readonly [F in keyof Row<typeof schema, "notes">]: Row<typeof schema, "notes">[F] };
      note.opened += 2;
      note.tags = ["y", "phone"];
      note.body = "oat milk";
      note.checklist = [item("c"), item("a", true), item("b")];
    }).isPersisted.promise;
    await onTablet.update("n1", (draft) => {
      const note = draft as { -readonly [F in keyof Row<typeof schema, "notes">]: Row<typeof schema, "notes">[F] };
      note.pinned = true;
      note.opened += 3;
      note.tags = [...note.tags, "tablet"];
      note.body = "milk and bread";
      note.checklist = [...note.checklist, item("d")];
    }).isPersisted.promise;
    await Promise.all([phone.foreground(), tablet.foreground()]);
    await phone.sync();
    await tablet.sync();
    await phone.sync();
    const merged = await phone.space(space).notes.get("n1");
    expect(merged).toEqual(await tablet.space(space).notes.get("n1"));
    expect(merged).toMatchObject({ title: "t", pinned: true, opened: 10, body: "oat milk and bread" });
    expect([...(merged?.tags ?? [])].sort()).toEqual(["phone", "tablet", "y"]);
    expect(merged?.checklist).toEqual([item("c"), item("a", true), item("b"), item("d")]);
    await expect.poll(() => [onPhone.get("n1"), onTablet.get("n1")].map((row) => row?.opened)).toEqual([10, 10]);
    await onPhone.delete("n1").isPersisted.promise;
    expect(await phone.space(space).notes.get("n1")).toBeUndefined();
  });

  it("[TDB3] mutations of one TanStack transaction are one write", async () => {
    const replica = await open();
    const notes = await notesOf(replica);
    const transaction = createTransaction({
      mutationFn: ({ transaction }) => notes.utils.persist(transaction),
    });
    const seen: number[] = [];
    const live = replica.space(space).notes.subscribe((rows) => void seen.push(rows.length));
    transaction.mutate(() => {
      notes.insert({ id: "n1", title: "one" });
      notes.insert({ id: "n2", title: "two" });
    });
    await transaction.isPersisted.promise;
    expect(seen.filter((count) => count > 0)).toEqual([2]);
    live.stop();
  });

  it("[TDB1] a space that is not followed is an error of the collection, with its code", async () => {
    const replica = await open();
    const notes = createCollection(holdfastCollectionOptions({ replica, schema, space: "nowhere", collection: "notes" }));
    await expect(notes.preload()).rejects.toMatchObject({ code: "unknown-space" });
    expect(notes.status).toBe("error");
  });

  it("[TDB5] is typed by the schema", () => {
    const typed = (replica: Replica<typeof schema>) =>
      createCollection(holdfastCollectionOptions({ replica, schema, space, collection: "notes" }));
    type Notes = ReturnType<typeof typed>;
    expectTypeOf<NonNullable<ReturnType<Notes["get"]>>["tags"]>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<NonNullable<ReturnType<Notes["get"]>>["plan"]>().toEqualTypeOf<"free" | "pro">();
    const wrong = (notes: Notes): unknown => [
      notes.insert({ id: "n1", title: "x" }),
      // @ts-expect-error -- no such field
      notes.insert({ id: "n1", colour: "red" }),
      // @ts-expect-error -- an id is needed
      notes.insert({ title: "x" }),
    ];
    expect(wrong).toBeTypeOf("function");
  });
});
