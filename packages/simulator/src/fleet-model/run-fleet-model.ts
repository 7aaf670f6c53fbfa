/**
 * Fleet mode (paper 6.3 and 9.1, trap 16, F42): all sessions of a fleet break at once, nothing answers for the length of an outage, and then a
 * server with a capacity has to take everybody back. A pure function of its configuration.
 */
import { expectedPeak, type ExpectedPeak } from "./expected-peak.ts";
import type { FleetConfig } from "./fleet-config.ts";
import { type Requests, runRequests } from "./run-requests.ts";
import { slotMs, type Peak } from "./time-counts.ts";

export interface FleetReport {
  readonly config: FleetConfig;
  readonly requests: number;
  /** While nothing could answer. */
  readonly inOutage: { readonly requests: number; readonly peak: Peak };
  /** From the moment when the server is there again. */
  readonly afterwards: {
    readonly requests: number;
    readonly refused: number;
    readonly timedOut: number;
    readonly peak: Peak;
    readonly expected: ExpectedPeak;
    /** Measured against N/window, and against N/mean sleep. */
    readonly overWindow: number;
    readonly overExpected: number;
  };
  /** Requests that synced nobody, a client. */
  readonly wastedPerClient: { readonly inOutage: number; readonly afterwards: number };
  readonly requestsPerClientMax: number;
  readonly synced: number;
  /** Since the server is there again; undefined: not within `virtualMsMax`. To a tenth of a second. */
  readonly recovery: { readonly halfMs: number | undefined; readonly p99Ms: number | undefined; readonly allMs: number | undefined };
  readonly series: FleetSeries;
  readonly atReturn: ReturnSeries;
}

/** One value a step, at most `pointsMax` of them. */
export interface FleetSeries {
  readonly stepMs: number;
  /** In the busiest second of the step. */
  readonly requestsPerSecond: readonly number[];
  readonly syncedPerSecond: readonly number[];
  readonly refusedPerSecond: readonly number[];
  /** At the end of the step, of all clients. */
  readonly syncedShare: readonly number[];
}

/** From half a minute before the server is there again to a minute and a half after, in steps that show what is within one second. */
export interface ReturnSeries {
  /** Negative: before. */
  readonly fromMs: number;
  readonly stepMs: number;
  readonly requestsPerSecond: readonly number[];
  readonly syncedPerSecond: readonly number[];
}

const pointsMax = 600;
const returnMs = { before: 30_000, after: 90_000, step: 200 };

export function runFleetModel(config: FleetConfig): FleetReport {
  const { clients, outageMs } = config;
  const run = runRequests(config, { of: () => ({ type: "broken", atMs: 0 }) });
  const endMs = config.virtualMsMax + slotMs;
  const requests = run.arrived.total(0, endMs);
  const before = run.arrived.total(0, outageMs);
  const [refused, timedOut] = [run.refused.total(0, endMs), run.timedOut.total(0, endMs)];
  const peak = run.arrived.peak(outageMs);
  const expected = expectedPeak(config);
  const sinceReturn = (count: number): number | undefined => {
    const atMs = run.synced.reachedMs(count);
    return atMs === undefined ? undefined : atMs - outageMs;
  };
  const isAll = run.syncedClients === clients;
  const untilMs = isAll ? run.lastSyncedMs : config.virtualMsMax;
  return {
    config,
    requests,
    inOutage: { requests: before, peak: run.arrived.peak(0, outageMs) },
    afterwards: {
      requests: requests - before,
      refused,
      timedOut,
      peak,
      expected,
      overWindow: peak.perSecond / expected.perWindow,
      overExpected: peak.perSecond / expected.perSecond,
    },
    wastedPerClient: { inOutage: before / clients, afterwards: (refused + timedOut) / clients },
    requestsPerClientMax: run.requestsPerClientMax,
    synced: run.syncedClients,
    recovery: {
      halfMs: sinceReturn(Math.ceil(clients / 2)),
      p99Ms: sinceReturn(Math.ceil(clients * 0.99)),
      allMs: isAll ? run.lastSyncedMs - outageMs : undefined,
    },
    series: seriesOf(run, clients, untilMs),
    atReturn: returnOf(run, outageMs),
  };
}

function returnOf(run: Requests, outageMs: number): ReturnSeries {
  const { before, after, step } = returnMs;
  const fromMs = Math.max(0, outageMs - before);
  const [requestsPerSecond, syncedPerSecond] = [run.arrived, run.synced].map((counts) => counts.rates(fromMs, outageMs + after, step)) as [
    readonly number[],
    readonly number[],
  ];
  return { fromMs: fromMs - outageMs, stepMs: step, requestsPerSecond, syncedPerSecond };
}

export function seriesOf(run: Requests, clients: number, untilMs: number): FleetSeries {
  const stepMs = Math.max(slotMs, Math.ceil(untilMs / pointsMax / slotMs) * slotMs);
  return {
    stepMs,
    requestsPerSecond: run.arrived.peaks(untilMs, stepMs),
    syncedPerSecond: run.synced.peaks(untilMs, stepMs),
    refusedPerSecond: run.refused.peaks(untilMs, stepMs),
    syncedShare: run.synced.sums(untilMs, stepMs).map((sum) => sum / clients),
  };
}
