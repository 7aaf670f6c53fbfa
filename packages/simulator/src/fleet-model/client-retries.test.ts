import { createCycle, type CycleEvent, cycleDefaults, type CycleState, type ReplicaId, stepCycle } from "@holdfast/core/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Random } from "../random.ts";
import { ClientRetries } from "./client-retries.ts";
import { fleetConfig } from "./fleet-config.ts";

type Bare<T> = T extends unknown ? Omit<T, "nowMs" | "random"> : never;

/** How an attempt went: refused with or without a floor, or not answered. */
interface Answer {
  readonly afterMs: number;
  readonly retryAfterMs: number | undefined;
}

/** The engine's own cycle: the moments at which it fetches a token, that is, begins an attempt. */
function engineAttempts(answers: readonly Answer[], draws: readonly number[]): readonly number[] {
  let state: CycleState = createCycle({
    replica: "00000000000000000000000000000001" as ReplicaId,
    principal: "ann",
    schemaVersion: 1,
    spaces: [],
  });
  let [nowMs, drawn, retryMs] = [0, 0, 0];
  /** Only the steps that sleep use their number, and the model draws only there. */
  const step = (event: Bare<CycleEvent>): boolean => {
    const linkBefore = state.link;
    const result = stepCycle(state, { ...event, nowMs, random: draws[drawn % draws.length] as number }, cycleDefaults);
    state = result.state;
    if (state.link.kind === "waiting" && state.link !== linkBefore) drawn++;
    for (const effect of result.effects)
      if (effect.type === "set-timer" && effect.name === "retry") retryMs = Math.ceil(nowMs + effect.delayMs);
    return result.effects.some(({ type }) => type === "fetch-token");
  };
  step({ type: "start" });
  const attempts: number[] = [];
  for (const { afterMs, retryAfterMs } of answers) {
    step({ type: "token", token: "t" });
    nowMs += afterMs;
    step({ type: "closed", fault: { type: "unavailable", retryAfterMs, detail: "" } });
    // The breaker may send it back to sleep; more often than that it must not happen.
    let firings = 0;
    do nowMs = retryMs;
    while (!step({ type: "timer", name: "retry" }) && ++firings < 5);
    expect(firings).toBeLessThan(5);
    attempts.push(nowMs);
  }
  return attempts;
}

function modelAttempts(answers: readonly Answer[], draws: readonly number[]): readonly number[] {
  let drawn = 0;
  const random = { next: () => draws[drawn++ % draws.length] as number } as Random;
  const retries = new ClientRetries(fleetConfig(2), random);
  let nowMs = 0;
  return answers.map(({ afterMs, retryAfterMs }) => (nowMs = retries.afterFailure(1, nowMs + afterMs, retryAfterMs)));
}

describe("a client of the fleet model", () => {
  it("[SIM21] sends when the engine's cycle does, through backoff, Retry-After and breaker", () => {
    const answer = fc.record({
      afterMs: fc.integer({ min: 1, max: 10_000 }),
      retryAfterMs: fc.option(fc.integer({ min: 0, max: 30_000 }), { nil: undefined }),
    });
    const draw = fc.double({ min: 0, max: 0.999999, noNaN: true });
    let waited = 0;
    fc.assert(
      fc.property(fc.array(answer, { minLength: 10, maxLength: 30 }), fc.array(draw, { minLength: 7, maxLength: 40 }), (answers, draws) => {
        const attempts = engineAttempts(answers, draws);
        expect(modelAttempts(answers, draws)).toEqual(attempts);
        waited += attempts.length;
      }),
      { seed: 20261123, numRuns: 300 },
    );
    expect(waited).toBeGreaterThan(2_000);
  });

  it("[SIM21] meets the breaker on the way: six quick failures, then a cooldown before each probe", () => {
    const answers = Array.from({ length: 9 }, () => ({ afterMs: 10, retryAfterMs: undefined }));
    const attempts = engineAttempts(answers, [0]);
    expect(attempts).toEqual(modelAttempts(answers, [0]));
    // Without a draw there is no sleep, and what is left is the breaker's.
    expect(attempts).toEqual([10, 20, 30, 40, 50, 60 + 15_000, 15_070 + 15_000, 30_080 + 15_000, 45_090 + 15_000]);
  });
});
