/**
 * `npm run simulate:mutants [-- --only id,id] [--seeds N] [--open N] [--seconds S] [--shrink S] [--jobs N] [--keep FILE] [--write]`: takes protections
 * out of the engine one by one, and says after how many seeds the simulator has found each. `--keep` adds the verdicts to a file, and `--write` puts
 * what is kept into docs/guide/mutants.md. `--open N`: each is also looked for in N plans of the swarm as they are. Exit code 1: one was not found.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { writeSection } from "../guide/write-section.ts";
import { killMutant } from "./kill-mutant.ts";
import { findMutant, mutants } from "./library.ts";
import { composeLine, composeTable, type KeptVerdict, keepVerdict } from "./verdict-table.ts";
import { readNumber, readOptions } from "../run/read-options.ts";

const values = readOptions(import.meta.url, {
  only: { type: "string", default: "" },
  seeds: { type: "string", default: "200" },
  open: { type: "string", default: "0" },
  seconds: { type: "string", default: "90" },
  shrink: { type: "string", default: "5" },
  jobs: { type: "string", default: "2" },
  keep: { type: "string", default: "" },
  write: { type: "boolean", default: false },
});
const only = new Set(values.only.split(",").filter((id) => id !== ""));
const queue = only.size === 0 ? mutants : [...only].map(findMutant);
const bounds = {
  openSeedsMax: readNumber("open", values.open),
  directedSeedsMax: readNumber("seeds", values.seeds),
  secondsMax: readNumber("seconds", values.seconds),
  shrinkMsMax: readNumber("shrink", values.shrink) * 1_000,
};
const kept = new Map<string, KeptVerdict>(Object.entries(readKept()));
let found = 0;
const waiting = [...queue];
await Promise.all(Array.from({ length: readNumber("jobs", values.jobs, { min: 1 }) }, work));
console.log(`\n${composeTable(queue, Object.fromEntries(kept))}\n\n${found} of ${queue.length} protections are missed when they are gone.`);
if (values.write) writeSection("mutants.md", "table", composeTable(mutants, Object.fromEntries(kept)));
process.exitCode = found < queue.length ? 1 : 0;

async function work(): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const verdict = await killMutant(mutant, bounds);
    if (verdict.finding !== undefined) found++;
    kept.set(mutant.id, keepVerdict(verdict));
    console.log(composeLine(verdict));
    if (values.keep !== "") writeFileSync(values.keep, JSON.stringify(Object.fromEntries(kept), null, 1));
  }
}

function readKept(): Readonly<Record<string, KeptVerdict>> {
  if (values.keep === "" || !existsSync(values.keep)) return {};
  return JSON.parse(readFileSync(values.keep, "utf8")) as Readonly<Record<string, KeptVerdict>>;
}
