/**
 * Which runs one call of the command makes: all strategies after one outage, the engine after outages of every length, and poke storms. The last
 * two with what r0 says of a window, with limits that the operator has set by what the server bears, and as it would be if r0 said nothing.
 */
import { cycleDefaults } from "@holdfast/core/engine";
import { serverLimits } from "@holdfast/server";
import { type FleetConfig, fleetConfig, reconnectWithinMs, type RetryStrategy } from "./fleet-config.ts";
import type { FleetReport } from "./run-fleet-model.ts";
import type { PokeStormConfig, PokeStormReport } from "./run-poke-storm.ts";

export interface FleetStudyOptions {
  readonly clients: number;
  readonly outageMs: number;
  readonly seed: string;
  /** Undefined: the whole fleet within fifty seconds. */
  readonly requestsPerSecond: number | undefined;
  readonly outageAnswer: FleetConfig["outageAnswer"];
}

export interface FleetStudy {
  readonly options: FleetStudyOptions;
  readonly strategies: readonly FleetReport[];
  readonly outages: readonly FleetReport[];
  readonly pokes: readonly PokeStormReport[];
}

export interface StudyPlan {
  readonly strategies: readonly FleetConfig[];
  readonly outages: readonly FleetConfig[];
  readonly pokes: readonly PokeStormConfig[];
}

const strategies: readonly RetryStrategy[] = ["fixed", "exponential", "equal", "full"];
const outageSeconds = [0, 1, 2, 5, 10, 20, 60, 120];
/** From here on the window of the welcome is narrower than the backoff's own. */
const longOutageSeconds = 60;
/** The poke reaches all within this: each instance sends to its own. */
const fanOutMs = 100;

export function planStudy(options: FleetStudyOptions): StudyPlan {
  const { clients, outageMs, seed, requestsPerSecond, outageAnswer } = options;
  const configure = (change: Partial<FleetConfig>): FleetConfig => {
    const config = fleetConfig(clients, { outageMs, seed, outageAnswer, ...change });
    const server = { ...config.server, requestsPerSecond: requestsPerSecond ?? config.server.requestsPerSecond };
    return { ...config, server: { ...server, queueMax: server.requestsPerSecond } };
  };
  const { breaker } = cycleDefaults;
  const large = serverLimits.pokeBytesMax + 1;
  const fleet = configure({ outageMs: 0 });
  // As `reconnectsPerSecond` and `pokePullsPerSecond` spread them when they are the capacity, divided by the instances.
  const byCapacityMs = Math.min(serverLimits.reconnectWithinMsMax, Math.ceil((clients * 1_000) / fleet.server.requestsPerSecond));
  const pullsWithinMs = reconnectWithinMs(clients, serverLimits.pokePullsPerSecond);
  return {
    strategies: strategies.flatMap((strategy) => [
      ...(["none", "same", "jittered"] as const).map((retryAfter) => configure({ strategy, retryAfter, breaker: undefined })),
      configure({ strategy, retryAfter: "jittered", breaker }),
    ]),
    outages: outageSeconds.flatMap((seconds) =>
      (seconds < longOutageSeconds ? [0, reconnectWithinMs(clients), byCapacityMs] : [reconnectWithinMs(clients)]).map((withinMs) =>
        configure({ outageMs: seconds * 1_000, reconnectWithinMs: withinMs }),
      ),
    ),
    pokes: [
      { fleet, changeBytes: serverLimits.pokeBytesMax, withinMs: 0, fanOutMs },
      ...[0, pullsWithinMs, byCapacityMs].map((withinMs) => ({ fleet, changeBytes: large, withinMs, fanOutMs })),
    ],
  };
}

/** The runs whose curves are shown: each strategy by itself, and the engine as it is. */
export function curvesOf({ strategies }: FleetStudy): readonly FleetReport[] {
  return strategies.filter(
    ({ config }) => config.retryAfter === "jittered" && (config.breaker === undefined || config.strategy === "full"),
  );
}

export function nameOf({ strategy, breaker }: FleetConfig): string {
  const name = { fixed: "fixed, every 5 s", exponential: "exponential", equal: "equal jitter", full: "full jitter" }[strategy];
  return breaker === undefined ? name : `${name}, breaker`;
}
