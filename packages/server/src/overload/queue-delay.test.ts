import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type QueueDelay, queueAtRest, shedShare, shedShareMax, stepQueueDelay } from "./queue-delay.ts";

const limits = { queueTargetMs: 100, queueIntervalMs: 1_000 };

function run(waits: readonly (readonly [atMs: number, waitedMs: number])[]): QueueDelay {
  return waits.reduce((state, [nowMs, waitedMs]) => stepQueueDelay(state, { nowMs, waitedMs }, limits), queueAtRest);
}

describe("a queue's delay", () => {
  it("[OVL2] a burst is served: nothing is refused before a whole interval of long waits", () => {
    expect(shedShare(run([[0, 5_000]]))).toBe(0);
    expect(
      shedShare(
        run([
          [0, 5_000],
          [999, 5_000],
        ]),
      ),
    ).toBe(0);
    expect(
      run([
        [0, 101],
        [1_000, 101],
      ]).kind,
    ).toBe("standing");
  });

  it("[OVL2] the share grows with each interval, is never all, and one short wait ends it", () => {
    let state = queueAtRest;
    const shares: number[] = [];
    for (let nowMs = 0; nowMs <= 200_000; nowMs += 500) {
      state = stepQueueDelay(state, { nowMs, waitedMs: 2_000 }, limits);
      shares.push(shedShare(state));
    }
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(shedShareMax);
    expect(shedShareMax).toBeLessThan(1);
    expect(stepQueueDelay(state, { nowMs: 200_500, waitedMs: 100 }, limits)).toBe(queueAtRest);
  });

  it("[OVL2] whatever the waits: it stands only if an interval passed in which each was too long", () => {
    const wait = fc.tuple(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 0, max: 220 }));
    fc.assert(
      fc.property(fc.array(wait, { maxLength: 60 }), (steps) => {
        let state = queueAtRest;
        let nowMs = 0;
        let sinceMs: number | undefined;
        for (const [gapMs, waitedMs] of steps) {
          nowMs += gapMs;
          state = stepQueueDelay(state, { nowMs, waitedMs }, limits);
          if (waitedMs <= limits.queueTargetMs) sinceMs = undefined;
          else sinceMs ??= nowMs;
          const isOld = sinceMs !== undefined && nowMs - sinceMs >= limits.queueIntervalMs;
          expect(shedShare(state) > 0).toBe(isOld);
        }
      }),
    );
  });
});
