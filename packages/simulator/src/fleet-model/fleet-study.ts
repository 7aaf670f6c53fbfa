/** Which runs one call of the command makes: all strategies after one outage, the engine after outages of every length, and poke storms. */
import { cycleDefaults } from "@holdfast/core/engine";
import { serverLimits } from "@holdfast/server";
import { type FleetConfig, fleetConfig, type RetryStrategy } from "./fleet-config.ts";
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
const pokeJitterSeconds = [0, 5, 30];
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
  return {
    strategies: strategies.flatMap((strategy) => [
      ...(["none", "same", "jittered"] as const).map((retryAfter) => configure({ strategy, retryAfter, breaker: undefined })),
      configure({ strategy, retryAfter: "jittered", breaker }),
    ]),
    outages: outageSeconds.map((seconds) => configure({ outageMs: seconds * 1_000 })),
    pokes: [
      { fleet, changeBytes: serverLimits.pokeBytesMax, jitterMs: 0, fanOutMs },
      ...pokeJitterSeconds.map((seconds) => ({ fleet, changeBytes: large, jitterMs: seconds * 1_000, fanOutMs })),
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
