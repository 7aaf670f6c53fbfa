/**
 * Two people who edit one item at the same moment: everybody has seen it by then, and nobody the other's edit. People who write what
 * comes to their mind meet so once in thousands of runs, and a list has no other conflict.
 */
import type { PlanShape } from "../app/app.ts";
import type { PlannedOperation } from "../plan/plan.ts";
import { random, type Seed } from "../random.ts";

/** In so many of the runs with more than one device. */
const meetingShare = 0.2;
/** They edit it, and once more what has come of that. */
const rounds = 2;

/** From a stream of its own: what else a plan holds is the same with and without. */
export function drawMeetings(seed: Seed, { devices, durationMs }: Pick<PlanShape, "devices" | "durationMs">): readonly PlannedOperation[] {
  const draws = random(seed, "plan-meetings");
  if (!draws.chance(meetingShare) || devices < 2) return [];
  const one = draws.between(0, devices - 1);
  const other = (one + draws.between(1, devices - 1)) % devices;
  const pauseMs = draws.pick([1_000, 10_000, 60_000]);
  // The first space is everybody's.
  const about = { space: 0, target: `${draws.between(0, 2)}`, amount: 1 };
  let atMs = draws.between(0, Math.ceil(durationMs / 2));
  const operations: PlannedOperation[] = [{ id: "meeting-made", atMs, device: one, effect: "step", ...about }];
  for (let round = 0; round < rounds; round++) {
    atMs = Math.min(durationMs, atMs + Math.ceil(draws.exponential(pauseMs)));
    for (const device of [one, other]) operations.push({ id: `meeting-${round}-${device}`, atMs, device, effect: "revise", ...about });
  }
  return operations;
}
