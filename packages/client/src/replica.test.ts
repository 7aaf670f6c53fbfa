import { readFileSync } from "node:fs";
import { collection, counter, defineSchema, HoldfastError, register, text } from "@holdfast/core";
import {
  encodeRecordState,
  latticesOf,
  type RecordState,
  originOf,
  applyOperation,
  type Runtime,
  type SqlitePort,
  type Transaction,
} from "@holdfast/core/engine";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { inspectFile, openReplica } from "./node/index.ts";
import { nodeRuntime } from "./node/runtime.ts";
import { eventually, OtherDevice, schema, space } from "./testing/bed.ts";
import { useBed } from "./testing/use-bed.ts";
import { ScriptedR0 } from "./testing/scripted-r0.ts";

const bed = useBed();

/** A port whose commits fail by our own fault. */
const breaking =
  (isBroken: () => boolean) =>
  (port: SqlitePort): SqlitePort => ({
    ...port,
    transaction: (body) => {
      if (isBroken()) throw new TypeError("our bug");
      return port.transaction(body);
    },
  });

const codeOf = async (asked: Promise<unknown> | (() => unknown)): Promise<string> => {
  try {
    await (typeof asked === "function" ? asked() : asked);
    return "none";
  } catch (error) {
    return error instanceof HoldfastError ? error.code : String(error);
  }
};

/** What types forbid is what is tried. */
interface Wrong {
  create(fields: object): string;
  update(id: string, patch: object): void;
  readonly nope: Wrong;
}

describe("a replica by itself", () => {
  it("[CLI1][T19][T20][F17] what cannot be kept throws a typed error and changes nothing", async () => {
    const replica = await bed.open();
    const write = (run: (notes: Wrong) => unknown): Promise<string> =>
      codeOf(replica.write(space, async (tx) => void (await run(tx.notes as unknown as Wrong))));
    const before = replica.status().pending;
    expect(await write((notes) => notes.create({ title: 7 }))).toBe("invalid-value");
    expect(await write((notes) => notes.create({ title: "a\0b" }))).toBe("invalid-value");
    expect(await write((notes) => notes.create({ title: "\ud83d" }))).toBe("invalid-value");
    expect(await write((notes) => notes.create({ data: Number.NaN }))).toBe("invalid-value");
    expect(await write((notes) => notes.create({ data: new Date() }))).toBe("invalid-value");
    expect(await write((notes) => notes.create({ data: "x".repeat(200_000) }))).toBe("too-large");
    expect(await write((notes) => notes.create({ nope: 1 }))).toBe("unknown-field");
    expect(await write((notes) => notes.update("missing", { title: "x" }))).toBe("no-such-record");
    expect(await codeOf(replica.write(space, (tx) => (tx as unknown as Wrong).nope.create({})))).toBe("unknown-collection");
    expect(await codeOf(replica.write("elsewhere", () => 1))).toBe("unknown-space");
    expect(await codeOf(replica.request(space, "nope" as never, {}))).toBe("unknown-intent");
    expect(await codeOf(replica.request(space, "buyPlan", {} as never))).toBe("invalid-value");
    expect(await codeOf(() => replica.space("elsewhere"))).toBe("unknown-space");
    expect(replica.status().pending).toBe(before);
    expect(await replica.space(space).notes.count()).toBe(0);
    // Valid and invalid in one write: neither.
    expect(
      await write((notes) => {
        notes.create({ title: "fine" });
        notes.create({ title: 7 });
      }),
    ).toBe("invalid-value");
    expect(await replica.space(space).notes.count()).toBe(0);
  });

  it("[CLI3][F57][T19][T20] values come back as they were written, also after a restart", async () => {
    const values = [
      null,
      true,
      0,
      -1.5,
      1e308,
      2 ** 53 - 1,
      2n ** 53n + 1n,
      -(2n ** 63n),
      5n,
      "",
      "a\u{1f469}\u200d\u{1f469}",
      Uint8Array.of(0, 1, 255),
      [1, [2n]],
      { a: { __proto__x: 1 } },
      JSON.parse('{"__proto__":{"x":1}}') as unknown,
    ];
    const replica = await bed.open();
    const ids = await replica.write(space, (tx) => values.map((data) => tx.notes.create({ data })));
    await replica.close();
    const again = await bed.open();
    for (const [index, id] of ids.value.entries()) expect((await again.space(space).notes.get(id))?.data).toStrictEqual(values[index]);
  });

  it("[CLI4] where, orderBy, limit and count", async () => {
    const replica = await bed.open();
    await replica.write(space, (tx) => {
      for (const [title, size, pinned] of [
        ["b", 2, true],
        ["a", 10, false],
        ["c", 5n, true],
        ["d", 2n ** 60n, false],
      ] as const)
        tx.notes.create({ title, size, pinned });
    });
    const { notes } = replica.space(space);
    const titles = async (query: { all(): Promise<readonly { readonly title: string }[]> }): Promise<string> =>
      (await query.all()).map(({ title }) => title).join("");
    expect(await titles(notes.where({ pinned: true }).orderBy("title"))).toBe("bc");
    expect(await titles(notes.where({ pinned: { ne: true } }).orderBy("title", "desc"))).toBe("da");
    expect(await titles(notes.where({ size: { gt: 2, lte: 10 } }).orderBy("size"))).toBe("ca");
    expect(await titles(notes.where({ size: { gte: 2n ** 60n } }))).toBe("d");
    expect(await titles(notes.where({ title: { in: ["a", "d", "z"] } }).orderBy("title"))).toBe("ad");
    expect(await titles(notes.orderBy("title").limit(2, 1))).toBe("bc");
    expect(await notes.where({ pinned: true }).count()).toBe(2);
    expect((await notes.orderBy("title", "desc").first())?.title).toBe("d");
    expect(await codeOf(() => notes.where({ nope: 1 } as never))).toBe("unknown-field");
    expect(await codeOf(() => notes.limit(-1))).toBe("invalid-query");
  });

  it("[CLI5] SQL reads and never writes", async () => {
    const replica = await bed.open();
    await replica.write(space, (tx) => void (tx.notes.create({ pinned: true }), tx.notes.create({})));
    expect(await replica.sql`select count(*) as n from notes where pinned`.first()).toEqual({ n: 1 });
    expect(await replica.sql`select count(*) as n from notes where pinned = ${true}`.first()).toEqual({ n: 1 });
    for (const query of [
      replica.sql`delete from notes`,
      replica.sql`with x as (select 1) delete from notes`,
      replica.sql`pragma query_only=0`,
      replica.sql`/* select */ drop table notes`,
      replica.sql`select nope from notes`,
    ])
      expect(await codeOf(query.all())).toBe("invalid-query");
    expect(await replica.space(space).notes.count()).toBe(2);
    await replica.write(space, (tx) => tx.notes.create({}));
  });

  it("[CLI6][F69] live queries are told of their own changes only, once a commit, with the same rows", async () => {
    const replica = await bed.open();
    const { value: ids } = await replica.write(space, (tx) =>
      ["a", "b", "c"].map((title) => tx.notes.create({ title, pinned: title !== "c" })),
    );
    const told: string[] = [];
    let rows: readonly object[] = [];
    const kept: (readonly object[])[] = [];
    const live = replica
      .space(space)
      .notes.where({ pinned: true })
      .orderBy("title")
      .subscribe((found, change) => {
        kept.push(found);
        rows = found;
        told.push(`${change.added.length}${change.updated.length}${change.removed.length}`);
      });
    const counts: unknown[] = [];
    replica.sql`select count(*) as n from notes`.subscribe((found) => counts.push(found[0]?.["n"]));
    await eventually("the first result", () => told.length === 1 && counts.length === 1);
    const [, second] = ids;
    await replica.write(space, (tx) => tx.notes.update(ids[2] ?? "", { title: "still not pinned" }));
    await replica.write(space, (tx) => tx.accounts.create({}));
    expect(told).toEqual(["200"]);
    await Promise.all([1, 2, 3].map((n) => replica.write(space, (tx) => tx.notes.update(second ?? "", { title: `b${n}` }))));
    expect(told).toEqual(["200", "010"]);
    expect(rows[0]).toBe(kept[0]?.[0]);
    expect(rows[1]).not.toBe(kept[0]?.[1]);
    await replica.write(space, (tx) => tx.notes.delete(second ?? ""));
    expect(told).toEqual(["200", "010", "001"]);
    expect(live.rows).toBe(rows);
    expect(counts).toEqual([3, 2]);
    live.stop();
    await replica.write(space, (tx) => tx.notes.create({ pinned: true }));
    expect(told).toHaveLength(3);
  });

  it("[CLI2] a transaction reads what it has written, and no other write comes in between", async () => {
    const replica = await bed.open();
    const { value: id } = await replica.write(space, (tx) => tx.notes.create({ size: 0 }));
    await Promise.all(
      Array.from({ length: 20 }, () =>
        replica.write(space, async (tx) => {
          const row = await tx.notes.get(id);
          await new Promise((resolve) => setImmediate(resolve));
          tx.notes.update(id, { size: Number(row?.size) + 1 });
          expect((await tx.notes.get(id))?.size).toBe(Number(row?.size) + 1);
        }),
      ),
    );
    expect((await replica.space(space).notes.get(id))?.size).toBe(20);
  });

  it("[CLI7] an open text follows the replica and writes what is typed in groups", async () => {
    const r0 = new ScriptedR0();
    const replica = await bed.open("a", { r0 });
    const { value: id } = await replica.write(space, (tx) => tx.notes.create({ body: "Milk" }));
    await replica.sync();
    const open = await replica.space(space).notes.openText(id, "body");
    const typed = open.text as { insert(at: number, text: string): void; toString(): string };
    for (const [index, letter] of [..." and eggs"].entries()) typed.insert(4 + index, letter);
    await open.flush();
    expect((await replica.space(space).notes.get(id))?.body).toBe("Milk and eggs");
    await replica.sync();
    expect(r0.space(space).stream).toHaveLength(2);
    const other = new OtherDevice("b");
    for (const { transaction } of r0.space(space).stream) other.see(transaction);
    const theirs = r0.append(
      space,
      other.write((tx) => tx.notes.text(id, "body").insert(0, "Oat ")),
    );
    r0.poke(space, [theirs]);
    await eventually("the editor has it", () => String(typed) === "Oat Milk and eggs");
    typed.insert(0, "1 ");
    await open.close();
    expect((await replica.space(space).notes.get(id))?.body).toBe("1 Oat Milk and eggs");
    expect(await codeOf(replica.space(space).notes.openText(id, "title"))).toBe("wrong-kind");
    expect(await codeOf(replica.space(space).notes.openText("missing", "body"))).toBe("no-such-record");
  });

  it("[CLI8] closing writes what was queued, and refuses what comes later", async () => {
    const replica = await bed.open();
    const queued = Array.from({ length: 10 }, () => replica.write(space, (tx) => tx.notes.create({})));
    await replica.close();
    await Promise.all(queued);
    expect(await codeOf(replica.write(space, () => 1))).toBe("closed");
    expect(await codeOf(() => replica.space(space).notes.all())).toBe("closed");
    await replica.close();
    expect(await (await bed.open()).space(space).notes.count()).toBe(10);
  });

  it("[CLI9] a defect stops writing and sending, and reads go on", async () => {
    const r0 = new ScriptedR0();
    let broken = false;
    const replica = await bed.open("a", {
      r0,
      onError: () => {},
      wrap: breaking(() => broken),
    });
    await replica.write(space, (tx) => tx.notes.create({ title: "kept" }));
    await replica.sync();
    const stops: unknown[] = [];
    replica.on("stopped", (stop) => stops.push(stop.cause));
    broken = true;
    r0.append(
      space,
      new OtherDevice("b").write((tx) => tx.notes.create({}, { id: "x" })),
    );
    r0.poke(space);
    await eventually("it has stopped", () => stops.length === 1);
    broken = false;
    expect(replica.status().phase).toBe("stopped");
    expect(await codeOf(replica.write(space, () => 1))).toBe("stopped");
    expect((await replica.space(space).notes.all()).map(({ title }) => title)).toEqual(["kept"]);
  });

  it("[CLI9][CLI1] a commit that fails by our own fault stops the replica, and the write is not acknowledged", async () => {
    let broken = false;
    const replica = await bed.open("a", {
      onError: () => {},
      wrap: breaking(() => broken),
    });
    await replica.write(space, (tx) => tx.notes.create({ title: "kept" }));
    broken = true;
    expect(await codeOf(replica.write(space, (tx) => tx.notes.create({})))).toBe("TypeError: our bug");
    broken = false;
    expect(replica.status().phase).toBe("stopped");
    expect(await codeOf(replica.write(space, (tx) => tx.notes.create({})))).toBe("stopped");
    expect(await replica.space(space).notes.count()).toBe(1);
  });

  it("[CLI10] a callback that never settles does not hold the lock for ever", async () => {
    const replica = await bed.open("a", { limits: { callbackMsMax: 20 } });
    let late: (() => void) | undefined;
    const stuck = replica.write(space, async (tx) => {
      tx.notes.create({ title: "too late" });
      await new Promise<void>((resolve) => (late = resolve));
    });
    const next = replica.write(space, (tx) => tx.notes.create({ title: "next" }));
    expect(await codeOf(stuck)).toBe("timeout");
    await next;
    late?.();
    await replica.write(space, (tx) => tx.notes.create({ title: "last" }));
    expect((await replica.space(space).notes.orderBy("title").all()).map(({ title }) => title)).toEqual(["last", "next"]);
  });

  it("[CLI11] at a limit the next call is refused", async () => {
    const replica = await bed.open("a", { limits: { pendingOperationsMax: 4, undecidedIntentsMax: 1, liveQueriesMax: 1, spacesMax: 2 } });
    expect(await codeOf(replica.request(space, "buyPlan", { accountId: "a" }))).toBe("none");
    expect(await codeOf(replica.request(space, "buyPlan", { accountId: "b" }))).toBe("limit-reached");
    await replica.write(space, (tx) => tx.notes.create({ title: "a", pinned: true, size: 1 }));
    expect(await codeOf(replica.write(space, (tx) => tx.notes.create({})))).toBe("limit-reached");
    replica.space(space).notes.subscribe(() => {});
    expect(await codeOf(() => replica.space(space).notes.subscribe(() => {}))).toBe("limit-reached");
    await replica.follow("team:1");
    expect(await codeOf(replica.follow("team:2"))).toBe("limit-reached");
    expect(await codeOf(replica.follow(""))).toBe("invalid-option");
  });

  it("[CLI26][T13][F39] a file belongs to one user, and a sealed one opens to nobody else", async () => {
    const replica = await bed.open("a", { user: "ann" });
    await replica.write(space, (tx) => tx.notes.create({ title: "Ann's" }));
    await replica.close();
    expect(await codeOf(bed.open("a", { user: "bob" }))).toBe("wrong-principal");
    const again = await bed.open("a");
    expect(await again.signOut({ pending: "keep" })).toEqual([]);
    expect(await codeOf(bed.open("a"))).toBe("wrong-principal");
    expect(await codeOf(bed.open("a", { user: "bob" }))).toBe("wrong-principal");
    const back = await bed.open("a", { user: "ann" });
    expect(await back.space(space).notes.count()).toBe(1);
    expect(back.status().pending).toBeGreaterThan(0);
  });

  it("[CLI26][T13] a token of another user sends nothing of this file's", async () => {
    const r0 = new ScriptedR0();
    const replica = await bed.open("a", { user: "ann", r0 });
    const blocked: string[] = [];
    replica.on("blocked", ({ reason }) => blocked.push(reason));
    await replica.write(space, (tx) => tx.notes.create({ title: "Ann's" }));
    await eventually("it is blocked", () => blocked.length > 0);
    expect(blocked).toEqual(["wrong-principal"]);
    expect(r0.received.map(({ type }) => type)).toEqual(["hello"]);
    expect(await codeOf(replica.sync())).toBe("wrong-principal");
  });

  it("[CLI27][T13][F39] signing out with discard gives the payloads back and leaves no byte", async () => {
    const secret = "correct horse battery staple";
    const replica = await bed.open("a", { user: "ann" });
    await replica.write(space, (tx) => tx.notes.create({ title: secret }));
    const before = replica.id;
    expect(await replica.signOut({ pending: "discard" })).toMatchObject([
      { space, payload: { type: "write", changes: [{ values: [secret] }] } },
    ]);
    expect(readFileSync(bed.file("a")).includes(secret)).toBe(false);
    const again = await bed.open("a", { user: "bob" });
    expect(again.id).not.toBe(before);
    expect(await again.space(space).notes.count()).toBe(0);
    expect(again.status().pending).toBe(0);
  });

  it("[CLI28] unfollowing takes the rows along, but not what is pending", async () => {
    const replica = await bed.open();
    await replica.write(space, (tx) => tx.notes.create({}));
    expect(await codeOf(replica.unfollow(space))).toBe("limit-reached");
    expect(await replica.space(space).notes.count()).toBe(1);
    await replica.unfollow(space, { discard: true });
    expect(await codeOf(() => replica.space(space))).toBe("unknown-space");
    expect(await replica.sql`select count(*) as n from notes`.first()).toEqual({ n: 0 });
    await replica.follow(space);
    expect(await replica.space(space).notes.count()).toBe(0);
  });

  it("[CLI29][T17][F54] a new version of the schema shows what the file held, and the old one loses nothing of it", async () => {
    const path = bed.file("evolving");
    const old = defineSchema({ version: 1, collections: { notes: collection({ title: register(z.string(), "") }) } });
    const next = defineSchema({
      version: 2,
      collections: {
        notes: collection({ title: register(z.string(), ""), stars: counter(), body: text() }, { indexes: ["stars"] }),
        boards: collection({ name: register(z.string(), "") }),
      },
    });
    const first = await openReplica({ schema: next, path, spaces: [space] });
    const { value: id } = await first.write(space, (tx) => {
      tx.boards.create({ name: "board" });
      const made = tx.notes.create({ title: "a", body: "text" });
      tx.notes.counter(made, "stars").add(3);
      return made;
    });
    await first.close();
    const second = await openReplica({ schema: old, path, spaces: [space] });
    await second.write(space, (tx) => tx.notes.update(id, { title: "b" }));
    await second.close();
    const third = await openReplica({ schema: next, path, spaces: [space], limits: { fillSliceRowsMax: 1 } });
    expect(await third.space(space).notes.where({ stars: 3 }).all()).toMatchObject([{ title: "b", body: "text", stars: 3 }]);
    expect(await third.sql`select name from boards`.first()).toEqual({ name: "board" });
    await third.close();
  });

  it("[CLI29][T17][F53][F54] what an older schema did not know comes to light when the app is updated", async () => {
    const r0 = new ScriptedR0();
    const other = new OtherDevice("b");
    r0.append(
      space,
      other.write((tx) => {
        for (const id of ["a", "b", "c"]) {
          tx.notes.create({ title: id, body: `text of ${id}`, tags: [id], pinned: id === "b" }, { id });
          tx.notes.counter(id, "opened").add(3);
        }
        tx.accounts.create({ name: "Main" }, { id: "acc" });
      }),
    );
    const old = defineSchema({ version: 1, collections: { notes: collection({ title: register(z.string(), "") }) } });
    const first = await bed.open("a", { r0, schema: old as never });
    await first.sync();
    await first.write(space, (tx) => tx.notes.update("a", { title: "still a" }));
    await first.close();
    const updated = await bed.open("a", { limits: { fillSliceRowsMax: 1 } });
    expect(await updated.space(space).notes.where({ opened: 3, pinned: true }).all()).toMatchObject([
      { id: "b", body: "text of b", tags: ["b"] },
    ]);
    expect(await updated.space(space).notes.get("a")).toMatchObject({ title: "still a", body: "text of a", opened: 3 });
    expect(await updated.sql`select name from accounts`.first()).toEqual({ name: "Main" });
  });

  it("[CLI74][T17][F37][F55] what an older version does not declare stays one record, in step with r0, and leaves with its space", async () => {
    const r0 = new ScriptedR0();
    const other = new OtherDevice("b");
    r0.append(
      space,
      other.write((tx) => (tx.notes.create({ title: "n" }, { id: "n" }), tx.accounts.create({ name: "Main" }, { id: "acc" }))),
    );
    const newer = await bed.open("a", { r0 });
    const watcher = await bed.open("w", { r0 });
    await newer.sync();
    await newer.close();
    const old = defineSchema({ version: 1, collections: { notes: collection({ title: register(z.string(), "") }) } });
    const older = await bed.open("a", { r0, schema: old as never });
    r0.append(
      space,
      other.write((tx) => (tx.accounts.update("acc", { name: "Renamed" }), tx.accounts.create({ name: "Later" }, { id: "new" }))),
    );
    await older.sync();
    await watcher.sync();
    expect(await older.digest(space)).toBe(await watcher.digest(space));
    expect(Object.keys(older.space(space))).toEqual(["notes"]);
    await older.close();
    const again = await bed.open("a", { r0, limits: { fillSliceRowsMax: 1 } });
    expect(await again.sql`select id, name from accounts order by id`.all()).toEqual([
      { id: "acc", name: "Renamed" },
      { id: "new", name: "Later" },
    ]);
    expect(await again.digest(space)).toBe(await watcher.digest(space));
    await again.close();
    const left = await bed.open("a", { schema: old as never });
    await left.unfollow(space);
    expect(await left.sql`select count(*) as n from accounts`.first()).toEqual({ n: 0 });
  });

  it("[CLI66][T17][F54] a disk that is full while columns are filled ends no process: reads say so, live queries wait, and it goes on by itself", async () => {
    const old = defineSchema({ version: 1, collections: { notes: collection({ title: register(z.string(), "") }) } });
    const first = await bed.open("a", { schema: old as never });
    for (const id of ["a", "b", "c"]) await first.write(space, (tx) => void tx.notes.create({ title: id }, { id }));
    await first.close();
    let full = false;
    const wrap = (port: SqlitePort): SqlitePort => ({
      ...port,
      run(sql, parameters) {
        if (full && sql.startsWith("UPDATE"))
          throw new HoldfastError("store-full", "The disk is full.", { origin: "disk", retry: true, advice: "Free some space." });
        port.run(sql, parameters);
      },
    });
    full = true;
    const replica = await bed.open("a", { wrap, limits: { fillSliceRowsMax: 1, fillRetryMs: 5 } });
    const told: string[][] = [];
    replica.space(space).notes.subscribe((rows) => told.push(rows.map(({ title }) => title)));
    const counts: number[] = [];
    replica.sql`select count(*) as n from notes where pinned = 0`.subscribe(([row]) => counts.push(row?.["n"] as number));
    for (let attempt = 0; attempt < 3; attempt++)
      await expect(replica.space(space).notes.all()).rejects.toMatchObject({ code: "store-full", retry: true });
    await expect(replica.sql`select * from notes`.all()).rejects.toMatchObject({ code: "store-full" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([told, counts, replica.status().phase]).toEqual([[], [], "open"]);
    full = false;
    await eventually("the live queries are told", () => told.length > 0 && counts.length > 0);
    expect([told, counts]).toEqual([[["a", "b", "c"]], [3]]);
    expect(await replica.space(space).notes.where({ pinned: false }).count()).toBe(3);
  });

  it("[CLI66][F54] a replica closes while a full disk keeps its columns from being filled", async () => {
    const old = defineSchema({ version: 1, collections: { notes: collection({ title: register(z.string(), "") }) } });
    const first = await bed.open("a", { schema: old as never });
    await first.write(space, (tx) => void tx.notes.create({ title: "a" }, { id: "a" }));
    await first.close();
    const failed = new HoldfastError("store-failed", "The disk fails.", { origin: "disk", retry: true, advice: "Check it." });
    const wrap = (port: SqlitePort): SqlitePort => ({
      ...port,
      run: (sql, parameters) => {
        if (sql.startsWith("UPDATE")) throw failed;
        port.run(sql, parameters);
      },
    });
    let timers = 0;
    const setTimer: Runtime["setTimer"] = (delayMs, run) => {
      timers++;
      const cancel = nodeRuntime.setTimer(delayMs, run);
      return () => (timers--, cancel());
    };
    const replica = await bed.open("a", { wrap, runtime: { ...nodeRuntime, setTimer }, limits: { fillRetryMs: 3_600_000 } });
    await expect(replica.space(space).notes.all()).rejects.toBe(failed);
    await replica.close();
    expect(timers).toBe(0);
  });

  it("[CLI21][CLI98][T10][F31] a snapshot takes the place of what was confirmed at its last page, and pending writes stand on it", async () => {
    const r0 = new ScriptedR0();
    const replica = await bed.open("a", { r0 });
    await replica.write(
      space,
      (tx) => void (tx.notes.create({ title: "old" }, { id: "gone" }), tx.notes.create({ title: "old" }, { id: "kept" })),
    );
    await replica.sync();
    await replica.background();
    await replica.write(
      space,
      (tx) => void (tx.notes.counter("kept", "opened").add(5), tx.notes.create({ title: "mine" }, { id: "mine" })),
    );
    const lattices = latticesOf(schema.spec);
    const other = new OtherDevice("b");
    const stateOf = (transaction: Transaction): Uint8Array => {
      let state: RecordState | undefined;
      if (transaction.body.type === "operations")
        for (const [index, operation] of transaction.body.operations.entries())
          state = applyOperation(lattices, state, operation, originOf(transaction, index, 1)).record;
      return encodeRecordState(lattices, state as RecordState);
    };
    const pages = [
      [{ collection: "notes", record: "kept", state: stateOf(other.write((tx) => tx.notes.create({ title: "new" }, { id: "kept" }))) }],
      [{ collection: "notes", record: "more", state: stateOf(other.write((tx) => tx.notes.create({ title: "more" }, { id: "more" }))) }],
    ];
    let page = 0;
    let seen: string[] = [];
    r0.page = () => {
      const first = page === 0;
      const records = pages[page++];
      if (records === undefined) return undefined;
      return {
        content: { type: "snapshot", first, lamport: 50, records },
        cursor: Uint8Array.of(page === 2 ? 1 : 2, r0.space(space).stream.length),
        head: r0.space(space).stream.length,
        more: page < 2,
      };
    };
    replica
      .space(space)
      .notes.orderBy("id")
      .subscribe((rows) => seen.push(rows.map(({ id, title }) => `${id}:${title}`).join(" ")));
    await eventually("the first result", () => seen.length === 1);
    seen = [];
    const received: (number | undefined)[] = [];
    replica.on("status", ({ spaces }) => void received.push(spaces[space]?.receivedBytes));
    await replica.foreground();
    await replica.sync();
    const [bytes] = received.filter((each) => each !== undefined && each > 0);
    expect(bytes).toBeGreaterThan(pages[0]?.[0]?.state.length ?? 0);
    expect(replica.status().spaces[space]?.receivedBytes).toBeUndefined();
    expect(seen).toEqual(["kept:new mine:mine more:more"]);
    expect((await replica.space(space).notes.get("kept"))?.opened).toBe(5);
    expect(replica.status().pending).toBe(0);
  });

  it("[CLI15][F22] the file can be looked at from outside: pending, refused, conflicts, cursors", async () => {
    const replica = await bed.open("a", { user: "ann" });
    await replica.write(space, (tx) => tx.notes.create({ title: "waiting" }));
    expect(await codeOf(() => inspectFile(bed.file("a")))).toBe("store-locked");
    const { id } = replica;
    await replica.close();
    expect(inspectFile(bed.file("a"))).toMatchObject({
      replica: id,
      principal: "ann",
      records: { notes: 1 },
      pending: [{ space, counter: 1, payload: { changes: [{ values: ["waiting"] }] } }],
      refused: [],
      conflicts: [],
      spaces: [{ space, pendingOperations: 1 }],
    });
    expect(await codeOf(() => inspectFile(bed.file("missing")))).toBe("store-failed");
  });
});
