/**
 * The swarm: a pure function from a seed to a plan. Each kind of fault is in with even odds, so that rare combinations come about. One run
 * in twenty has no faults, one in twenty the product's knobs at their extremes; a fifth is about a pair of faults that are worst together.
 */
import type { App } from "../app/app.ts";
import { drawPeople } from "../people/draw-people.ts";
import { random, type Seed } from "../random.ts";
import { ledgerApp } from "../workload/ledger-app.ts";
import { calmNetwork, drawLimits, drawNetwork, drawServer, drawVectorEntries, extremeLimits } from "./draw-config.ts";
import { countOf, drawFault, faultTypes, type Shape } from "./draw-faults.ts";
import { drawPair } from "./draw-pairs.ts";
import type { FaultType, NetworkConfig, Plan, PlannedFault } from "./plan.ts";

export { calmNetwork } from "./draw-config.ts";

const secondMs = 1_000;
const hourMs = 3_600_000;

export interface DrawOptions {
  readonly app?: App;
  /** How many; drawn, if absent. */
  readonly devices?: number;
  /** Faults that are always in. */
  readonly bias?: readonly FaultType[];
}

/** Most of what goes wrong does so within minutes; hours are for what wears out, and one run in forty has eight. */
const durationsMs = [5, 20, 60, 300]
  .flatMap((seconds) => Array<number>(9).fill(seconds))
  .concat(3_600, 3_600, 3_600, 8 * 3_600)
  .map((seconds) => seconds * secondMs);

type Kind = "calm" | "extreme" | "pair" | "swarm";

export function drawPlan(seed: Seed, { app = ledgerApp as unknown as App, devices: asked, bias = [] }: DrawOptions = {}): Plan {
  const shape = random(seed, "plan-shape");
  const drawnDevices = shape.between(1, 4);
  const devices = asked ?? drawnDevices;
  const drawnSpaces = shape.pick([1, 1, 2]);
  const spaces = app.spaces ?? drawnSpaces;
  const durationMs = shape.pick(durationsMs);
  const kind = bias.length > 0 ? "swarm" : kindOf(seed);
  // One in three hundred is about weeks.
  const isLong = shape.chance(0.003);
  const server = drawServer(random(seed, "plan-server"));
  const lost = drawLost(seed, devices);
  const drawn = {
    devices,
    spaces,
    durationMs: isLong ? durationMs + shape.between(24, 400) * hourMs : durationMs,
    network: kind === "calm" ? calmNetwork : { ...drawNetwork(random(seed, "plan-network")), ...drawTokens(seed, app) },
    limits:
      kind === "extreme"
        ? extremeLimits
        : { ...drawLimits(random(seed, "plan-limits")), ...(kind !== "calm" && drawVectorEntries(random(seed, "plan-vectors"))) },
    ...(server !== undefined && { server }),
    ...(lost.length > 0 && kind !== "calm" && { lost }),
  };
  const people = app.schemas === undefined ? undefined : drawPeople(seed, drawn, app.schemas.length);
  const config = people === undefined ? drawn : { ...drawn, spaces: people.config.spaceOwners.length, people: people.config };
  const away = isLong && kind !== "calm" ? drawAway(seed, config) : [];
  const faults = [...drawFaults(seed, kind, config, new Set(bias)), ...away];
  return { seed, config, operations: app.drawOperations(seed, config), faults: [...faults, ...(people?.events ?? [])] };
}

/** Only of an app whose rules say that an empty token is nobody's: the fleet's own. */
function drawTokens(seed: Seed, { schemas }: App): Partial<NetworkConfig> {
  const draws = random(seed, "plan-tokens");
  const rate = (most: number): number => (draws.chance(0.4) ? draws.next() * most : 0);
  return schemas === undefined ? {} : { failPerToken: rate(0.3), hangPerToken: rate(0.1), expirePerToken: rate(0.3) };
}

function kindOf(seed: Seed): Kind {
  const share = random(seed, "plan-kind").next();
  if (share < 0.05) return "calm";
  if (share < 0.1) return "extreme";
  return share < 0.3 ? "pair" : "swarm";
}

/** Some devices of some runs never come back: the others have to drain without them. */
function drawLost(seed: Seed, devices: number): readonly number[] {
  const draws = random(seed, "plan-lost");
  if (!draws.chance(0.2)) return [];
  const lost = Array.from({ length: devices }, (_, device) => device).filter(() => draws.chance(0.4));
  return lost.length === devices ? lost.slice(1) : lost;
}

/**
 * Nobody looks at an app for weeks: it is in the background for most of them, and its device writes on. A link that idles for weeks
 * would cost four fifths of the swarm's whole time, and show in its last day what it has shown in its first.
 */
function drawAway(seed: Seed, { devices, durationMs }: Shape): readonly PlannedFault[] {
  const faults: PlannedFault[] = [];
  for (let device = 0; device < devices; device++) {
    const draws = random(seed, "plan-away", device);
    let atMs = draws.between(0, hourMs);
    for (let n = 0; atMs < durationMs; n++) {
      const forMs = draws.between(2 * hourMs, 16 * hourMs);
      faults.push({ id: `away-${device}-${n}`, atMs, type: "background", device, forMs: Math.min(forMs, durationMs - atMs) });
      atMs += forMs + draws.between(60 * secondMs, 1_800 * secondMs);
    }
  }
  return faults;
}

/** How likely a kind of fault is to be in, where it need not be. */
const oddsOf: Readonly<Record<Kind, number>> = { calm: 0, extreme: 0.3, pair: 0.1, swarm: 0.5 };
/** With knobs at their extremes r0 forgets its stream so many times. */
const compactionsWhenExtreme = 12;
const cutSnapshots = 3;

/** Pages are smallest here, and a snapshot takes many: its device is away until it needs one, and dies while it comes. */
function drawCutSnapshots(seed: Seed, { devices, spaces, durationMs }: Shape): readonly PlannedFault[] {
  const draws = random(seed, "plan-cut-snapshots");
  return Array.from({ length: cutSnapshots }, (_, n): readonly PlannedFault[] => {
    const [device, space] = [draws.between(0, devices - 1), draws.between(0, spaces - 1)];
    const forMs = draws.between(1_000, Math.ceil(durationMs / 2));
    const atMs = draws.between(0, durationMs - Math.min(durationMs, forMs));
    const later = (ms: number): number => Math.min(durationMs, atMs + ms);
    const death = { power: draws.chance(0.5), operations: draws.between(1, 60), phase: "after", downMs: draws.between(1, 100) } as const;
    return [
      { id: `away-${n}`, atMs, type: "partition", devices: [device], forMs },
      { id: `forget-${n}`, atMs: later(forMs - 1), type: "compact", space, keep: 0 },
      { id: `cut-${n}`, atMs: later(forMs + draws.between(0, 3_000)), type: "die", device, ...death },
    ];
  }).flat();
}

function drawFaults(seed: Seed, kind: Kind, shape: Shape, bias: ReadonlySet<FaultType>): readonly PlannedFault[] {
  const faults: PlannedFault[] = kind === "pair" ? [...drawPair(random(seed, "plan-pair"), shape)] : [];
  if (kind === "extreme") faults.push(...drawCutSnapshots(seed, shape));
  for (const type of faultTypes) {
    const draws = random(seed, "plan-faults", type);
    const isDrawn = draws.chance(oddsOf[kind]);
    if (!isDrawn && !bias.has(type)) continue;
    const count = kind === "extreme" && type === "compact" ? compactionsWhenExtreme : countOf(type, draws);
    for (let n = 0; n < count; n++) {
      const atMs = draws.between(0, shape.durationMs);
      faults.push({ id: `${type}-${n}`, atMs, ...drawFault(type, draws, shape) });
    }
  }
  return faults;
}
