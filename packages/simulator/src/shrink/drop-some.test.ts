import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dropSome } from "./drop-some.ts";

describe("leaving out what can be spared", () => {
  it("[SIM59] keeps exactly what a failure needs, in its order, where the rest does not matter", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(), { maxLength: 40 }), fc.infiniteStream(fc.boolean()), async (items, draws) => {
        const needed = items.filter(() => draws.next().value === true);
        const left = await dropSome(items, async (rest) => needed.every((each) => rest.includes(each)));
        expect(left).toEqual(needed);
      }),
    );
  });

  it("[SIM59] leaves nothing that could be spared by itself, whatever a failure needs", async () => {
    // One of each pair is needed, and either will do: what goes first decides what has to stay.
    const pairs = [0, 1, 2, 3].map((n) => [n, n + 4]);
    const fails = (rest: readonly number[]): boolean => pairs.every((pair) => pair.some((each) => rest.includes(each)));
    const left = await dropSome([0, 1, 2, 3, 4, 5, 6, 7], async (rest) => fails(rest));
    expect(left).toHaveLength(4);
    for (const item of left) expect(fails(left.filter((each) => each !== item))).toBe(false);
  });

  it("[SIM59] asks few questions where much can go", async () => {
    let asked = 0;
    const items = Array.from({ length: 1_024 }, (_, index) => index);
    const left = await dropSome(items, async (rest) => {
      asked++;
      return rest.includes(700);
    });
    expect(left).toEqual([700]);
    expect(asked).toBeLessThan(40);
  });
});
