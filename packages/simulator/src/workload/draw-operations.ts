/** What people do with the fleet's own app: they write in bursts, several of them at once, on few records. */
import type { PlanShape } from "../app/app.ts";
import type { PlannedOperation } from "../plan/plan.ts";
import { random, type Seed } from "../random.ts";
import type { Effect } from "./apply-operation.ts";

const allEffects: readonly Effect[] = ["count", "transfer", "rename", "tag", "step", "type", "draft", "erase", "forbidden", "spend"];

export function drawOperations(seed: Seed, { devices, spaces, durationMs }: PlanShape): readonly PlannedOperation[] {
  const draws = random(seed, "plan-operations");
  const effects = allEffects.filter(() => draws.chance(0.6));
  const operations: PlannedOperation[] = [];
  const sessions = draws.between(2, 14);
  for (let session = 0; session < sessions; session++) {
    const own = random(seed, "plan-session", session);
    const startMs = own.between(0, durationMs);
    const device = own.between(0, devices - 1);
    const pauseMs = own.pick([0, 1, 300, 2_000]);
    let atMs = startMs;
    for (let n = own.between(1, 8); n > 0; n--) {
      const effect = own.chance(0.25) || effects.length === 0 ? "read" : own.pick(effects);
      operations.push({
        id: `${session}-${n}`,
        atMs: Math.min(atMs, durationMs),
        device,
        space: own.between(0, spaces - 1),
        effect,
        target: `${own.between(0, 2)}`,
        amount: own.between(1, 50) * (own.chance(0.4) && effect !== "spend" ? -1 : 1),
      });
      atMs += Math.floor(own.exponential(pauseMs));
    }
  }
  return operations.sort((one, other) => one.atMs - other.atMs);
}
