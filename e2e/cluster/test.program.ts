/** `npm run test:cluster`: 200 devices write through three instances while everything that can die dies. Exit code 0: nothing was lost. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { describeRun } from "./describe-run.ts";
import { runCluster } from "./run-cluster.ts";
import { drawTimeline } from "./timeline.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "2" },
    devices: { type: "string", default: "200" },
    processes: { type: "string", default: "4" },
    pause: { type: "string", default: "3000" },
    seed: { type: "string", default: "1" },
    report: { type: "string", default: "cluster.svg" },
  },
});
const devices = Number(values.devices);
const run = await runCluster({
  seed: Number(values.seed),
  devices,
  processes: Number(values.processes),
  instances: 3,
  teams: Math.max(1, Math.floor(devices / 5)),
  halls: Math.max(1, Math.floor(devices / 20)),
  writingMs: Number(values.minutes) * 60_000,
  pauseMs: Number(values.pause),
  settleMsMax: 180_000,
  told: (line) => console.log(`… ${line}`),
});
const { title, summary, lines } = describeRun(run, devices);
writeFileSync(values.report, drawTimeline({ title, summary, ...run }));
console.log(lines.join("\n"));
console.log(`The timeline is in ${values.report}.`);
for (const what of run.wrong) console.error(what);
console.log(run.wrong.length === 0 ? "Nothing was lost, and nothing is there twice." : `${run.wrong.length} things are wrong.`);
process.exit(run.wrong.length === 0 ? 0 : 1);
