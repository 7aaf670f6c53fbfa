/** W2: from the start of a process to the first record, as an app ships: one bundled file. Beside it a process that does nothing. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build } from "esbuild";
import { space } from "../replicas.ts";
import type { Stage } from "../stage.ts";
import { ascending, type Line, ms, quantile } from "../table.ts";

const program = (path: string) => `
import { openReplica } from "@holdfast/client/node";
import { schema } from "./schema.ts";
const replica = await openReplica({ schema, path: ${JSON.stringify(path)}, spaces: [${JSON.stringify(space)}] });
const [first] = await replica.space(${JSON.stringify(space)}).notes.where({}).limit(1).all();
if (first === undefined) process.exit(1);
process.exit(0);
`;

export async function benchOpen(stage: Stage, rounds: number): Promise<readonly Line[]> {
  const replica = await stage.openSynced("w2");
  await replica.close();
  const file = join(stage.directory, "open.mjs");
  await build({
    stdin: { contents: program(join(stage.directory, "w2.db")), resolveDir: join(import.meta.dirname, ".."), loader: "ts" },
    bundle: true,
    minify: true,
    outfile: file,
    format: "esm",
    platform: "node",
    target: "node22",
    conditions: ["holdfast-source"],
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  const empty: number[] = [];
  const opened: number[] = [];
  for (let round = 0; round < rounds; round++) {
    empty.push(timeProcess(["-e", "0"]));
    opened.push(timeProcess([file]));
  }
  const floor = quantile(ascending(empty), 0.5);
  const median = quantile(ascending(opened), 0.5);
  const aim = stage.records > 10_000 ? 60 : 50;
  return [
    {
      work: `cold open to first record, ${stage.records.toLocaleString("en")} records`,
      ours: `${ms(median)}, ${ms(median - floor)} beyond`,
      floor: `${ms(floor)} an empty process`,
      ratio: (median / floor).toFixed(2),
      aim: `≤ ${aim} ms beyond`,
      met: median - floor <= aim,
    },
  ];
}

function timeProcess(parameters: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, parameters, { encoding: "utf8" });
  if (status !== 0) throw new Error(`the program failed: ${stderr}`);
  return performance.now() - start;
}
