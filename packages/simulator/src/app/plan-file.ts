/** A plan that failed, as a file that runs again: the same form as the scenarios of this project. */
import type { Plan } from "../plan/plan.ts";
import { readScenario, scenarioFormat, scenarioToText } from "../run/scenario.ts";
import type { SmallPlan } from "./simulate-app.ts";

export function planToText({ plan, failures }: Pick<SmallPlan, "plan" | "failures">): string {
  const { checker = "", detail = "" } = failures[0] ?? {};
  return scenarioToText({ format: scenarioFormat, title: checker, found: detail, expects: { fails: checker }, plan });
}

/** Throws an error that says which field is wrong. */
export function readPlan(file: string): Plan {
  return readScenario(file).plan;
}
