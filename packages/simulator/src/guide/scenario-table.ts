/** The corpus as a table of the guide: each scenario, and what was wrong before. */
import { basename } from "node:path";
import { readScenario } from "../run/scenario.ts";

export function scenarioTable(files: readonly string[]): string {
  const rows = files.map((file) => `| \`${basename(file, ".json")}\` | ${readScenario(file).found.replaceAll("|", "\\|")} |`);
  return ["| scenario | what was wrong |", "| --- | --- |", ...rows].join("\n");
}
