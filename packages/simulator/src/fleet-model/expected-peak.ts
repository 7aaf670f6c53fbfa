/**
 * What arithmetic expects of the first second after an outage.
 *
 * The paper (6.3) says N/window: the fleet spread over one window. That holds for one round of sleeps. In a long outage there are many, and the
 * rate at which N clients try, each as often as its mean sleep lets it, is N/mean: with full jitter the mean is half a window, so that twice
 * N/window is what to expect; equal jitter sleeps three quarters and tries less often. Without jitter all come in one second: N.
 */
import { backoffWindowMs } from "@holdfast/core/engine";
import type { FleetConfig } from "./fleet-config.ts";
import { isJittered, retrySleepMs } from "./retry-sleep.ts";

export interface ExpectedPeak {
  /** The window that the fleet has reached when the outage ends. */
  readonly windowMs: number;
  /** N/window, as the paper has it. */
  readonly perWindow: number;
  /** N/mean time between two attempts for a strategy with jitter, N for one without. */
  readonly perSecond: number;
}

/** A mean over so many quantiles of the sleep. */
const quantiles = 1_000;

export function expectedPeak(config: FleetConfig): ExpectedPeak {
  const attempts = attemptsBy(config);
  const windowMs = backoffWindowMs(attempts, config.backoff);
  const perWindow = Math.min(config.clients, (config.clients * 1_000) / windowMs);
  const perSecond = isJittered(config.strategy)
    ? Math.min(config.clients, (config.clients * 1_000) / meanBetweenMs(config, attempts))
    : config.clients;
  return { windowMs, perWindow, perSecond };
}

/** How many failures the average client has behind it when the outage ends, or the first number from which windows grow no more. */
function attemptsBy(config: FleetConfig): number {
  let [attempts, nowMs] = [0, 0];
  while (backoffWindowMs(attempts, config.backoff) < config.backoff.capMs) {
    nowMs += backoffWindowMs(attempts, config.backoff) * (config.strategy === "equal" ? 0.75 : 0.5);
    if (nowMs >= config.outageMs) break;
    attempts++;
  }
  return attempts;
}

/** The sleep, the breaker's wait where it is longer, and how long it takes to hear that it was in vain. */
function meanBetweenMs(config: FleetConfig, attempts: number): number {
  const { breaker, backoff, strategy, fixedMs } = config;
  const isTripped = breaker !== undefined && attempts >= breaker.outcomesMin;
  const heardMs = config.outageAnswer === "silent" ? config.attemptMsMax : config.latencyMsMin + config.latencyMsMax;
  let sum = 0;
  for (let index = 0; index < quantiles; index++) {
    const failure = { nowMs: 0, attempts, random: (index + 0.5) / quantiles, retryAfterMs: undefined, windowMsMin: 0 };
    const sleepMs = retrySleepMs(strategy, failure, backoff, fixedMs);
    sum += heardMs + (isTripped && sleepMs < breaker.cooldownMs ? breaker.cooldownMs + backoff.baseMs / 2 : sleepMs);
  }
  return sum / quantiles;
}
