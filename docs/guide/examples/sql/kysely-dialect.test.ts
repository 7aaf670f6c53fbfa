import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collection, counter, defineSchema, list, register } from "@holdfast/core";
import type { Replica } from "@holdfast/client";
import { openReplica } from "@holdfast/client/node";
import { type Kysely, sql } from "kysely";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { createKysely, toTemplate } from "./kysely-dialect.ts";

const schema = defineSchema({
  version: 1,
  collections: {
    notes: collection({
      title: register(z.string(), ""),
      pinned: register(z.boolean(), false),
      checklist: list(z.object({ label: z.string(), done: z.boolean() })),
      opened: counter(),
    }),
    people: collection({ name: register(z.string(), "") }),
  },
});
const space = "user:42";

describe("Kysely over a replica", () => {
  let directory: string;
  let replica: Replica<typeof schema>;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "holdfast-kysely-"));
    replica = await openReplica({ schema, path: join(directory, "a.db"), spaces: [space] });
    await replica.write(space, (tx) => {
      for (const [index, title] of ["is it?", "b", "c"].entries()) {
        const id = tx.notes.create({ title, pinned: index > 0, checklist: [{ label: title, done: index === 2 }] }, { id: `n${index}` });
        tx.notes.counter(id, "opened").add(index + 1);
      }
      tx.people.create({ name: "b" });
    });
  });
  afterEach(async () => {
    await replica.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("[CLI5] reads with types, parameters, joins and aggregates", async () => {
    const db = createKysely(replica);
    const rows = await db
      .selectFrom("notes")
      .innerJoin("people", "people.name", "notes.title")
      .select(["notes.id", "title", "pinned"])
      .where("pinned", "=", 1)
      .execute();
    expectTypeOf(rows).toEqualTypeOf<{ id: string; title: string; pinned: 0 | 1 }[]>();
    expect(rows).toEqual([{ id: "n1", title: "b", pinned: 1 }]);
    const totals = await db
      .selectFrom("notes")
      .select(({ fn }) => ["space", fn.sum<number>("opened").as("opened")])
      .groupBy("space")
      .executeTakeFirstOrThrow();
    expect(totals).toEqual({ space, opened: 6 });
    const done = await db
      .selectFrom("notes")
      .select(sql<string>`checklist ->> '$[0].label'`.as("label"))
      .where(sql<number>`checklist ->> '$[0].done'`, "=", 1)
      .execute();
    expect(done).toEqual([{ label: "c" }]);
    // @ts-expect-error -- no such column
    await expect(db.selectFrom("notes").select("colour").execute()).rejects.toMatchObject({ code: "invalid-query" });
  });

  it("[CLI5] does not take a question mark in a text for a parameter", async () => {
    const found = await createKysely(replica)
      .selectFrom("notes")
      .select("id")
      .where(sql<boolean>`title = 'is it?'`)
      .where("opened", "<", 2)
      .execute();
    expect(found).toEqual([{ id: "n0" }]);
  });

  it("[CLI5] is live with the replica's own subscription", async () => {
    const query = createKysely(replica).selectFrom("notes").select("title").where("pinned", "=", 1).orderBy("title", "desc").compile();
    const seen: string[] = [];
    const live = replica
      .sql(...toTemplate(query))
      .subscribe<{ title: string }>((rows) => void seen.push(rows.map(({ title }) => title).join()));
    await expect.poll(() => seen).toEqual(["c,b"]);
    await replica.write(space, (tx) => tx.notes.update("n0", { pinned: true }));
    await expect.poll(() => seen).toEqual(["c,b", "is it?,c,b"]);
    live.stop();
  });

  it("[CLI5] refuses to write, with a code, also what is forced past the compiler", async () => {
    const db = createKysely(replica);
    // @ts-expect-error -- it only reads
    expect(db.insertInto).toBeTypeOf("function");
    const forced = db as unknown as Kysely<{ notes: { id: string; title: string } }>;
    const refused = { name: "HoldfastError", code: "invalid-query" };
    await expect(forced.insertInto("notes").values({ id: "x", title: "x" }).execute()).rejects.toMatchObject(refused);
    await expect(forced.updateTable("notes").set({ title: "x" }).execute()).rejects.toMatchObject(refused);
    await expect(forced.deleteFrom("notes").execute()).rejects.toMatchObject(refused);
    await expect(forced.schema.dropTable("notes").execute()).rejects.toMatchObject(refused);
    await expect(forced.transaction().execute((tx) => tx.selectFrom("notes").selectAll().execute())).rejects.toMatchObject(refused);
    const sneaky = forced
      .with("gone", (cte) => cte.deleteFrom("notes").returning("id"))
      .selectFrom("gone")
      .selectAll();
    await expect(sneaky.execute()).rejects.toMatchObject(refused);
    expect(await replica.space(space).notes.count()).toBe(3);
  });
});
