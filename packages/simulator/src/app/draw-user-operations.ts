/** What the people of any app do: in sessions, in bursts, several at once. */
import type { PlannedOperation } from "../plan/plan.ts";
import { type Random, random, type Seed } from "../random.ts";
import type { PlanShape } from "./app.ts";
import { type Draws, drawSteps } from "./draw-steps.ts";
import { packValue } from "./packed-value.ts";
import { drawnRequest, drawnWrite } from "./perform-user-operation.ts";
import type { Workload } from "./workload.ts";

interface DrawParts {
  readonly seed: Seed;
  readonly shape: PlanShape;
  readonly draws: Draws;
  readonly workload: Workload;
  readonly spacesOf: (device: number) => readonly number[];
}

type Kind = { readonly effect: string; readonly intent?: string; readonly weight: number };

const readRate = 0.2;

export function drawUserOperations({ seed, shape, draws, workload, spacesOf }: DrawParts): readonly PlannedOperation[] {
  const { devices, durationMs } = shape;
  const kinds = listKinds(workload, draws);
  const operations: PlannedOperation[] = [];
  const sessions = random(seed, "plan-operations").between(3, 4 + 3 * devices);
  for (let session = 0; session < sessions; session++) {
    const own = random(seed, "plan-session", session);
    const device = own.between(0, devices - 1);
    const spaces = spacesOf(device);
    const pauseMs = own.pick([0, 1, 300, 2_000]);
    let atMs = own.between(0, durationMs);
    for (let n = own.between(1, 8); n > 0; n--) {
      const base = { id: `${session}-${n}`, atMs: Math.min(atMs, durationMs), device, amount: 1 };
      const kind = own.chance(readRate) ? undefined : pickKind(kinds, own);
      operations.push({ ...base, space: own.pick(spaces), ...drawOperation(kind, draws, random(seed, "plan-operation", session, n)) });
      atMs += Math.floor(own.exponential(pauseMs));
    }
  }
  return operations.sort((one, other) => one.atMs - other.atMs);
}

function listKinds({ operations = {}, drawnWeight }: Workload, draws: Draws): readonly Kind[] {
  const kinds: Kind[] = Object.entries(operations).map(([effect, { weight = 1 }]) => ({ effect, weight }));
  const weight = drawnWeight ?? (kinds.length === 0 ? 1 : 0);
  if (weight <= 0) return kinds;
  const intents = [...draws.inputs.keys()];
  kinds.push({ effect: drawnWrite, weight: intents.length === 0 ? weight : weight / 2 });
  for (const intent of intents) kinds.push({ effect: drawnRequest, intent, weight: weight / 2 / intents.length });
  return kinds;
}

function pickKind(kinds: readonly Kind[], draws: Random): Kind {
  let left = draws.next() * kinds.reduce((sum, { weight }) => sum + weight, 0);
  return kinds.find(({ weight }) => (left -= weight) < 0) ?? (kinds.at(-1) as Kind);
}

function drawOperation(kind: Kind | undefined, draws: Draws, own: Random): Pick<PlannedOperation, "effect" | "target" | "input"> {
  if (kind === undefined) return { effect: "read", target: "" };
  const { effect, intent } = kind;
  if (intent !== undefined) {
    const input = draws.inputs.get(intent)?.(own);
    return input === undefined ? { effect: "read", target: "" } : { effect, target: intent, input: packValue(input) };
  }
  if (effect !== drawnWrite) return { effect, target: "" };
  const steps = drawSteps(draws, own);
  return { effect, target: [...new Set(steps.map(({ record }) => record))].join("+"), input: steps };
}
