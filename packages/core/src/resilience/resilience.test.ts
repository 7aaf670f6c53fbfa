import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffAtRest, type BackoffState, backoffWindowMs, stepBackoff } from "./backoff.ts";
import { admitCall, breakerAtRest, type BreakerState, recordOutcome } from "./circuit-breaker.ts";

const limits = { baseMs: 100, capMs: 10_000 };

describe("backoff", () => {
  it("[RES1][T16] sleeps uniformly under the window and never below the floor", () => {
    fc.assert(
      fc.property(
        fc.nat(60),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        fc.option(fc.nat(60_000), { nil: undefined }),
        (attempts, random, retryAfterMs) => {
          const { delayMs, state } = stepBackoff({ attempts }, { random, retryAfterMs }, limits);
          const floor = retryAfterMs ?? 0;
          expect(state.attempts).toBe(attempts + 1);
          expect(delayMs).toBeGreaterThanOrEqual(floor);
          expect(delayMs).toBeLessThan(floor + Math.max(backoffWindowMs(attempts, limits), floor, 1));
        },
      ),
      { seed: 20261123 },
    );
  });

  it("[RES1][T16] a fleet that was told the same second does not come back in it", () => {
    const clients = 10_000;
    const seconds = new Map<number, number>();
    for (let i = 0; i < clients; i++) {
      const { delayMs } = stepBackoff({ attempts: 20 }, { random: i / clients, retryAfterMs: 5_000 }, limits);
      const second = Math.floor(delayMs / 1_000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
    expect(Math.min(...seconds.keys())).toBe(5);
    expect(Math.max(...seconds.values())).toBeLessThanOrEqual((clients * 1.05) / 10);
  });

  it("[RES1][F42] nor does one whose first failure named it: the window is as wide as the floor", () => {
    const delays = [0, 0.25, 0.5, 0.75, 0.999].map(
      (random) => stepBackoff(backoffAtRest, { random, retryAfterMs: 20_000 }, limits).delayMs,
    );
    expect(delays).toEqual([20_000, 25_000, 30_000, 35_000, 39_980]);
  });

  it("[RES3][F42] a window that was made wider is the first of those to come", () => {
    fc.assert(
      fc.property(fc.nat(12), fc.nat(20_000), (attempts, windowMsMin) => {
        const { state } = stepBackoff({ attempts }, { random: 0, retryAfterMs: undefined, windowMsMin }, limits);
        expect(state.attempts).toBeGreaterThan(attempts);
        const next = backoffWindowMs(state.attempts, limits);
        expect(next).toBeGreaterThanOrEqual(Math.min(windowMsMin, limits.capMs));
        // Twice as wide at most, as windows double: one wide sleep makes nobody wait for the cap.
        if (state.attempts > attempts + 1) expect(next).toBeLessThanOrEqual(2 * windowMsMin);
      }),
      { seed: 20261123 },
    );
  });

  it("[RES1] windows double from the base to the cap", () => {
    let state: BackoffState = backoffAtRest;
    const windows: number[] = [];
    for (let i = 0; i < 9; i++) {
      windows.push(backoffWindowMs(state.attempts, limits));
      state = stepBackoff(state, { random: 0, retryAfterMs: undefined }, limits).state;
    }
    expect(windows).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });
});

describe("circuit breaker", () => {
  const breaker = { windowMs: 10_000, outcomesMin: 4, failureRateMax: 0.5, cooldownMs: 5_000, probes: 2, outcomesMax: 8 };
  const after = (outcomes: readonly (readonly [atMs: number, failed: boolean])[], from: BreakerState = breakerAtRest) =>
    outcomes.reduce((state, [atMs, failed]) => recordOutcome(state, failed, atMs, breaker), from);

  it("[RES2] opens at the threshold, not before there are enough outcomes, and forgets what has left the window", () => {
    expect(
      after([
        [0, true],
        [1, true],
        [2, true],
      ]).kind,
    ).toBe("closed");
    expect(
      after([
        [0, true],
        [1, true],
        [2, false],
        [3, false],
      ]).kind,
    ).toBe("open");
    expect(
      after([
        [0, true],
        [1, true],
        [2, true],
        [20_000, false],
        [20_001, true],
        [20_002, false],
        [20_003, false],
      ]).kind,
    ).toBe("closed");
  });

  it("[RES2] fails fast while open, then lets probes through, and closes only after enough of them", () => {
    const open = after([
      [0, true],
      [1, true],
      [2, true],
      [3, true],
    ]);
    expect(admitCall(open, 1_000).waitMs).toBe(4_003);
    const probing = admitCall(open, 5_003);
    expect(probing).toEqual({ state: { kind: "half-open", succeeded: 0 }, waitMs: 0 });
    expect(recordOutcome(probing.state, false, 5_100, breaker)).toEqual({ kind: "half-open", succeeded: 1 });
    expect(after([[5_100, true]], probing.state).kind).toBe("open");
    expect(
      after(
        [
          [5_100, false],
          [5_200, false],
        ],
        probing.state,
      ),
    ).toEqual(breakerAtRest);
  });
});
