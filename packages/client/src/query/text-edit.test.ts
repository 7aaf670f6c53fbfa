import { isWellFormedText } from "@holdfast/core/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findTextEdit } from "./text-edit.ts";

const pieces = fc.constantFrom("a", "b", " ", "😀", "😁", "👩‍👩‍👧", "🇫🇷", "👍🏽", "क्षि", "é");
const texts = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(""));

describe("findTextEdit", () => {
  it("[RCT14][F63] makes the one text of the other, and splits no surrogate pair of either", () => {
    fc.assert(
      fc.property(texts, texts, fc.option(fc.nat(20), { nil: undefined }), (before, after, caret) => {
        const edit = findTextEdit(before, after, caret);
        if (edit === undefined) {
          expect(before).toBe(after);
          return;
        }
        const { at, removed, inserted } = edit;
        expect(before.slice(0, at) + inserted + before.slice(at + removed)).toBe(after);
        for (const part of [before.slice(0, at), before.slice(at, at + removed), inserted]) expect(isWellFormedText(part)).toBe(true);
      }),
      { seed: 14, numRuns: 2_000 },
    );
  });

  it("[RCT14] is as short as one edit can be, but for halves of pairs", () => {
    expect(findTextEdit("one two", "one too two")).toEqual({ at: 5, removed: 0, inserted: "oo t" });
    expect(findTextEdit("one two", "one too two", 8)).toEqual({ at: 4, removed: 0, inserted: "too " });
    expect(findTextEdit("x😀y", "x😁y")).toEqual({ at: 1, removed: 2, inserted: "😁" });
    expect(findTextEdit("same", "same")).toBeUndefined();
  });

  it("[RCT14] knows from the caret which of equal letters was typed or taken away", () => {
    expect(findTextEdit("aaa", "aaaa", 2)).toEqual({ at: 1, removed: 0, inserted: "a" });
    expect(findTextEdit("aaaa", "aaa", 1)).toEqual({ at: 1, removed: 1, inserted: "" });
    expect(findTextEdit("aaa", "aaaa")).toEqual({ at: 3, removed: 0, inserted: "a" });
  });
});
