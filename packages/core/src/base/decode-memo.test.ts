import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { DecodeMemo } from "./decode-memo.ts";

const limits = { entriesMax: 4, bytesMax: 64 };

describe("what was decoded a moment ago", () => {
  it("[MEMO1] is found by bytes that are equal, whatever else was remembered", () => {
    const short = fc.uint8Array({ minLength: 1, maxLength: 24 });
    fc.assert(
      fc.property(fc.array(short, { maxLength: 40 }), (all) => {
        const memo = new DecodeMemo<{ readonly text: string }>(limits);
        for (const bytes of all) {
          const found = memo.get(new Uint8Array(bytes));
          if (found !== undefined) expect(found.text).toBe(String(bytes));
          memo.set(bytes, { text: String(bytes) });
          expect(memo.get(new Uint8Array(bytes))?.text).toBe(String(bytes));
        }
      }),
      { seed: 20261123, numRuns: 300 },
    );
  });

  it("[MEMO1] is not what differs in the middle only, where the hash does not look", () => {
    const memo = new DecodeMemo<object>();
    const one = new Uint8Array(200);
    const other = new Uint8Array(200).fill(1, 100, 101);
    memo.set(one, { one });
    expect(memo.get(one)).toEqual({ one });
    expect(memo.get(other)).toBeUndefined();
  });

  it("[MEMO2] is bounded in number and in bytes, and what is asked for stays", () => {
    const memo = new DecodeMemo<object>(limits);
    const bytesOf = (n: number): Uint8Array => new Uint8Array([n >> 8, n & 255]);
    const kept = {};
    memo.set(bytesOf(0), kept);
    for (let n = 1; n <= 100; n++) {
      memo.set(bytesOf(n), {});
      expect(memo.get(bytesOf(0))).toBe(kept);
    }
    const held = Array.from({ length: 101 }, (_, n) => memo.get(bytesOf(n))).filter((each) => each !== undefined);
    expect(held.length).toBeLessThanOrEqual(2 * limits.entriesMax);
    memo.set(new Uint8Array(65), {});
    expect(memo.get(new Uint8Array(65))).toBeUndefined();
    for (let n = 0; n < 3; n++) memo.set(new Uint8Array(60).fill(n), {});
    expect([0, 1, 2].filter((n) => memo.get(new Uint8Array(60).fill(n)) !== undefined)).toEqual([1, 2]);
  });
});
