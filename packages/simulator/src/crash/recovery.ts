/** What both kinds of recovery share. */
import type { Patient } from "./patient.ts";
import type { CheckName, Finding } from "./judges/finding.ts";
import { phases } from "./sqlite-crashes.ts";

/** An opening has about so many disk operations; what is planned beyond them strikes in what follows, or not at all. */
const operationsMax = 16;
/** After a kill, so many of those that the power fails for next have come through their opening. */
const opensRate = 0.5;

export function planDeathInRecovery({ stage, death, draws, key }: Patient): void {
  const opens = death === "kill, then power" && draws.chance(opensRate);
  const plan = { operation: draws.between(1, operationsMax), phase: draws.pick(phases), key: `${key}/again` };
  stage.victim.planned = opens ? undefined : plan;
  stage.victim.begin();
}

export function stuck(check: CheckName, error: unknown): Finding {
  return { harm: "stuck", check, detail: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
