/**
 * One write to a space that many follow: r0 pokes them all, and whoever was not told the change itself asks for it. How many ask, and when, is
 * what core's own cycle says (`poke-reaction.ts`), told of the window that r0 names.
 */
import { serverLimits } from "@holdfast/server";
import { random } from "../random.ts";
import type { FleetConfig } from "./fleet-config.ts";
import { PokeReaction } from "./poke-reaction.ts";
import { type FleetSeries, seriesOf } from "./run-fleet-model.ts";
import { type FirstRequest, runRequests } from "./run-requests.ts";
import { type Peak, slotMs } from "./time-counts.ts";

export interface PokeStormConfig {
  /** `clients` follow the space; `outageMs` is 0. */
  readonly fleet: FleetConfig;
  readonly changeBytes: number;
  /** What r0 says of when to ask. 0: nothing, and they ask at once. */
  readonly withinMs: number;
  /** Until the last of them has been poked. */
  readonly fanOutMs: number;
}

export interface PokeStormReport {
  readonly config: PokeStormConfig;
  /** The poke carries the change. */
  readonly isCarried: boolean;
  readonly requests: number;
  readonly peak: Peak;
  /** About N/window: all of them in one second, or over r0's window if it is longer. 0 if nobody need ask. */
  readonly expectedPerSecond: number;
  /** Sessions that ended because the page took too long, and came back as a herd of their own. */
  readonly sessionsLost: number;
  readonly refused: number;
  /** Until half, 99 % and all of the followers have the change. */
  readonly told: { readonly halfMs: number | undefined; readonly p99Ms: number | undefined; readonly allMs: number | undefined };
  /** Undefined if nobody need ask. */
  readonly series: FleetSeries | undefined;
}

export function runPokeStorm(config: PokeStormConfig): PokeStormReport {
  const { fleet, changeBytes, withinMs, fanOutMs } = config;
  const isCarried = changeBytes <= serverLimits.pokeBytesMax;
  const run = runRequests({ ...fleet, outageMs: 0 }, pulls(config, isCarried));
  const endMs = fleet.virtualMsMax + slotMs;
  const requests = run.arrived.total(0, endMs);
  if (requests === 0) {
    // Told by the poke itself: the fan-out and one way.
    const [halfMs, allMs] = [fanOutMs / 2 + (fleet.latencyMsMin + fleet.latencyMsMax) / 2, fanOutMs + fleet.latencyMsMax];
    const told = { halfMs, p99Ms: allMs, allMs };
    return {
      config,
      isCarried,
      requests,
      peak: run.arrived.peak(0),
      expectedPerSecond: 0,
      sessionsLost: 0,
      refused: 0,
      told,
      series: undefined,
    };
  }
  const isAll = run.syncedClients === fleet.clients;
  const told = {
    halfMs: run.synced.reachedMs(Math.ceil(fleet.clients / 2)),
    p99Ms: run.synced.reachedMs(Math.ceil(fleet.clients * 0.99)),
    allMs: isAll ? run.lastSyncedMs : undefined,
  };
  return {
    config,
    isCarried,
    requests,
    peak: run.arrived.peak(0),
    expectedPerSecond: (fleet.clients * 1_000) / Math.max(1_000, withinMs),
    sessionsLost: run.timedOut.total(0, endMs),
    refused: run.refused.total(0, endMs),
    told,
    series: seriesOf(run, fleet.clients, isAll ? run.lastSyncedMs : fleet.virtualMsMax),
  };
}

function pulls({ fleet, withinMs, fanOutMs }: PokeStormConfig, isCarried: boolean): FirstRequest {
  const reaction = new PokeReaction(isCarried, withinMs);
  const [cycles, fanOut] = [random(fleet.seed, "fleet-poke"), random(fleet.seed, "fleet-fan-out")];
  return {
    of: () => {
      const afterMs = reaction.pullAfterMs(cycles.next());
      if (afterMs === undefined) return undefined;
      return { type: "pull", atMs: Math.floor(fanOut.next() * fanOutMs) + Math.ceil(afterMs) };
    },
  };
}
