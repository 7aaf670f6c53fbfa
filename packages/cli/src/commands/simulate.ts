/** `holdfast simulate`: an app's own schema, rules and workload, under every failure, from seeds. */
import { writeFileSync } from "node:fs";
import { composeReport, readPlan, type SimulateAppOptions, simulateApp, type SimulateAppResult } from "@holdfast/simulator";
import { type Command, CommandError, exitCodes, type Output } from "../command-line.ts";
import { checkAccess, checkWorkload } from "../simulate/check-modules.ts";
import { readSimulateOptions, type SimulateOptions, simulateHelp } from "../simulate/options.ts";
import { progressOf } from "../simulate/progress.ts";
import { replayCommand, savePlans } from "../simulate/save-plans.ts";
import { summaryLines, summaryToJson } from "../simulate/summary.ts";
import { loadSchemaModule } from "../schema-module.ts";

export const simulate: Command = {
  help: simulateHelp,
  async run(args, output) {
    const options = readSimulateOptions(args);
    const schemaModule = await loadSchemaModule(options.modules.schema);
    const rules = options.modules.server === undefined ? schemaModule : await loadSchemaModule(options.modules.server, schemaModule.schema);
    const workload = await checkWorkload(options.modules.workload, schemaModule.schema);
    await checkAccess(rules, workload, options.modules.server ?? options.modules.schema);
    if (options.report !== undefined) checkWritable(options.report);
    const plan = options.replay === undefined ? undefined : readReplay(options.replay);
    if (!options.json) for (const line of opening(options)) output.line(line);
    const result = await simulateApp({
      ...toSimulatorOptions(options),
      ...(plan !== undefined && { plan, seeds: 1 }),
      onProgress: options.json ? () => {} : progressOf(output),
    });
    finish(result, options, output);
    return result.failing.length === 0 ? exitCodes.done : exitCodes.failed;
  },
};

function finish(result: SimulateAppResult, options: SimulateOptions, output: Output): void {
  const files =
    options.report === undefined || options.replay !== undefined ? new Map<string, string>() : savePlans(result, options.report);
  const replays = new Map(result.failing.map(({ seed }) => [String(seed), replayCommand(options, seed, files.get(String(seed)))]));
  if (options.report !== undefined) {
    const { schema, server, workload } = options.modules;
    const modules = [schema, server, workload].filter((path) => path !== undefined);
    writeFileSync(options.report, composeReport({ result, modules, devices: options.devices, faults: options.faults, replays }));
  }
  if (options.json) output.line(summaryToJson(result));
  else for (const line of summaryLines(result, replays)) output.line(line);
  if (options.report !== undefined && !options.json) output.line(`The report: ${options.report}`);
}

function opening({ modules, seeds, start, devices, faults, replay }: SimulateOptions): readonly string[] {
  if (replay !== undefined) return [`Replaying ${replay} on ${modules.schema}.`, ""];
  const range = seeds === 1 ? `seed ${start}` : `seeds ${start} to ${start + seeds - 1}`;
  return [
    `Simulating ${modules.schema}: ${range}, ${devices} devices, ${faults === undefined ? "all faults" : faults.join(", ") || "no faults"}.`,
    "",
  ];
}

function toSimulatorOptions({
  modules,
  seeds,
  start,
  devices,
  faults,
  jobs,
  failures,
  shrinkSeconds,
}: SimulateOptions): SimulateAppOptions {
  return {
    ...{ modules, seeds, start, devices, shrinkMsMax: shrinkSeconds * 1_000 },
    ...(faults !== undefined && { faults }),
    ...(jobs !== undefined && { jobs }),
    ...(failures !== undefined && { failuresMax: failures }),
  };
}

function readReplay(file: string): ReturnType<typeof readPlan> {
  try {
    return readPlan(file);
  } catch (error) {
    throw new CommandError(
      `${file} cannot be replayed: ${error instanceof Error ? error.message : String(error)}`,
      "Name a file that a run with --report has left beside its report.",
    );
  }
}

/** Before an hour of simulation, not after it. */
function checkWritable(path: string): void {
  try {
    writeFileSync(path, "", { flag: "a" });
  } catch (error) {
    throw new CommandError(
      `The report cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
      "Name a file in a folder that is there.",
    );
  }
}
