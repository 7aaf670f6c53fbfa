import { describe, expect, it } from "vitest";
import { judgeSeed, parseKnownFailures, readKnownFailures } from "./known-failures.ts";

const known = parseKnownFailures('{ "7": "nobody knows yet" }');

describe("a seed that is known to fail", () => {
  it("[SIM90] is said at every run, and fails none", () => {
    expect(judgeSeed(known, 7, true)).toEqual({ isNews: false, isWrong: false, lines: ["seed 7 is known to fail: nobody knows yet"] });
  });

  it("[SIM90] fails the run once it passes, until it is taken out of the list", () => {
    const { isNews, isWrong, lines } = judgeSeed(known, 7, false);
    expect([isNews, isWrong]).toEqual([false, true]);
    expect(lines.join("\n")).toMatch(/nobody knows yet\n.*it passes: take it out of packages\/simulator\/known-failures\.json/);
    expect(judgeSeed(new Map(), 7, false)).toEqual({ isNews: false, isWrong: false, lines: [] });
  });

  it("[SIM90] hides no other: a seed that is not in the list fails the run, and is news", () => {
    expect(judgeSeed(known, 8, true)).toEqual({ isNews: true, isWrong: true, lines: [] });
    expect(judgeSeed(known, 8, false)).toEqual({ isNews: false, isWrong: false, lines: [] });
  });

  it("[SIM90] stands in the list with a reason", () => {
    for (const [seed, why] of readKnownFailures()) {
      expect(Number.isSafeInteger(seed)).toBe(true);
      expect(why.length).toBeGreaterThan(20);
    }
  });
});
