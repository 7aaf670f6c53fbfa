import { describe, expect, it } from "vitest";
import { keyedRandom } from "./random.ts";

const draw = (seed: number, ...key: string[]): readonly number[] => {
  const random = keyedRandom(seed, ...key);
  return Array.from({ length: 200 }, () => random.between(0, 999));
};

describe("randomness of the demo", () => {
  it("[DEMO6] a seed and a key repeat their draws, and another of either gives others", () => {
    expect(draw(7, "phone", "3")).toEqual(draw(7, "phone", "3"));
    for (const other of [draw(8, "phone", "3"), draw(7, "phone", "4"), draw(7, "tablet", "3")])
      expect(other).not.toEqual(draw(7, "phone", "3"));
  });

  it("[DEMO6] draws from the whole range and nothing else", () => {
    const random = keyedRandom(1, "range");
    const seen = new Set(Array.from({ length: 500 }, () => random.between(3, 7)));
    expect([...seen].sort()).toEqual([3, 4, 5, 6, 7]);
    expect(random.pick(["only"])).toBe("only");
  });
});
