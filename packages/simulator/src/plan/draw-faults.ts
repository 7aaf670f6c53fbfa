/** One fault of each type, drawn. */
import type { Random } from "../random.ts";
import type { Death, FaultType, Plan, WorldFault } from "./plan.ts";

const hourMs = 3_600_000;

export type Shape = Pick<Plan["config"], "devices" | "spaces" | "durationMs" | "server">;
/** A fault without its name and its moment. */
export type DrawnFault = WorldFault extends infer F ? (F extends WorldFault ? Omit<F, "id" | "atMs"> : never) : never;

/** Pushes that are held up are for the plans that ask for it: it takes many minutes until a device gives a write up. */
export type DrawnType = Exclude<FaultType, "pushes-held">;
type Drawn<Type extends FaultType> = Omit<Extract<WorldFault, { type: Type }>, "id" | "atMs" | "type">;
type Draw<Type extends FaultType> = (draws: Random, shape: Shape, aWhile: number) => Drawn<Type>;

const device = (draws: Random, { devices }: Shape): number => draws.between(0, devices - 1);
const anyone = (draws: Random, shape: Shape): number | "server" => (draws.chance(0.2) ? "server" : device(draws, shape));
const some = (draws: Random, shape: Shape): readonly number[] =>
  draws.chance(0.3) ? Array.from({ length: shape.devices }, (_, index) => index) : [device(draws, shape)];
const instance = (draws: Random, { server }: Shape): number => draws.between(0, (server?.instances ?? 1) - 1);

export const faultDraws: { readonly [Type in DrawnType]: Draw<Type> } = {
  die: (draws, shape, aWhile) => ({ device: device(draws, shape), ...drawDeath(draws, aWhile) }),
  "die-twice": (draws, shape) => ({
    device: device(draws, shape),
    afterMs: draws.pick([0, 1, 50, 2_000]),
    ...drawDeath(draws, draws.between(0, 500), "disk"),
    power: false,
  }),
  "die-recovering": (draws, shape) => ({
    device: anyone(draws, shape),
    times: draws.between(1, 4),
    ...drawDeath(draws, draws.between(0, 500), "disk"),
    operations: draws.between(1, 20),
  }),
  "server-dies": (draws, _shape, aWhile) => drawDeath(draws, Math.min(aWhile, 60_000)),
  "instance-dies": (draws, shape, aWhile) => ({
    instance: instance(draws, shape),
    ...drawDeath(draws, Math.min(aWhile, 60_000), "effects"),
    power: false,
  }),
  "instance-closes": (draws, shape, aWhile) => ({ instance: instance(draws, shape), downMs: Math.min(aWhile, 60_000) }),
  "instance-suspends": (draws, shape, aWhile) => ({
    instance: instance(draws, shape),
    forMs: Math.min(aWhile, 300_000),
    clockStops: draws.chance(0.5),
  }),
  suspend: (draws, shape, aWhile) => ({ device: device(draws, shape), forMs: aWhile, clockStops: draws.chance(0.5) }),
  background: (draws, shape, aWhile) => ({ device: device(draws, shape), forMs: aWhile }),
  partition: (draws, shape, aWhile) => ({
    devices: some(draws, shape),
    forMs: aWhile,
    ...(draws.chance(0.4) && { direction: draws.pick(["up", "down"] as const) }),
  }),
  "answers-lost": (draws, shape, aWhile) => ({ devices: some(draws, shape), forMs: aWhile }),
  "clock-jump": (draws, shape) => ({
    device: anyone(draws, shape),
    byMs: Math.round(draws.exponential(draws.pick([5_000, 5 * hourMs, 4_000 * hourMs]))) * draws.pick([1, -1]),
  }),
  "clock-run": (draws, shape, aWhile) => ({ device: anyone(draws, shape), rate: draws.pick([0, -1, 0.5, 20]), forMs: aWhile }),
  "disk-full": (draws, shape, aWhile) => ({ device: anyone(draws, shape), forMs: aWhile }),
  "disk-error": (draws, shape) => ({ device: anyone(draws, shape), operations: draws.between(1, 4) }),
  "bit-flip": (draws, shape) => ({
    device: device(draws, shape),
    place: draws.next(),
    bit: draws.between(0, 7),
    downMs: draws.between(0, 2_000),
  }),
  restore: (draws, shape) => ({
    device: device(draws, shape),
    backMs: draws.between(0, shape.durationMs),
    downMs: draws.between(0, 5_000),
  }),
  "restore-server": (draws, shape) => ({
    backMs: draws.between(0, shape.durationMs),
    downMs: draws.between(1, 5_000),
    damaged: draws.chance(0.3),
    ...(draws.chance(0.3) && { againMs: draws.between(1, shape.durationMs) }),
  }),
  "second-process": (draws, shape) => ({ device: device(draws, shape) }),
  clone: (draws, shape) => ({ device: device(draws, shape) }),
  compact: (draws, { spaces }) => ({ space: draws.between(0, spaces - 1), keep: draws.between(0, 5) }),
};

export const faultTypes = Object.keys(faultDraws) as readonly DrawnType[];

/** More than one of these tells nothing new. */
const onlyOnce: ReadonlySet<FaultType> = new Set(["clone", "restore", "restore-server", "bit-flip"]);

export function countOf(type: FaultType, draws: Random): number {
  return onlyOnce.has(type) ? 1 : draws.between(1, 4);
}

export function drawFault(type: DrawnType, draws: Random, shape: Shape): DrawnFault {
  const { durationMs } = shape;
  const aWhile = Math.min(durationMs, Math.ceil(draws.exponential(draws.pick([500, 10_000, durationMs / 3]))));
  return { type, ...faultDraws[type](draws, shape, aWhile) } as DrawnFault;
}

/** Most deaths strike inside the work of the disk: there is where atomicity is decided. */
function drawDeath(draws: Random, downMs: number, counted?: Death["of"]): Death {
  const of = counted ?? (draws.chance(0.25) ? "effects" : "disk");
  return {
    power: draws.chance(0.5),
    operations: draws.chance(0.75) ? draws.between(1, 30) : 0,
    phase: draws.pick(["before", "middle", "after"] as const),
    downMs: downMs + 1,
    ...(of === "effects" && { of }),
  };
}
