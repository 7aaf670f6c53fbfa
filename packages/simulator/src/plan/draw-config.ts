/** A run's weather, limits and servers. */
import type { Random } from "../random.ts";
import type { LimitsConfig, NetworkConfig, ServerConfig } from "./plan.ts";

/** Also how it is after healing. */
export const calmNetwork: NetworkConfig = {
  delayMsMean: 20,
  cutPerMessage: 0,
  swallowPerMessage: 0,
  unreachablePerConnection: 0,
  unavailablePerConnection: 0,
  notServerPerConnection: 0,
};

/** Each kind of weather is in with even odds, and then its rate is drawn. */
export function drawNetwork(draws: Random): NetworkConfig {
  const rate = (most: number): number => (draws.chance(0.5) ? draws.next() * most : 0);
  return {
    delayMsMean: draws.pick([1, 20, 200, 3_000]),
    cutPerMessage: rate(0.2),
    swallowPerMessage: rate(0.05),
    unreachablePerConnection: rate(0.3),
    unavailablePerConnection: rate(0.3),
    notServerPerConnection: rate(0.2),
    httpPerConnection: draws.pick([0, 0, 0.3, 1]),
    doublePerRequest: rate(0.3),
    truncatePerRequest: rate(0.2),
    replacePerRequest: rate(0.2),
    stallPerMessage: rate(0.03),
  };
}

export function drawServer(draws: Random): ServerConfig | undefined {
  if (draws.chance(0.5)) return undefined;
  const rate = (most: number): number => (draws.chance(0.5) ? draws.next() * most : 0);
  return {
    instances: draws.between(2, 3),
    storeDelayMsMean: draws.pick([0, 1, 20]),
    bus: { delayMsMean: draws.pick([1, 100, 5_000]), losePerNotice: rate(0.5), doublePerNotice: rate(0.5) },
    database: {
      commitMsMean: draws.pick([0, 2, 30]),
      losePerAsk: rate(0.1),
      abortPerCommit: rate(0.2),
      ...(draws.chance(0.5) && { overtakenMax: draws.between(0, 1) }),
    },
  };
}

export function drawLimits(draws: Random): LimitsConfig {
  if (!draws.chance(0.3)) return {};
  return {
    ...(draws.chance(0.5) && { pushTransactionsMax: draws.between(1, 3) }),
    ...(draws.chance(0.5) && { pageBytesMax: draws.pick([1, 64, 1_024]) }),
    ...(draws.chance(0.5) && { pageTransactionsMax: draws.between(1, 3) }),
    ...(draws.chance(0.3) && { confirmedKeptMax: draws.between(0, 3) }),
    ...(draws.chance(0.3) && { conflictsMax: draws.between(1, 3) }),
    ...(draws.chance(0.3) && { outcomeRetentionMs: draws.pick([1, 60_000]) }),
    ...(draws.chance(0.3) && { outgoingBytesSoft: draws.pick([0, 500]), outgoingBytesMax: draws.pick([4_000, 20_000]) }),
    ...(draws.chance(0.3) && { checkpointPages: draws.pick([1, 20]) }),
  };
}

/** So few that a record which two or three have written is folded by a compaction or two. */
export function drawVectorEntries(draws: Random): LimitsConfig {
  return draws.chance(0.2) ? {} : { vectorEntriesMax: draws.pick([1, 1, 2, 3]) };
}

/** The product's knobs where they are tightest. Whoever is behind gets a snapshot: the plan compacts all the time. */
export const extremeLimits: LimitsConfig = {
  pushTransactionsMax: 1,
  pageBytesMax: 1,
  pageTransactionsMax: 1,
  confirmedKeptMax: 0,
  conflictsMax: 1,
  outgoingBytesSoft: 0,
  checkpointPages: 1,
  vectorEntriesMax: 1,
};
