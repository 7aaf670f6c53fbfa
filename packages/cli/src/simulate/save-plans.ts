/** Failing plans as files beside the report, and the commands that run them again. */
import { writeFileSync } from "node:fs";
import { planToText, type SimulateAppResult } from "@holdfast/simulator";
import type { SimulateOptions } from "./options.ts";

/** By seed, the file that holds what it was made small to. */
export function savePlans({ failing }: SimulateAppResult, report: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const each of failing) {
    if (each.small === undefined) continue;
    const file = `${report.replace(/\.html?$/, "")}-seed-${String(each.seed).replaceAll(/\W/g, "-")}.json`;
    writeFileSync(file, planToText(each.small));
    files.set(String(each.seed), file);
  }
  return files;
}

/** As it is typed where the run was started. */
export function replayCommand(
  { modules, devices, faults, replay }: SimulateOptions,
  seed: number | string,
  file: string | undefined,
): string {
  const named = Object.entries(modules).flatMap(([option, path]) => (path === undefined ? [] : [`--${option} ${String(path)}`]));
  const what =
    (file ?? replay) !== undefined
      ? [`--replay ${file ?? replay ?? ""}`]
      : [`--start ${seed} --seeds 1 --devices ${devices}`, ...(faults === undefined ? [] : [`--faults ${faults.join(",") || "none"}`])];
  return ["holdfast simulate", ...named, ...what].join(" ");
}
