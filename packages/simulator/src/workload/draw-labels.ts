/**
 * Somebody asks for credits and labels the account, in one breath: what they write then stands on a record that their own undecided request
 * shows as it may become.
 */
import type { PlanShape } from "../app/app.ts";
import type { PlannedOperation } from "../plan/plan.ts";
import { random, type Seed } from "../random.ts";

/** In so many of the runs. */
const labelShare = 0.2;
const labelsMax = 4;

/** From a stream of its own: what else a plan holds is the same with and without. */
export function drawLabels(seed: Seed, { devices, durationMs }: Pick<PlanShape, "devices" | "durationMs">): readonly PlannedOperation[] {
  const draws = random(seed, "plan-labels");
  if (!draws.chance(labelShare)) return [];
  return Array.from({ length: draws.between(1, labelsMax) }, (_, n): readonly PlannedOperation[] => {
    const atMs = draws.between(0, durationMs);
    // The first space is everybody's.
    const about = { device: draws.between(0, devices - 1), space: 0, target: "0" };
    const laterMs = Math.min(durationMs, atMs + draws.between(0, 50));
    return [
      { id: `asked-${n}`, atMs, effect: "spend", amount: draws.between(1, 5), ...about },
      { id: `label-${n}`, atMs: laterMs, effect: "label", amount: 1, ...about },
    ];
  }).flat();
}
