/**
 * Wall clocks decide nothing: the same plan with its clocks wrong and with its clocks right ends in the same data (F59). What happens at the
 * n-th operation of a disk is left out: a time that is longer when written down moves it.
 */
import type { App } from "./app/app.ts";
import type { SimulatedSqlite } from "./disk/load-sqlite.ts";
import { drawPlan } from "./plan/draw-plan.ts";
import type { Plan, PlannedFault } from "./plan/plan.ts";
import type { Seed } from "./random.ts";
import { simulate } from "./simulate.ts";

export interface CheckClocksOptions {
  readonly sqlite: SimulatedSqlite;
  readonly app?: App;
}

/** What is wrong, in words; empty, if nothing is. */
export async function checkClocks(seed: Seed, options: CheckClocksOptions): Promise<readonly string[]> {
  return compareClocks(drawPlan(seed, { ...options, bias: ["clock-jump", "clock-run"] }), options);
}

export async function compareClocks(drawn: Plan, options: CheckClocksOptions): Promise<readonly string[]> {
  const plan = withoutBytes(drawn);
  const wrong = await simulate(plan, options);
  const right = await simulate({ ...plan, faults: plan.faults.map(setRight) }, options);
  const failed = [...wrong.failures, ...right.failures].map(({ checker, detail }) => `${checker}: ${detail}`);
  if (failed.length > 0) return failed;
  return [...right.outcome].flatMap(([name, data]) =>
    wrong.outcome.get(name) === data
      ? []
      : [`${name} ends otherwise when clocks are wrong: ${String(wrong.outcome.get(name))}, and not ${data}`],
  );
}

/** The fault strikes at its moment all the same: a world in which one event less happens is another, and its messages come in another order. */
function setRight(fault: PlannedFault): PlannedFault {
  if (fault.type === "clock-jump") return { ...fault, byMs: 0 };
  return fault.type === "clock-run" ? { ...fault, rate: 1 } : fault;
}

/** Deaths strike at once; disks do not fail; nothing is bounded by bytes or by r0's clock. */
function withoutBytes(plan: Plan): Plan {
  const faults = plan.faults.flatMap((fault): readonly PlannedFault[] => {
    if (["disk-full", "disk-error", "bit-flip", "die-recovering"].includes(fault.type)) return [];
    return "operations" in fault ? [{ ...fault, operations: 0 }] : [fault];
  });
  return { ...plan, config: { ...plan.config, limits: {} }, faults };
}
