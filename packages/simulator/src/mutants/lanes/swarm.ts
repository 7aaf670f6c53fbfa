/** Fleets from seeds, as the simulator runs them: plans of the swarm, or bent to what a protection is about. */
import { loadSqlite } from "../../disk/load-sqlite.ts";
import { drawPlan } from "../../plan/draw-plan.ts";
import type { Plan } from "../../plan/plan.ts";
import { simulate } from "../../simulate.ts";
import { directPlan } from "../directed-plan.ts";
import type { OpenLane } from "./lane.ts";

/** A hunt is over many plans: those about hours and weeks, one in three, are left out. */
const durationMsMax = 300_000;

export const openSwarm: OpenLane = async ({ direction }) => {
  const sqlite = await loadSqlite();
  return async (seed) => {
    const drawn = drawPlan(seed);
    if (direction === undefined && drawn.config.durationMs > durationMsMax) return "skipped";
    const plan = direction === undefined ? drawn : directPlan(drawn, direction);
    const { failures } = await simulate(plan, { sqlite });
    const [first] = failures;
    if (first === undefined) return undefined;
    return { checker: first.checker, detail: first.detail, plan, length: lengthOf(plan) };
  };
};

function lengthOf({ operations, faults }: Plan): number {
  return operations.length + faults.length;
}
