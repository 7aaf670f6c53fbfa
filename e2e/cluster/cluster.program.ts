/** `npm run cluster`: the topology of `compose.yaml` as local processes, until Ctrl-C. */
import { parseArgs } from "node:util";
import { createTempDir } from "../harness/temp-dir.ts";
import { startTopology } from "./topology.ts";

const { values } = parseArgs({
  options: { instances: { type: "string", default: "3" }, app: { type: "string" }, keep: { type: "boolean", default: false } },
});
const directory = createTempDir("cluster");
const stopped = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve());
});
const app = values.app ?? new URL("./app.ts", import.meta.url).pathname;
const topology = await startTopology({
  folder: directory.path,
  instances: Number(values.instances),
  app,
  told: (line) => console.log(`… ${line}`),
});
const rows: readonly (readonly [string, string])[] = [
  ["devices connect to", topology.url],
  ["PostgreSQL (whichever takes writes)", topology.postgresUrl],
  ...topology.postgres.nodes.map(({ name, url }): readonly [string, string] => [name, url]),
  ["Redis", topology.redisUrl],
  ...topology.instances.map(({ name, url, metricsUrl }): readonly [string, string] => [name, `${url}   figures: ${metricsUrl}`]),
  ["HAProxy's figures", `${topology.haproxyFiguresUrl}/metrics`],
  ["logs and files", directory.path],
];
for (const [what, where] of rows) console.log(`${what.padEnd(38)}${where}`);
console.log("\nA token is a user's name. Ctrl-C ends everything.");
await stopped;
console.log("Stopping.");
await topology.stop();
if (!values.keep) directory.remove();
process.exit(0);
