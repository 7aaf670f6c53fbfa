import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ListStep, planListEdit } from "./list-edit.ts";

type Item = { readonly key: string; readonly value: unknown };
const keyed = (values: readonly unknown[]): Item[] => values.map((value, index) => ({ key: `k${index}`, value }));

/** What a list does with the steps. */
function follow(items: readonly Item[], steps: readonly ListStep[]): readonly Item[] {
  const list = [...items];
  const find = (key: string): number => {
    const index = list.findIndex((item) => item.key === key);
    expect(index, `${key} is there`).toBeGreaterThanOrEqual(0);
    return index;
  };
  for (const step of steps) {
    if (step.type === "delete") list.splice(find(step.key), 1);
    else if (step.type === "set") list[find(step.key)] = { key: step.key, value: step.value };
    else if (step.type === "insert") list.splice(step.at, 0, { key: `new ${step.at}`, value: step.value });
    else list.splice(step.to, 0, ...list.splice(find(step.key), 1));
  }
  return list;
}

describe("planListEdit", () => {
  it("[TDB4] makes the edited list of the one before, whatever was done to it", () => {
    const values = fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 8 });
    fc.assert(
      fc.property(values, values, (before, after) => {
        expect(follow(keyed(before), planListEdit(keyed(before), before, after)).map(({ value }) => value)).toEqual(after);
      }),
      { seed: 4, numRuns: 1_000 },
    );
  });

  it("[TDB4] tells one thing done as one step on that item", () => {
    const before = ["a", "b", "c", "d"];
    const plan = (after: readonly string[]): readonly ListStep[] => planListEdit(keyed(before), before, after);
    expect(plan(["b", "c", "d", "a"])).toEqual([{ type: "move", key: "k0", to: 3 }]);
    expect(plan(["d", "a", "b", "c"])).toEqual([{ type: "move", key: "k3", to: 0 }]);
    expect(plan(["a", "B", "c", "d"])).toEqual([{ type: "set", key: "k1", value: "B" }]);
    expect(plan(["a", "c", "d"])).toEqual([{ type: "delete", key: "k1" }]);
    expect(plan(["a", "x", "b", "c", "d"])).toEqual([{ type: "insert", at: 1, value: "x" }]);
    expect(plan(before)).toEqual([]);
  });

  it("[TDB4] leaves what others have put into the list meanwhile, and what they took out stays out", () => {
    const now = [
      { key: "k0", value: "a" },
      { key: "other", value: "theirs" },
      { key: "k2", value: "c" },
    ];
    const steps = planListEdit(now, ["a", "b", "c"], ["c", "b", "a", "d"]);
    expect(follow(now, steps).map(({ value }) => value)).toEqual(["c", "a", "theirs", "d"]);
  });
});
