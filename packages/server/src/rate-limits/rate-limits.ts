/**
 * How much each key (a principal, a space, an address) may take of a budget. Counted in memory by an instance that is alone, and in Redis by
 * several (`@holdfast/server/redis`). Counts are hints, like everything there: what cannot be counted together is counted by each instance
 * for itself, and nobody waits for it.
 */
export interface RateBudget {
  /** Names the counters: one budget, one name. */
  readonly name: string;
  /** So many points in each window of so many whole seconds. */
  readonly points: number;
  readonly perSeconds: number;
}

export interface RateTaken {
  readonly allowed: boolean;
  /** Until there are points again; 0 if allowed. Without jitter: whoever tells it adds some (trap 16). */
  readonly retryAfterMs: number;
}

export interface RateCounter {
  /** Never rejects, and answers within `takeMsMax`. `points`: 1 unless told, whole. */
  take(key: string, points?: number): Promise<RateTaken>;
}

export interface RateLimits {
  counter(budget: RateBudget): RateCounter;
  close(): Promise<void>;
}
