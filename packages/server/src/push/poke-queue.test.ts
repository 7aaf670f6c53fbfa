import type { Notice } from "@holdfast/core/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTestClock } from "../testing/test-clock.ts";
import { appendNotice, PokeQueue } from "./poke-queue.ts";

const change = {} as Notice["changes"][number];
const noticeOf = (head: number, { space = "s", after = head - 1, isCarried = true } = {}): Notice => ({
  ...{ space, head, after, author: "a" },
  changes: isCarried ? [change] : [],
});
const headsOf = (parts: readonly Notice[]): readonly number[] => parts.map(({ head }) => head);

function open(handMs = 0) {
  const clock = createTestClock();
  const rounds: (readonly Notice[])[] = [];
  const deferred: (() => void)[] = [];
  let nowMs = 0;
  const queue = new PokeQueue({
    runtime: { ...clock.runtime, nowMs: () => nowMs },
    limits: { pokePartsMax: 4, pokePauseMsMax: 50 },
    defer: (run) => deferred.push(run),
    hand: (parts) => {
      rounds.push(parts);
      nowMs += handMs;
    },
  });
  const tick = (): void => {
    for (const run of deferred.splice(0)) run();
  };
  return { queue, rounds, tick, advance: clock.advance };
}

describe("news on the way to the followers", () => {
  it("[PSH1] the first goes out at once; what comes meanwhile goes out after it, together, and each space by itself", () => {
    const { queue, rounds, tick } = open();
    for (const head of [1, 2, 3]) queue.take(noticeOf(head));
    queue.take(noticeOf(1, { space: "other" }));
    expect(rounds.map(headsOf)).toEqual([[1], [1]]);
    tick();
    expect(rounds.map(headsOf)).toEqual([[1], [1], [2, 3]]);
    tick();
    queue.take(noticeOf(4));
    expect(rounds.map(headsOf)).toEqual([[1], [1], [2, 3], [4]]);
  });

  it("[PSH1][F71] a round that took long is followed by a pause as long, up to a bound, and nothing is lost in it", () => {
    for (const [handMs, pauseMs] of [
      [20, 20],
      [500, 50],
    ] as const) {
      const { queue, rounds, tick, advance } = open(handMs);
      queue.take(noticeOf(1));
      queue.take(noticeOf(2));
      tick();
      advance(pauseMs - 1);
      queue.take(noticeOf(3));
      expect(rounds.map(headsOf)).toEqual([[1]]);
      advance(1);
      expect(rounds.map(headsOf)).toEqual([[1], [2, 3]]);
    }
  });

  it("[PSH1] whatever comes, a round's parts follow on one another, only the first may be without changes, and the last head is told", () => {
    const notice = fc.record({ step: fc.integer({ min: 1, max: 3 }), gap: fc.boolean(), isCarried: fc.boolean() });
    fc.assert(
      fc.property(fc.array(notice, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 6 }), (steps, partsMax) => {
        let parts: readonly Notice[] = [];
        let head = 0;
        for (const { step, gap, isCarried } of steps) {
          const after = head + (gap ? 1 : 0);
          head = after + step;
          parts = appendNotice(parts, noticeOf(head, { after, isCarried }), partsMax);
          expect(parts.length).toBeLessThanOrEqual(Math.max(1, partsMax));
          expect(parts.at(-1)?.head).toBe(head);
          for (const [index, part] of parts.entries()) {
            if (index === 0) continue;
            expect(part.after).toBe(parts[index - 1]?.head);
            expect(part.changes).not.toEqual([]);
          }
        }
      }),
      { seed: 20261123 },
    );
  });
});
