/**
 * How long a client sleeps after a failure. The engine's own is core's `stepBackoff`; the other three are what it is compared with, over the
 * same windows (`backoffWindowMs`), each with the way it would take a `Retry-After`.
 */
import { type BackoffLimits, backoffWindowMs, stepBackoff } from "@holdfast/core/engine";
import type { RetryStrategy } from "./fleet-config.ts";

export interface Failure {
  /** Since the outage began: what a common timer is counted from. */
  readonly nowMs: number;
  /** Failures before this one. */
  readonly attempts: number;
  /** Uniform in [0, 1). */
  readonly random: number;
  readonly retryAfterMs: number | undefined;
  /** A lost session's: what its welcome said. Only the engine's own clients heed it. */
  readonly windowMsMin: number;
}

/** Failures that the client counts after this one. */
export function attemptsAfter(strategy: RetryStrategy, failure: Failure, backoff: BackoffLimits): number {
  if (strategy !== "full") return failure.attempts + 1;
  return stepBackoff({ attempts: failure.attempts }, failure, backoff).state.attempts;
}

export function retrySleepMs(strategy: RetryStrategy, failure: Failure, backoff: BackoffLimits, fixedMs: number): number {
  const { nowMs, attempts, random, retryAfterMs, windowMsMin } = failure;
  switch (strategy) {
    case "full":
      return stepBackoff({ attempts }, { random, retryAfterMs, windowMsMin }, backoff).delayMs;
    case "equal": {
      const windowMs = backoffWindowMs(attempts, backoff);
      return (retryAfterMs ?? 0) + Math.floor(windowMs / 2 + (random * windowMs) / 2);
    }
    // Told a moment, it comes at that moment.
    case "exponential":
      return Math.max(retryAfterMs ?? 0, backoffWindowMs(attempts, backoff));
    case "fixed":
      return retryAfterMs ?? fixedMs - (nowMs % fixedMs);
  }
}

export function isJittered(strategy: RetryStrategy): boolean {
  return strategy === "equal" || strategy === "full";
}
