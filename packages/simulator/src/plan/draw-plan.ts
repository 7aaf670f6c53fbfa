/** The swarm: a pure function from a seed to a plan. Each kind of fault is in with even odds, so that rare combinations come about. */
import type { App } from "../app/app.ts";
import { type Random, random, type Seed } from "../random.ts";
import { ledgerApp } from "../workload/ledger-app.ts";
import type { Death, LimitsConfig, NetworkConfig, Plan, PlannedFault } from "./plan.ts";

const secondMs = 1_000;
const hourMs = 3_600_000;

export interface DrawOptions {
  readonly app?: App;
  /** How many; drawn, if absent. */
  readonly devices?: number;
}

export function drawPlan(seed: Seed, { app = ledgerApp as unknown as App, devices: asked }: DrawOptions = {}): Plan {
  const shape = random(seed, "plan-shape");
  const drawnDevices = shape.between(1, 4);
  const devices = asked ?? drawnDevices;
  const drawnSpaces = shape.pick([1, 1, 2]);
  const spaces = app.spaces ?? drawnSpaces;
  const durationMs = shape.pick([5 * secondMs, 20 * secondMs, 60 * secondMs, 300 * secondMs, 300 * secondMs, hourMs, 8 * hourMs]);
  const isCalm = shape.chance(0.05);
  // One in fifty is about weeks.
  const isLong = shape.chance(0.02);
  const config = {
    devices,
    spaces,
    durationMs: isLong ? durationMs + shape.between(24, 400) * hourMs : durationMs,
    network: isCalm ? calmNetwork : drawNetwork(random(seed, "plan-network")),
    limits: drawLimits(random(seed, "plan-limits")),
  };
  return { seed, config, operations: app.drawOperations(seed, config), faults: isCalm ? [] : drawFaults(seed, config) };
}

/** Also how it is after healing. */
export const calmNetwork: NetworkConfig = {
  delayMsMean: 20,
  cutPerMessage: 0,
  swallowPerMessage: 0,
  unreachablePerConnection: 0,
  unavailablePerConnection: 0,
  notServerPerConnection: 0,
};

function drawNetwork(draws: Random): NetworkConfig {
  const rate = (most: number): number => (draws.chance(0.5) ? draws.next() * most : 0);
  return {
    delayMsMean: draws.pick([1, 20, 200, 3_000]),
    cutPerMessage: rate(0.2),
    swallowPerMessage: rate(0.05),
    unreachablePerConnection: rate(0.3),
    unavailablePerConnection: rate(0.3),
    notServerPerConnection: rate(0.2),
  };
}

function drawLimits(draws: Random): LimitsConfig {
  if (!draws.chance(0.3)) return {};
  return {
    ...(draws.chance(0.5) && { pushTransactionsMax: draws.between(1, 3) }),
    ...(draws.chance(0.5) && { pageBytesMax: draws.pick([1, 64, 1_024]) }),
    ...(draws.chance(0.5) && { pageTransactionsMax: draws.between(1, 3) }),
    ...(draws.chance(0.3) && { confirmedKeptMax: draws.between(0, 3) }),
    ...(draws.chance(0.3) && { conflictsMax: draws.between(1, 3) }),
    ...(draws.chance(0.3) && { outcomeRetentionMs: draws.pick([1, 60_000]) }),
  };
}

type Shape = Plan["config"];

type FaultType = PlannedFault["type"];

const faultTypes: readonly FaultType[] = [
  "die",
  "die-twice",
  "server-dies",
  "partition",
  "clock-jump",
  "disk-full",
  "disk-error",
  "restore",
  "clone",
  "compact",
  "background",
];

function drawFaults(seed: Seed, shape: Shape): readonly PlannedFault[] {
  const faults: PlannedFault[] = [];
  for (const type of faultTypes) {
    const draws = random(seed, "plan-faults", type);
    if (!draws.chance(0.4)) continue;
    const count = type === "clone" || type === "restore" ? 1 : draws.between(1, 4);
    for (let n = 0; n < count; n++) {
      const base = { id: `${type}-${n}`, atMs: draws.between(0, shape.durationMs) };
      faults.push({ ...base, ...drawFault(type, draws, shape) } as PlannedFault);
    }
  }
  return faults;
}

function drawFault(type: FaultType, draws: Random, { devices, spaces, durationMs }: Shape): object {
  const device = draws.between(0, devices - 1);
  const anyone = draws.chance(0.2) ? "server" : device;
  const aWhile = Math.min(durationMs, Math.ceil(draws.exponential(draws.pick([500, 10_000, durationMs / 3]))));
  switch (type) {
    case "die":
      return { type, device, ...drawDeath(draws, aWhile) };
    case "die-twice":
      return { type, device, afterMs: draws.pick([0, 1, 50, 2_000]), ...drawDeath(draws, draws.between(0, 500)), power: false };
    case "server-dies":
      return { type, ...drawDeath(draws, Math.min(aWhile, 60_000)) };
    case "partition":
      return { type, devices: draws.chance(0.3) ? Array.from({ length: devices }, (_, index) => index) : [device], forMs: aWhile };
    case "clock-jump":
      return {
        type,
        device: anyone,
        byMs: Math.round(draws.exponential(draws.pick([5_000, 5 * hourMs, 4_000 * hourMs]))) * draws.pick([1, -1]),
      };
    case "disk-full":
      return { type, device: anyone, forMs: aWhile };
    case "disk-error":
      return { type, device: anyone, operations: draws.between(1, 4) };
    case "restore":
      return { type, device, backMs: draws.between(0, durationMs), downMs: draws.between(0, 5_000) };
    case "clone":
      return { type, device };
    case "compact":
      return { type, space: draws.between(0, spaces - 1), keep: draws.between(0, 5) };
    case "background":
      return { type, device, forMs: aWhile };
  }
}

/** Most deaths strike inside the work of the disk: there is where atomicity is decided. */
function drawDeath(draws: Random, downMs: number): Death {
  return {
    power: draws.chance(0.5),
    operations: draws.chance(0.75) ? draws.between(1, 30) : 0,
    phase: draws.pick(["before", "middle", "after"] as const),
    downMs: downMs + 1,
  };
}
