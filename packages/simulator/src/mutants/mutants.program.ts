/**
 * `npm run simulate:mutants [-- --only id,id] [--seeds N] [--open N] [--seconds S] [--jobs N] [--write]`: takes protections out of the engine one by
 * one, and says after how many seeds the simulator has found each. `--write` puts the table into docs/guide/mutants.md. Exit code 1: one was not found.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { killMutant, type Verdict } from "./kill-mutant.ts";
import { mutants } from "./library.ts";
import { composeGuide, composeLine } from "./verdict-table.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    seeds: { type: "string", default: "150" },
    open: { type: "string", default: "40" },
    seconds: { type: "string", default: "60" },
    shrink: { type: "string", default: "20" },
    jobs: { type: "string", default: "2" },
    write: { type: "boolean", default: false },
  },
});
const only = new Set(values.only.split(",").filter((id) => id !== ""));
const queue = mutants.filter(({ id }) => only.size === 0 || only.has(id));
const bounds = {
  openSeedsMax: Number(values.open),
  directedSeedsMax: Number(values.seeds),
  secondsMax: Number(values.seconds),
  shrinkMsMax: Number(values.shrink) * 1_000,
};
const verdicts = new Map<string, Verdict>();
const waiting = [...queue];
await Promise.all(Array.from({ length: Number(values.jobs) }, work));
const told = queue.flatMap(({ id }) => verdicts.get(id) ?? []);
const found = told.filter(({ finding }) => finding !== undefined).length;
console.log(`\n${found} of ${queue.length} protections are missed when they are gone.`);
if (values.write) writeFileSync(new URL("../../../../docs/guide/mutants.md", import.meta.url), composeGuide(told));
process.exitCode = found < queue.length ? 1 : 0;

async function work(): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const verdict = await killMutant(mutant, bounds);
    verdicts.set(mutant.id, verdict);
    console.log(composeLine(verdict));
  }
}
