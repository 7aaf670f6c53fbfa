/** Fleets from seeds, as the simulator runs them: plans of the swarm, or bent to what a protection is about. */
import { loadSqlite } from "../../disk/load-sqlite.ts";
import { drawPlan } from "../../plan/draw-plan.ts";
import type { Plan } from "../../plan/plan.ts";
import { lengthOf, shrink } from "../../shrink/shrink.ts";
import { simulate } from "../../simulate.ts";
import { directPlan } from "../directed-plan.ts";
import type { Finding, OpenLane } from "./lane.ts";

/** A hunt is over many plans: those about hours and weeks, one in three, are left out. */
const durationMsMax = 300_000;
const shrinkRunsMax = 400;

export const openSwarm: OpenLane = async ({ direction, shrinkMsMax }) => {
  const sqlite = await loadSqlite();

  async function makeSmaller(finding: Finding, plan: Plan): Promise<Finding> {
    if (shrinkMsMax === 0) return finding;
    const shrunk = await shrink(plan, { sqlite, runsMax: shrinkRunsMax, budgetMs: shrinkMsMax });
    return shrunk === undefined ? finding : { ...finding, plan: shrunk.plan, shrunkLength: lengthOf(shrunk.plan) };
  }

  return async (seed) => {
    const drawn = drawPlan(seed);
    if (direction === undefined && drawn.config.durationMs > durationMsMax) return "skipped";
    const plan = direction === undefined ? drawn : directPlan(drawn, direction);
    const [first] = (await simulate(plan, { sqlite })).failures;
    return first === undefined ? undefined : makeSmaller({ checker: first.checker, detail: first.detail, length: lengthOf(plan) }, plan);
  };
};
