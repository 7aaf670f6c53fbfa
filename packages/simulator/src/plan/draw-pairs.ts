/** Faults that are worst together: what undirected runs meet once in thousands of seeds. */
import type { Random } from "../random.ts";
import { type DrawnFault, type DrawnType, drawFault, type Shape } from "./draw-faults.ts";
import type { PlannedFault } from "./plan.ts";

type TimedFault = { readonly sinceMs: number } & DrawnFault;
type Pair = (draws: Random, shape: Shape) => readonly TimedFault[];

const at = (sinceMs: number, fault: DrawnFault): TimedFault => ({ sinceMs, ...fault });
const kill = (device: number, downMs: number): DrawnFault => ({
  type: "die",
  device,
  power: false,
  operations: 0,
  phase: "before",
  downMs,
});

export const pairs: Readonly<Record<string, Pair>> = {
  "kill, then power": (draws, shape) => [at(0, { ...drawn("die-twice", draws, shape), operations: draws.between(1, 12), phase: "after" })],
  "crash inside recovery": (draws, shape) => [at(0, drawn("die-recovering", draws, shape))],
  "clock jump, then restart": (draws, shape) => {
    const jump = drawn("clock-jump", draws, shape);
    const after = draws.between(0, 2_000);
    return jump.device === "server"
      ? [at(0, jump), at(after, { type: "server-dies", power: false, operations: 0, phase: "before", downMs: 10 })]
      : [at(0, jump), at(after, kill(jump.device, 10))];
  },
  "5xx after the commit, then long offline": (draws, shape) => {
    const devices = [draws.between(0, shape.devices - 1)];
    const lostMs = draws.between(500, 5_000);
    const awayMs = Math.ceil(shape.durationMs / 2);
    const compact: DrawnFault = { type: "compact", space: draws.between(0, shape.spaces - 1), keep: 0 };
    return [
      at(0, { type: "answers-lost", devices, forMs: lostMs }),
      at(lostMs, { type: "partition", devices, forMs: awayMs }),
      at(awayMs, compact),
    ];
  },
  "an old backup of a device": (draws, shape) => [
    at(0, { ...drawn("restore", draws, shape), backMs: draws.between(1, Math.ceil(shape.durationMs / 2)) }),
    at(draws.between(0, shape.durationMs), drawn("compact", draws, shape)),
  ],
  "a device and its copy": (draws, shape) => {
    const copied = drawn("clone", draws, shape);
    return [at(0, { type: "partition", devices: [copied.device], forMs: draws.between(100, 5_000) }), at(draws.between(0, 3_000), copied)];
  },
  "r0 from a backup, while a device is away": (draws, shape) => {
    const backMs = draws.between(1, Math.ceil(shape.durationMs / 2));
    const back = { ...drawn("restore-server", draws, shape), backMs };
    const away: DrawnFault = {
      type: "partition",
      devices: [draws.between(0, shape.devices - 1)],
      forMs: draws.between(1, shape.durationMs),
    };
    return draws.chance(0.5) ? [at(0, back)] : [at(0, back), at(draws.between(0, backMs), away)];
  },
  "a suspended device, and a server that has started over": (draws, shape) => {
    const asleep = drawn("suspend", draws, shape);
    return [at(0, asleep), at(draws.between(0, asleep.forMs), drawn("server-dies", draws, shape))];
  },
  "an instance dies with its answer": (draws, shape) => [
    at(0, { ...drawn("instance-dies", draws, shape), operations: draws.between(1, 8) }),
    at(draws.between(0, 2_000), { ...drawn("instance-dies", draws, shape), operations: draws.between(1, 8) }),
  ],
  "a flipped bit": (draws, shape) => [at(draws.between(0, shape.durationMs), drawn("bit-flip", draws, shape))],
};

export function drawPair(draws: Random, shape: Shape): readonly PlannedFault[] {
  const name = draws.pick(Object.keys(pairs));
  const startMs = draws.between(0, Math.ceil(shape.durationMs * 0.8));
  return (pairs[name] as Pair)(draws, shape).map(({ sinceMs, ...fault }, n): PlannedFault => {
    const atMs = Math.min(shape.durationMs, startMs + sinceMs);
    return { ...fault, id: `pair-${fault.type}-${n}`, atMs };
  });
}

function drawn<Type extends DrawnType>(type: Type, draws: Random, shape: Shape): Extract<DrawnFault, { type: Type }> {
  return drawFault(type, draws, shape) as Extract<DrawnFault, { type: Type }>;
}
