/** What a run of the mutants has found, as lines and as the page of the guide. */
import type { Verdict } from "./kill-mutant.ts";
import type { Mutant } from "./mutant.ts";

export function composeLine({ mutant, open, directed, finding, seconds }: Verdict): string {
  const tries = [open === undefined ? undefined : `open ${open}`, directed === undefined ? undefined : `directed ${directed}`]
    .filter((each) => each !== undefined)
    .join(", ");
  const what = finding === undefined ? "NOT FOUND" : `${finding.checker}: ${finding.detail.slice(0, 160)}`;
  return `${mutant.id.padEnd(30)} ${tries.padEnd(24)} ${lengthsOf(finding).padEnd(8)} ${seconds.toFixed(1).padStart(6)} s  ${what}`;
}

/** A verdict as it is kept between runs. */
export type KeptVerdict = Omit<Verdict, "mutant" | "finding"> & { readonly checker: string | undefined; readonly lengths: string };

export function keepVerdict({ open, directed, finding, seconds }: Verdict): KeptVerdict {
  return { open, directed, seconds, checker: finding?.checker, lengths: lengthsOf(finding) };
}

function lengthsOf(finding: Verdict["finding"]): string {
  return [finding?.length, finding?.shrunkLength].filter((length) => length !== undefined).join(" → ");
}

export function composeTable(mutants: readonly Mutant[], kept: Readonly<Record<string, KeptVerdict>>): string {
  const rows = mutants.flatMap((mutant) => {
    const verdict = kept[mutant.id];
    if (verdict === undefined) return [];
    const { open, directed, checker, lengths, seconds } = verdict;
    const cells = [
      mutant.protects,
      `\`${mutant.id}\``,
      mutant.ids.join(" "),
      mutant.lane ?? "swarm",
      directed ?? open ?? "–",
      lengths === "" ? "–" : lengths,
      checker ?? "**not found**",
      seconds.toFixed(0),
    ];
    return [`| ${cells.join(" | ")} |`];
  });
  const head = "| protection | mutant | stands for | lane | seeds until found | events, shrunk | found by | s |";
  return [head, "| --- | --- | --- | --- | ---: | ---: | --- | ---: |", ...rows].join("\n");
}
