import { existsSync, readFileSync } from "node:fs";
import { collection, defineSchema, HoldfastError, register } from "@holdfast/core";
import type { SqlitePort } from "@holdfast/core/engine";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { nodeRuntime } from "../node/runtime.ts";
import type { Replica } from "../replica.ts";
import { eventually, space, type TestSchema } from "../testing/bed.ts";
import { useBed } from "../testing/use-bed.ts";

const secret = "correct horse battery staple";
const other = "team:1";
const bed = useBed();

const holds = (text: string, name = "a"): boolean =>
  ["", "-wal", "-journal"].some((suffix) => {
    const path = bed.file(name) + suffix;
    return existsSync(path) && readFileSync(path, "latin1").includes(text);
  });

/** Rows that grow, so that SQLite moves them about and leaves copies behind. */
async function fill(replica: Replica<TestSchema>, where: string, text: string): Promise<void> {
  for (let i = 0; i < 60; i++) await replica.write(where, (tx) => tx.notes.create({ title: text, body: `${i}` }, { id: `${where}-${i}` }));
  for (let i = 0; i < 60; i += 2)
    await replica.write(where, (tx) => tx.notes.update(`${where}-${i}`, { title: `${text} ${"x".repeat(i)}`, data: text.repeat(i) }));
}

/** Refuses VACUUM while `is()`, and counts how often it is asked for. */
const vacuums =
  (is: () => string | undefined, count: { n: number }) =>
  (port: SqlitePort): SqlitePort => ({
    ...port,
    run: (sql, parameters) => {
      if (sql === "VACUUM") {
        count.n++;
        const code = is();
        if (code !== undefined)
          throw new HoldfastError(code as "store-full", "The disk is full.", { origin: "disk", retry: true, advice: "Free some space." });
      }
      port.run(sql, parameters);
    },
  });

/** The user may not read `space` any more, which held the secret. */
async function fillAndLose(replica: Replica<TestSchema>): Promise<void> {
  await fill(replica, space, secret);
  await replica.sync();
  bed.r0.access = (each) => (each === other ? "write" : "none");
  await replica.background();
  await replica.foreground();
}

describe("what has left the tables", () => {
  it("[CLI96][F37][T12] leaves the file and its log when access is lost: once for all spaces that are lost together", async () => {
    const count = { n: 0 };
    const replica = await bed.open("a", { r0: bed.r0, spaces: [space, other, "kept"], wrap: vacuums(() => undefined, count) });
    await fill(replica, space, secret);
    await fill(replica, other, secret);
    await replica.write("kept", (tx) => tx.notes.create({ title: "another's" }, { id: "k" }));
    await replica.sync();
    await replica.background();
    expect(holds(secret)).toBe(true);
    expect(count.n).toBe(0);
    bed.r0.access = (each) => (each === "kept" ? "write" : "none");
    await replica.foreground();
    await eventually("it is scrubbed", () => !holds(secret));
    expect(count.n).toBe(1);
    expect(await replica.space("kept").notes.count()).toBe(1);
    // Told again, there is nothing to scrub.
    await replica.background();
    await replica.foreground();
    await replica.sync();
    expect(count.n).toBe(1);
  });

  it("[CLI96][F37][T18] is tried again where the disk is full, without an end of the session, and after a kill", async () => {
    const count = { n: 0 };
    let full: string | undefined = "store-full";
    const options = { r0: bed.r0, spaces: [space, other], wrap: vacuums(() => full, count), limits: { scrubRetryMs: 20 } };
    const replica = await bed.open("a", options);
    await fillAndLose(replica);
    await eventually("it is tried twice", () => count.n >= 2);
    await replica.write(other, (tx) => tx.notes.create({ title: "goes on" }));
    await eventually("it is in step", () => replica.status().spaces[other]?.synced === true);
    expect(holds(secret)).toBe(true);
    await replica.close();
    const tried = count.n;
    full = undefined;
    const again = await bed.open("a", options);
    await eventually("it is scrubbed", () => !holds(secret));
    expect(count.n).toBe(tried + 1);
    expect(await again.space(other).notes.count()).toBe(1);
  });

  it("[CLI96][F37][T18] is not tried more often than that, whatever r0 says meanwhile, and by no replica that has stopped", async () => {
    const count = { n: 0 };
    let isBroken = false;
    const wrap = (port: SqlitePort): SqlitePort => ({
      ...vacuums(() => "store-full", count)(port),
      transaction: (body) => {
        if (isBroken) throw new TypeError("our bug");
        return port.transaction(body);
      },
    });
    const scrubRetryMs = 12_345;
    let retry = (): void => undefined;
    const setTimer: typeof nodeRuntime.setTimer = (delayMs, run) => {
      if (delayMs !== scrubRetryMs) return nodeRuntime.setTimer(delayMs, run);
      retry = run;
      return () => undefined;
    };
    const runtime = { ...nodeRuntime, setTimer };
    const options = { r0: bed.r0, spaces: [space, other], wrap, runtime, limits: { scrubRetryMs }, onError: () => {} };
    const replica = await bed.open("a", options);
    await fillAndLose(replica);
    await eventually("it is tried", () => count.n === 1);
    for (let n = 0; n < 5; n++) {
      await replica.write(other, (tx) => tx.notes.create({ title: `${n}` }));
      await replica.sync();
    }
    expect(count.n).toBe(1);
    retry();
    await eventually("it is tried again", () => count.n === 2);
    isBroken = true;
    await expect(replica.write(other, (tx) => tx.notes.create({ title: "stops" }))).rejects.toThrow("our bug");
    isBroken = false;
    expect(replica.status().phase).toBe("stopped");
    retry();
    for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
    expect(count.n).toBe(2);
  });

  it("[CLI96][CLI29][F55] waits until columns are filled: a filling goes on from a row's number, which the file's writing anew may change", async () => {
    const steps: string[] = [];
    let isFull = true;
    const wrap = (port: SqlitePort): SqlitePort => ({
      ...port,
      run: (sql, parameters) => {
        if (sql === "VACUUM" && isFull)
          throw new HoldfastError("store-full", "The disk is full.", { origin: "disk", retry: true, advice: "Free some space." });
        if (sql === "VACUUM") steps.push("scrubbed");
        if (sql.startsWith('UPDATE "notes" SET _meta')) steps.push("filled");
        port.run(sql, parameters);
      },
    });
    const options = { r0: bed.r0, spaces: [space, other], wrap, limits: { scrubRetryMs: 20, fillSliceRowsMax: 1 } };
    const replica = await bed.open("a", options);
    await fill(replica, space, secret);
    await fill(replica, other, "kept");
    await replica.sync();
    bed.r0.access = (each) => (each === other ? "write" : "none");
    await replica.background();
    await replica.foreground();
    await eventually("its rows have left", () => replica.status().spaces[space]?.access === "none");
    await replica.close();
    isFull = false;
    const notes = collection({ title: register(z.string(), ""), later: register(z.string(), "") });
    const next = defineSchema({ version: 2, collections: { notes } });
    const again = await bed.open("a", { ...options, schema: next as never });
    await eventually("it is scrubbed", () => steps.includes("scrubbed"));
    expect(steps).toEqual([...Array.from({ length: 60 }, () => "filled"), "scrubbed"]);
    expect(await again.space(other).notes.count()).toBe(60);
  });

  it("[CLI96][F37] is tried again where somebody reads from the log, which cannot be emptied then", async () => {
    let isRead = true;
    const count = { n: 0 };
    const wrap = (port: SqlitePort): SqlitePort => ({
      ...vacuums(() => undefined, count)(port),
      all: (sql, parameters) =>
        isRead && sql === "PRAGMA wal_checkpoint(TRUNCATE)" ? [{ busy: 1, log: 9, checkpointed: 0 }] : port.all(sql, parameters),
    });
    const replica = await bed.open("a", { r0: bed.r0, spaces: [space, other], wrap, limits: { scrubRetryMs: 20 } });
    await fillAndLose(replica);
    await eventually("it is tried twice", () => count.n >= 2);
    expect(holds(secret)).toBe(true);
    isRead = false;
    await eventually("it is scrubbed", () => !holds(secret));
  });

  it("[CLI27][F39] leaves the file at a sign-out that discards; where the disk refuses, before anybody else reads", async () => {
    const count = { n: 0 };
    let full: string | undefined;
    const wrap = vacuums(() => full, count);
    const first = await bed.open("a", { user: "ann", wrap });
    await fill(first, space, secret);
    expect(await first.signOut({ pending: "discard" })).toHaveLength(90);
    expect(holds(secret)).toBe(false);
    const second = await bed.open("a", { user: "bob", wrap });
    await fill(second, space, secret);
    full = "store-full";
    expect(await second.signOut({ pending: "discard" })).toHaveLength(90);
    expect(holds(secret)).toBe(true);
    full = undefined;
    await bed.open("a", { user: "eve", wrap });
    expect(holds(secret)).toBe(false);
  });

  it("[CLI97][F37] is scrubbed by way of a file where much lives, and in memory where there is no place for one, or the file is enciphered", async () => {
    const places: string[] = [];
    let refuses = false;
    let isEnciphered = false;
    const wrap = (port: SqlitePort): SqlitePort => ({
      ...port,
      all: (sql, parameters) => {
        if (sql.startsWith("PRAGMA temp_store=")) places.push(sql.slice("PRAGMA temp_store=".length));
        if (sql === "PRAGMA cipher_version" && isEnciphered) return [{ cipher_version: "4.6.0" }];
        return sql === "PRAGMA page_count" ? [{ page_count: 100_000 }] : port.all(sql, parameters);
      },
      run: (sql, parameters) => {
        if (sql === "VACUUM" && refuses && places.at(-1) === "FILE")
          throw new HoldfastError("store-failed", "No directory.", { origin: "disk", retry: true, advice: "Make one." });
        port.run(sql, parameters);
      },
    });
    for (const { is, expected } of [
      { is: "usual", expected: ["FILE", "DEFAULT"] },
      { is: "without a place", expected: ["FILE", "MEMORY", "DEFAULT"] },
      { is: "enciphered", expected: ["MEMORY", "DEFAULT"] },
    ]) {
      refuses = is === "without a place";
      isEnciphered = is === "enciphered";
      places.length = 0;
      const replica = await bed.open(`file-${is}`, { wrap });
      await replica.write(space, (tx) => tx.notes.create({ title: secret }));
      await replica.signOut({ pending: "discard" });
      expect(places).toEqual(expected);
      expect(holds(secret, `file-${is}`)).toBe(false);
    }
  });
});
