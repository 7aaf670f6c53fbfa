import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TimingWheel } from "./timing-wheel.ts";

/** The naive twin: a list that is sorted again at each step. */
function takeSorted(first: readonly number[], delays: readonly number[], untilMs: number): readonly (readonly [number, number])[] {
  const waiting = first.map((dueMs, item) => ({ item, dueMs, put: item }));
  const taken: (readonly [number, number])[] = [];
  for (let put = first.length; ; put++) {
    waiting.sort((one, other) => one.dueMs - other.dueMs || one.put - other.put);
    const next = waiting.shift();
    if (next === undefined || next.dueMs > untilMs) return taken;
    taken.push([next.item, next.dueMs]);
    const delayMs = delays[taken.length - 1];
    if (delayMs !== undefined) waiting.push({ item: next.item, dueMs: next.dueMs + delayMs, put });
  }
}

describe("the timing wheel", () => {
  it("[SIM20] takes each event at its moment, also where that is several turns ahead", () => {
    const delay = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 400_000 }));
    fc.assert(
      fc.property(fc.array(delay, { minLength: 1, maxLength: 20 }), fc.array(delay, { maxLength: 60 }), (first, delays) => {
        const wheel = new TimingWheel(first.length);
        for (const [item, dueMs] of first.entries()) wheel.put(item, dueMs);
        const taken: (readonly [number, number])[] = [];
        wheel.run(1_000_000, (item, nowMs) => {
          taken.push([item, nowMs]);
          const delayMs = delays[taken.length - 1];
          if (delayMs !== undefined) wheel.put(item, nowMs + delayMs);
        });
        // Within one moment the slot's order counts, which is that of putting, and of an earlier turn before a later.
        expect(momentsOf(taken)).toEqual(momentsOf(takeSorted(first, delays, 1_000_000)));
      }),
      { seed: 20261123, numRuns: 60 },
    );
  });

  it("[SIM20] refuses a moment that has passed", () => {
    const wheel = new TimingWheel(1);
    wheel.put(0, 10);
    expect(() => wheel.run(20, (item, nowMs) => wheel.put(item, nowMs))).toThrow();
  });
});

function momentsOf(taken: readonly (readonly [item: number, atMs: number])[]): readonly (readonly [number, number])[] {
  return [...taken].sort((one, other) => one[1] - other[1] || one[0] - other[0]);
}
