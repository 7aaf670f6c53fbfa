/**
 * The property L3, herd traffic is bounded, of a run with the engine's own clients: what is said here follows from the limits alone and not from
 * the code that keeps them, so that a client which has lost its jitter, its cap or its breaker is found.
 */
import type { FleetReport } from "./run-fleet-model.ts";

/** Of the expected peak: what chance and the edges of a second may add in a fleet of ten thousand and more. */
const peakFactorMax = 1.25;
/** After so many windows the fleet has forgotten that it began in step. */
const windowsMin = 5;

/** What does not hold, in words; empty if all does. */
export function herdFailures(report: FleetReport): readonly string[] {
  const { config, afterwards, recovery } = report;
  const { clients, backoff, breaker, server, outageMs } = config;
  const failures: string[] = [];
  if (recovery.allMs === undefined) failures.push(`${clients - report.synced} clients are not synced at the end`);
  if (outageMs >= windowsMin * backoff.capMs) {
    // Full jitter sleeps half a window in the mean.
    const peakMax = peakFactorMax * ((2 * clients * 1_000) / backoff.capMs);
    if (afterwards.peak.perSecond > peakMax)
      failures.push(`the busiest second has ${afterwards.peak.perSecond} requests, above ${peakMax.toFixed(0)}`);
    const p99Max = (clients * 1_000) / server.requestsPerSecond + backoff.capMs;
    if (recovery.p99Ms === undefined || recovery.p99Ms > p99Max)
      failures.push(`99 % are synced after ${recovery.p99Ms} ms, later than ${p99Max}`);
  }
  const requestsMax =
    breaker === undefined ? Number.POSITIVE_INFINITY : breaker.outcomesMin + 1 + ((recovery.allMs ?? 0) + outageMs) / breaker.cooldownMs;
  if (report.requestsPerClientMax > requestsMax)
    failures.push(`a client has sent ${report.requestsPerClientMax} requests, more than the breaker's ${requestsMax.toFixed(0)}`);
  return failures;
}
