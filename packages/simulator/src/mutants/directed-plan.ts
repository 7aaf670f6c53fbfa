/**
 * A plan of the swarm, bent: the faults and operations that a protection is about come often, and the rest stays as the seed drew it.
 * Undirected, some faults of a fleet take thousands of seeds to meet (trap 21: one in 4,200).
 */
import type { LimitsConfig, NetworkConfig, Plan, PlannedFault, PlannedOperation } from "../plan/plan.ts";
import { type Random, random, type Seed } from "../random.ts";

/** A fault as a plan has it, but for its name and its moment. */
export type FaultShape = PlannedFault extends infer F ? (F extends PlannedFault ? Omit<F, "id" | "atMs"> : never) : never;

/** One fault, or several that belong together, each so long after the first. */
export type DrawFault = (draws: Random, shape: Plan["config"]) => FaultShape | readonly (readonly [afterMs: number, fault: FaultShape])[];

export interface Direction {
  /** These faults and no others, `faultsCount` of each. Without it, those of the swarm. */
  readonly faults?: readonly DrawFault[];
  /** Of each; 3 by default. */
  readonly faultsCount?: number;
  /** What the operations do, and nothing else. */
  readonly effects?: readonly string[];
  /** All operations meet on so many targets. */
  readonly targets?: number;
  readonly devices?: number;
  /** Who writes: beyond `devices` it is the clones, in the order in which they come about. */
  readonly writers?: number;
  readonly durationMs?: number;
  readonly network?: Partial<NetworkConfig>;
  readonly limits?: LimitsConfig;
  /** Anything else that a plan is configured with: its people, r0's instances. */
  readonly config?: Partial<Plan["config"]>;
  /** In the lane of crashes: the transaction types whose names hold this. */
  readonly crashTypes?: string;
}

export function directPlan(drawn: Plan, direction: Direction): Plan {
  const { seed } = drawn;
  const draws = random(seed, "directed");
  const { faults, faultsCount = 3, effects, targets, devices = drawn.config.devices, writers = devices } = direction;
  const durationMs = direction.durationMs ?? drawn.config.durationMs;
  const { network, limits } = drawn.config;
  const spaces = direction.config?.people?.spaceOwners.length ?? drawn.config.spaces;
  const config: Plan["config"] = {
    devices,
    spaces,
    durationMs,
    network: { ...network, ...direction.network },
    limits: { ...limits, ...direction.limits },
    ...direction.config,
  };
  const squeeze = durationMs / drawn.config.durationMs;
  const operations = drawn.operations.map(
    (operation): PlannedOperation => ({
      ...operation,
      atMs: Math.floor(operation.atMs * squeeze),
      space: operation.space % config.spaces,
      device: writers === drawn.config.devices ? operation.device : draws.between(0, writers - 1),
      ...(effects !== undefined && operation.effect !== "read" && bendEffect(operation, draws.pick(effects))),
      ...(targets !== undefined && { target: String(draws.between(0, targets - 1)) }),
    }),
  );
  return {
    seed,
    config,
    operations,
    faults: faults === undefined ? drawn.faults.map((fault) => squeezed(fault, squeeze)) : drawFaults(seed, config, faults, faultsCount),
  };
}

/** What is spent is at least one credit, and many can afford it. */
function bendEffect({ amount }: PlannedOperation, effect: string): Pick<PlannedOperation, "effect" | "amount"> {
  return { effect, amount: effect === "spend" ? 1 + (Math.abs(amount) % 12) : amount };
}

function squeezed(fault: PlannedFault, squeeze: number): PlannedFault {
  return { ...fault, atMs: Math.floor(fault.atMs * squeeze) };
}

function drawFaults(seed: Seed, config: Plan["config"], shapes: NonNullable<Direction["faults"]>, count: number): readonly PlannedFault[] {
  return shapes.flatMap((draw, kind) =>
    Array.from({ length: count }, (_, n) => {
      const draws = random(seed, "directed-fault", kind, n);
      const drawnMs = draws.between(0, config.durationMs);
      const drawn = draw(draws, config);
      const together = "type" in drawn ? ([[0, drawn]] as const) : drawn;
      // The last of them strikes before the end, too: peace waits for who is down when it begins.
      const spanMs = Math.max(...together.map(([afterMs]) => afterMs));
      const atMs = Math.floor(drawnMs * Math.max(0, 1 - spanMs / config.durationMs));
      return together.map(([afterMs, fault], part) => ({ ...fault, id: `${fault.type}-${kind}-${n}-${part}`, atMs: atMs + afterMs }));
    }).flat(),
  );
}
