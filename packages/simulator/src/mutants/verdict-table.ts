/** What a run of the mutants has found, as lines and as the page of the guide. */
import type { Verdict } from "./kill-mutant.ts";

export function composeLine({ mutant, open, directed, finding, seconds }: Verdict): string {
  const tries = [open === undefined ? undefined : `open ${open}`, directed === undefined ? undefined : `directed ${directed}`]
    .filter((each) => each !== undefined)
    .join(", ");
  const what = finding === undefined ? "NOT FOUND" : `${finding.checker}: ${finding.detail.slice(0, 160)}`;
  return `${mutant.id.padEnd(30)} ${tries.padEnd(24)} ${seconds.toFixed(1).padStart(6)} s  ${what}`;
}

export function composeGuide(_verdicts: readonly Verdict[]): string {
  return "";
}
