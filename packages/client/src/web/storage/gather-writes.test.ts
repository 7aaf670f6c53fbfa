import fc from "fast-check";
import { expect, test } from "vitest";
import type { SyncAccessHandle } from "../platform.ts";
import { gatherWrites } from "./gather-writes.ts";

interface Memory extends SyncAccessHandle {
  readonly calls: { writes: number; flushed: Uint8Array };
  quotaBytes: number;
}

function createFile(): Memory {
  let bytes = new Uint8Array(0);
  const calls = { writes: 0, flushed: bytes };
  const resize = (size: number): void => {
    const next = new Uint8Array(size);
    next.set(bytes.subarray(0, size));
    bytes = next;
  };
  return {
    calls,
    quotaBytes: Number.POSITIVE_INFINITY,
    read(into, { at }) {
      const found = bytes.subarray(at, at + into.length);
      into.set(found);
      return found.length;
    },
    write(from, { at }) {
      calls.writes++;
      const fits = Math.max(0, Math.min(from.length, this.quotaBytes - at));
      if (at + fits > bytes.length) resize(at + fits);
      bytes.set(from.subarray(0, fits), at);
      return fits;
    },
    truncate: resize,
    getSize: () => bytes.length,
    flush() {
      calls.flushed = bytes.slice();
    },
    close: () => undefined,
  };
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("follow" as const), length: fc.nat(9_000), fill: fc.nat(255) }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("write" as const), at: fc.nat(20_000), length: fc.nat(300_000), fill: fc.nat(255) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("read" as const), at: fc.nat(40_000), length: fc.nat(9_000) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("truncate" as const), size: fc.nat(30_000) }) },
  { weight: 1, arbitrary: fc.constant({ type: "size" as const }) },
  { weight: 1, arbitrary: fc.constant({ type: "flush" as const }) },
);

test("[TAB2] a file whose writes are gathered is read, measured and flushed like one whose are not", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const plain = createFile();
      const below = createFile();
      const gathered = gatherWrites(below);
      let end = 0;
      for (const each of steps) {
        if (each.type === "follow" || each.type === "write") {
          const at = each.type === "follow" ? end : each.at;
          const bytes = new Uint8Array(each.length).fill(each.fill);
          expect(gathered.write(bytes, { at })).toBe(plain.write(bytes, { at }));
          end = at + each.length;
        } else if (each.type === "read") {
          const [ours, theirs] = [new Uint8Array(each.length), new Uint8Array(each.length)];
          expect(gathered.read(ours, { at: each.at })).toBe(plain.read(theirs, { at: each.at }));
          expect(ours).toEqual(theirs);
        } else if (each.type === "truncate") {
          gathered.truncate(each.size);
          plain.truncate(each.size);
        } else if (each.type === "size") expect(gathered.getSize()).toBe(plain.getSize());
        else {
          gathered.flush();
          plain.flush();
          expect(below.calls.flushed).toEqual(plain.calls.flushed);
        }
      }
    }),
  );
});

test("[TAB2] what follows on one another is one call, made before the flush", () => {
  const below = createFile();
  const gathered = gatherWrites(below);
  for (let at = 0; at < 10 * 4_120; at += 4_120) {
    gathered.write(new Uint8Array(24).fill(1), { at });
    gathered.write(new Uint8Array(4_096).fill(2), { at: at + 24 });
  }
  expect(below.calls.writes).toBe(0);
  gathered.flush();
  expect(below.calls.writes).toBe(1);
  expect(below.calls.flushed.length).toBe(10 * 4_120);
});

test("[TAB16] a quota that ends is told by the flush, and what did not fit is not tried again by itself", () => {
  const below = createFile();
  below.quotaBytes = 5_000;
  const gathered = gatherWrites(below);
  gathered.write(new Uint8Array(9_000), { at: 0 });
  expect(() => gathered.flush()).toThrow(expect.objectContaining({ name: "QuotaExceededError" }));
  gathered.flush();
  expect(below.calls.writes).toBe(1);
});
