import { expect, test } from "vitest";
import type { SqlitePort } from "@holdfast/core/engine";
import { shortenLog } from "./shorten-log.ts";

function createBed() {
  const timers = new Set<() => void>();
  const said: string[] = [];
  let closed = false;
  let armed = 0;
  const bed = { logBytes: 0, fails: false };
  const port: SqlitePort = {
    run: () => undefined,
    all(sql) {
      said.push(sql);
      if (bed.fails) throw new Error("the disk");
      return [];
    },
    transaction: (body) => body(),
    close() {
      closed = true;
    },
  };
  const shortened = shortenLog(port, () => bed.logBytes, {
    setTimer(_delayMs, run) {
      armed++;
      timers.add(run);
      return () => timers.delete(run);
    },
  });
  return Object.assign(bed, {
    port: shortened,
    said,
    isClosed: () => closed,
    /** Half a second. */
    rest() {
      for (const run of [...timers]) {
        timers.delete(run);
        run();
      }
    },
    timers: () => timers.size,
    armed: () => armed,
  });
}

test("[TAB18] a log that has grown is emptied when nothing has been committed for a while", () => {
  const bed = createBed();
  bed.logBytes = 2_000_000;
  expect(bed.port.transaction(() => 7)).toBe(7);
  bed.rest();
  expect(bed.said).toEqual(["PRAGMA wal_checkpoint(TRUNCATE)"]);
  expect(bed.timers()).toBe(0);
});

test("[TAB18] neither a short log nor one that is being written to", () => {
  const bed = createBed();
  bed.port.transaction(() => undefined);
  bed.rest();
  bed.logBytes = 2_000_000;
  bed.port.transaction(() => undefined);
  bed.port.transaction(() => undefined);
  expect(bed.timers()).toBe(1);
  bed.rest();
  expect(bed.said).toEqual([]);
  bed.rest();
  expect(bed.said).toHaveLength(1);
});

test("[TAB18] a long one is emptied in the next turn, in the midst of writing", () => {
  const bed = createBed();
  bed.port.transaction(() => undefined);
  bed.logBytes = 10_000_000;
  for (let n = 0; n < 10; n++) bed.port.transaction(() => undefined);
  expect([bed.timers(), bed.armed()]).toEqual([1, 2]);
  bed.rest();
  expect(bed.said).toHaveLength(1);
});

test("[TAB18] a disk that fails is left to the next commit, and a store that is closed is let alone", () => {
  const bed = createBed();
  bed.logBytes = 2_000_000;
  bed.fails = true;
  bed.port.transaction(() => undefined);
  bed.rest();
  expect(bed.said).toHaveLength(1);
  bed.port.transaction(() => undefined);
  bed.port.close();
  expect([bed.timers(), bed.isClosed()]).toEqual([0, true]);
});
