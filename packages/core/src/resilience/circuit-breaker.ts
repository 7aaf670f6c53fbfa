/**
 * The circuit breaker of paper 4.4, on a rolling window of outcomes.
 *
 *     closed ──failure rate ≥ threshold within the window──► open ──cooldown──► half-open ──probes succeed──► closed
 *                                                              ▲                    │ any fails
 *                                                              └────────────────────┘
 *
 * It holds no clock: `nowMs` is monotonic and comes with each call.
 */
export interface BreakerLimits {
  /** Outcomes older than this do not count. */
  readonly windowMs: number;
  /** Fewer outcomes than this never open it. */
  readonly outcomesMin: number;
  /** In (0, 1]. */
  readonly failureRateMax: number;
  readonly cooldownMs: number;
  /** Successes in a row that close it again. */
  readonly probes: number;
  /** Kept outcomes; the oldest go first. */
  readonly outcomesMax: number;
}

export type BreakerState =
  | { readonly kind: "closed"; readonly outcomes: readonly BreakerOutcome[] }
  | { readonly kind: "open"; readonly untilMs: number }
  | { readonly kind: "half-open"; readonly succeeded: number };

export interface BreakerOutcome {
  readonly atMs: number;
  readonly failed: boolean;
}

export const breakerAtRest: BreakerState = { kind: "closed", outcomes: [] };

export const breakerDefaults: BreakerLimits = {
  windowMs: 60_000,
  outcomesMin: 6,
  failureRateMax: 0.7,
  cooldownMs: 15_000,
  probes: 2,
  outcomesMax: 64,
};

/** How long a call must wait now: 0 when it may go. Moves open to half-open when the cooldown is over. */
export function admitCall(state: BreakerState, nowMs: number): { readonly state: BreakerState; readonly waitMs: number } {
  if (state.kind !== "open") return { state, waitMs: 0 };
  if (nowMs < state.untilMs) return { state, waitMs: state.untilMs - nowMs };
  return { state: { kind: "half-open", succeeded: 0 }, waitMs: 0 };
}

export function recordOutcome(state: BreakerState, failed: boolean, nowMs: number, limits: BreakerLimits): BreakerState {
  switch (state.kind) {
    case "open":
      return state;
    case "half-open": {
      if (failed) return { kind: "open", untilMs: nowMs + limits.cooldownMs };
      const succeeded = state.succeeded + 1;
      return succeeded >= limits.probes ? breakerAtRest : { kind: "half-open", succeeded };
    }
    case "closed": {
      const recent = state.outcomes.filter((outcome) => nowMs - outcome.atMs < limits.windowMs);
      const outcomes = [...recent, { atMs: nowMs, failed }].slice(-limits.outcomesMax);
      const failures = outcomes.filter((outcome) => outcome.failed).length;
      if (outcomes.length >= limits.outcomesMin && failures / outcomes.length >= limits.failureRateMax)
        return { kind: "open", untilMs: nowMs + limits.cooldownMs };
      return { kind: "closed", outcomes };
    }
  }
}
