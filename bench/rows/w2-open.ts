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

/** What the app brings along, without us: its validator library. */
const validatorOnly = `
import { z } from "zod";
z.string().max(200).parse("a");
process.exit(0);
`;

export async function benchOpen(stage: Stage, rounds: number): Promise<readonly Line[]> {
  const replica = await stage.openSynced("w2");
  await replica.close();
  const file = await bundle(program(join(stage.directory, "w2.db")), join(stage.directory, "open.mjs"));
  const validator = await bundle(validatorOnly, join(stage.directory, "validator.mjs"));
  const times: Record<"empty" | "opened" | "validated", number[]> = { empty: [], opened: [], validated: [] };
  for (let round = 0; round < rounds; round++) {
    times.empty.push(timeProcess(["-e", "0"]));
    times.opened.push(timeProcess([file]));
    times.validated.push(timeProcess([validator]));
  }
  const medianOf = (durations: readonly number[]) => quantile(ascending(durations), 0.5);
  const floor = medianOf(times.empty);
  const median = medianOf(times.opened);
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
    {
      work: "… of it the app's validator library (zod)",
      ours: "",
      floor: `${ms(medianOf(times.validated) - floor)} beyond by itself`,
      ratio: "",
      aim: "",
      met: undefined,
    },
  ];
}

async function bundle(contents: string, outfile: string): Promise<string> {
  await build({
    stdin: { contents, resolveDir: join(import.meta.dirname, ".."), loader: "ts" },
    bundle: true,
    minify: true,
    outfile,
    format: "esm",
    platform: "node",
    target: "node22",
    conditions: ["holdfast-source"],
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  return outfile;
}

function timeProcess(parameters: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, parameters, { encoding: "utf8" });
  if (status !== 0) throw new Error(`the program failed: ${stderr}`);
  return performance.now() - start;
}
