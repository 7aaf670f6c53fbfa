import fc from "fast-check";
import { expect, it } from "vitest";
import { applySplice, spliceBetween } from "./splice.ts";

const ids = fc.uniqueArray(fc.constantFrom(..."abcdefgh"));

it("[TAB11] a splice makes the one order of the other, and says no more than the ends have apart", () => {
  fc.assert(
    fc.property(ids, ids, (before, after) => {
      const splice = spliceBetween(before, after);
      expect(applySplice(before, splice)).toEqual(after);
      if (splice.removed > 0 && splice.ids.length > 0) {
        expect(before[splice.at]).not.toBe(splice.ids[0]);
        expect(before[splice.at + splice.removed - 1]).not.toBe(splice.ids.at(-1));
      }
    }),
  );
  expect(spliceBetween(["a", "b"], ["a", "b"])).toEqual({ at: 2, removed: 0, ids: [] });
});

it("[TAB10] a splice that does not fit is none", () => {
  expect(applySplice(["a"], { at: 2, removed: 0, ids: [] })).toBeUndefined();
  expect(applySplice(["a"], { at: 1, removed: 1, ids: [] })).toBeUndefined();
});
