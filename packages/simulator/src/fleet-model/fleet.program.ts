/**
 * `npm run simulate:fleet -- --clients 1000000 [--outage SECONDS] [--capacity REQUESTS/S] [--outage-answer unreachable|silent|503] [--seed S]
 * [--report out.html] [--curves out.svg]`: a fleet after an outage, with every kind of retries. Exit code 1: the engine's own clients have
 * not kept the bounds of a herd.
 */
import { writeFileSync } from "node:fs";
import { curvesSvg } from "./fleet-curves.ts";
import { fleetPage } from "./fleet-page.ts";
import { type FleetStudy, planStudy } from "./fleet-study.ts";
import { count, renderTable, tablesOf } from "./fleet-tables.ts";
import { herdFailures } from "./herd-bounds.ts";
import { runFleetModel } from "./run-fleet-model.ts";
import { runPokeStorm } from "./run-poke-storm.ts";
import { failWith, readOptions } from "../run/read-options.ts";

const values = readOptions(import.meta.url, {
  clients: { type: "string", default: "100000" },
  outage: { type: "string", default: "600" },
  capacity: { type: "string" },
  "outage-answer": { type: "string", default: "unreachable" },
  seed: { type: "string", default: "1" },
  report: { type: "string" },
  curves: { type: "string" },
});
const answers = ["unreachable", "silent", "503"] as const;
const outageAnswer = answers.find((answer) => answer === values["outage-answer"]);
const [clients, outageMs] = [Number(values.clients), Number(values.outage) * 1_000];
const requestsPerSecond = values.capacity === undefined ? undefined : Number(values.capacity);
if (!Number.isInteger(clients) || clients < 1_000 || clients > 10_000_000)
  failWith("--clients is a whole number from 1,000 to 10,000,000.");
if (!(outageMs >= 0 && outageMs <= 3_600_000)) failWith("--outage is in seconds, from 0 to 3,600.");
if (requestsPerSecond !== undefined && !(requestsPerSecond > 0)) failWith("--capacity is in requests a second, above 0.");
if (outageAnswer === undefined) failWith(`--outage-answer is one of ${answers.join(", ")}.`);

const options = { clients, outageMs, seed: values.seed, requestsPerSecond, outageAnswer };
const plan = planStudy(options);
const study: FleetStudy = {
  options,
  strategies: plan.strategies.map(runFleetModel),
  outages: plan.outages.map(runFleetModel),
  pokes: plan.pokes.map(runPokeStorm),
};
for (const table of tablesOf(study)) process.stdout.write(renderTable(table));

const requests = [...study.strategies, ...study.outages, ...study.pokes].reduce((sum, run) => sum + run.requests, 0);
const cpuSeconds = process.cpuUsage().user / 1e6;
const megabytes = process.resourceUsage().maxRSS / 1_024;
const costs = `${count(requests / 1e6)} million requests modelled in ${count(cpuSeconds)} s of processor time: ${(requests / cpuSeconds / 1e6).toFixed(1)} million a second, ${count(megabytes)} MB at most.`;
process.stdout.write(`\n${costs}\n`);
if (values.report !== undefined) writeFileSync(values.report, fleetPage(study, costs));
if (values.curves !== undefined) writeFileSync(values.curves, curvesSvg(study));

for (const report of study.strategies.filter(({ config }) => config.strategy === "full"))
  for (const failure of herdFailures(report)) {
    process.stdout.write(`FAILS: ${failure}\n`);
    process.exitCode = 1;
  }
