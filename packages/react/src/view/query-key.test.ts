import { describe, expect, it } from "vitest";
import { isEqualValue, keepRows } from "./keep-rows.ts";
import { keyOf } from "./query-key.ts";

describe("questions and rows are compared by what they say", () => {
  it("[RCT2] equal questions have one key, different ones have another", () => {
    const same = [
      [
        { a: 1, b: undefined, c: [1, { d: null }] },
        { c: [1, { d: null }], a: 1 },
      ],
      [Uint8Array.of(1, 2), new Uint8Array([1, 2])],
    ];
    for (const [one, other] of same) expect(keyOf(one)).toBe(keyOf(other));
    const different = [1, 1n, "1", true, null, undefined, 0, -0, [1], Uint8Array.of(1), { 0: 1 }, "1n", ["1"], [], {}, "b[1]", "-"];
    expect(new Set(different.map((value) => keyOf(value))).size).toBe(different.length);
    expect(keyOf({ a: "asc", b: "asc" }, true)).not.toBe(keyOf({ b: "asc", a: "asc" }, true));
  });

  it("[RCT1] rows that show the same are the same objects, and an equal result is the same result", () => {
    const shown = [
      { id: "a", tags: ["x"] },
      { id: "b", tags: [] as string[] },
    ];
    expect(keepRows(shown, structuredClone(shown))).toBe(shown);
    const changed = keepRows(shown, [
      { id: "b", tags: [] },
      { id: "a", tags: ["x", "y"] },
    ]);
    expect(changed[0]).toBe(shown[1]);
    expect(changed[1]).toEqual({ id: "a", tags: ["x", "y"] });
    expect(keepRows(shown, [...shown].reverse())).not.toBe(shown);
    expect(isEqualValue({ a: undefined }, { b: undefined })).toBe(false);
    expect(isEqualValue(Uint8Array.of(1), [1])).toBe(false);
    expect(isEqualValue([1, 2], [1, 3])).toBe(false);
  });
});
