/** Plays the acts, asks the oracle, prints the table. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitCodes, type Output } from "../command-line.ts";
import { airplaneAct, importAct, killWhileWritingAct, planAct, returnAct, showAll, type Tally } from "./acts.ts";
import { importNotes } from "./import-notes.ts";
import { judgePlan } from "./judge-plan.ts";
import { printReport } from "./report.ts";
import { demoSpace } from "./schema.ts";
import { createStage, type Stage } from "./stage.ts";
import { composeVerdict, type Verdict } from "./verdict.ts";
import { openWorld, type World } from "./world.ts";

export interface DemoOptions {
  /** A directory of Markdown files; the documents of the current one if undefined. */
  readonly notes: string | undefined;
  readonly seed: number;
  /** Keep the files. */
  readonly keep: boolean;
  /** Leave the server running, until `untilStopped` resolves. */
  readonly serve: boolean;
  readonly untilStopped: () => Promise<void>;
}

export async function runDemo(options: DemoOptions, output: Output): Promise<number> {
  const { notes, skipped } = importNotes(options.notes, process.cwd());
  const stage = createStage(output);
  const directory = mkdtempSync(join(tmpdir(), "holdfast-demo-"));
  stage.title("Holdfast: three devices, three processes, one server");
  stage.line(`seed ${options.seed} · files in ${directory}`);
  for (const reason of skipped) stage.line(`skipped ${reason}`);
  stage.line("starting the server and three devices …");
  const world = await openWorld({ seed: options.seed, directory, notes });
  const pids = Object.values(world.devices).map(({ name, process: { pid } }) => `${name} ${pid}`);
  stage.line(`processes: ${pids.join(" · ")} · server ${process.pid}`);
  let good = false;
  try {
    good = await play(world, stage);
    await world.close();
    if (options.serve) {
      printServing(stage, world);
      await options.untilStopped();
    }
  } catch (error) {
    await world.abandon();
    throw error;
  } finally {
    await world.server.server.close();
    if (good && !options.keep && !options.serve) rmSync(directory, { recursive: true, force: true });
    else stage.line(`The files are in ${directory}: try \`${howToInspect(join(directory, "phone.db"))}\`.`);
  }
  return good ? exitCodes.done : exitCodes.failed;
}

async function play(world: World, stage: Stage): Promise<boolean> {
  const tally: Tally = { killed: [], recovered: [], convergenceMs: 0, offlineWrites: 0, offlineOperations: 0, bytesUp: 0, bytesDown: 0 };
  const imported = await importAct(world, stage);
  if (!imported.inStep) return tell(stage, composeVerdict(imported, []));
  await airplaneAct(world, stage);
  await killWhileWritingAct(world, stage, tally);
  await planAct(world, stage);
  const agreement = await returnAct(world, stage, tally);
  const shown = await showAll(world);
  const losses = [...world.oracle.judge(shown), ...judgePlan(world.devices, shown)];
  const { counts } = await world.server.server.inspect(demoSpace);
  printReport(stage, world, { agreement, shown, losses, tally, conflictsDetected: counts.conflicts });
  return tell(stage, composeVerdict(agreement, losses));
}

function tell({ line, paint }: Stage, { good, text }: Verdict): boolean {
  line(`  ${good ? paint.good(text) : paint.bad(text)}`);
  return good;
}

function printServing(stage: Stage, world: World): void {
  const { url } = world.server.listening;
  stage.line();
  stage.line(`  The server still runs at ${url} (space "${demoSpace}"; any token is a device of Ann's).`);
  stage.line("  The devices are closed, so their files can be looked at:");
  for (const { path } of Object.values(world.devices)) stage.line(`    ${howToInspect(path)}`);
  stage.line("  Ctrl-C stops it.");
}

/** As the person who started the demo has to type it. */
function howToInspect(path: string): string {
  return `${process.env["npm_lifecycle_event"] === undefined ? "holdfast" : "npm run holdfast --"} inspect ${path}`;
}
