/** The moments of a plan, moved together: what follows what stays so, and less time passes in between. */
import type { Plan } from "../plan/plan.ts";

/** Every moment at which something is planned, and the end. */
function momentsOf(plan: Plan): readonly number[] {
  const moments = [...plan.operations, ...plan.faults].map(({ atMs }) => atMs);
  return [...new Set([0, ...moments, plan.config.durationMs])].sort((one, other) => one - other);
}

/** No pause is longer than `pauseMsMax`. */
export function capPauses(plan: Plan, pauseMsMax: number): Plan {
  return retime(plan, () => pauseMsMax);
}

/** The pause before the n-th moment is at most so long; the others stay. */
export function capPause(plan: Plan, n: number, pauseMsMax: number): Plan {
  return retime(plan, (pause) => (pause === n ? pauseMsMax : Infinity));
}

export function pausesOf(plan: Plan): readonly number[] {
  const moments = momentsOf(plan);
  return moments.slice(1).map((atMs, index) => atMs - (moments[index] as number));
}

function retime(plan: Plan, pauseMsMax: (pause: number) => number): Plan {
  const moments = momentsOf(plan);
  const movedTo = new Map<number, number>();
  let nowMs = 0;
  for (const [index, atMs] of moments.entries()) {
    if (index > 0) nowMs += Math.min(atMs - (moments[index - 1] as number), pauseMsMax(index - 1));
    movedTo.set(atMs, nowMs);
  }
  const move = <T extends { readonly atMs: number }>(each: T): T => ({ ...each, atMs: movedTo.get(each.atMs) ?? each.atMs });
  return {
    ...plan,
    config: { ...plan.config, durationMs: Math.max(1, nowMs) },
    operations: plan.operations.map(move),
    faults: plan.faults.map(move),
  };
}
