/**
 * `npm run simulate -- [--seeds N] [--start S] [--minutes M] [--jobs J] [--without FAULT,FAULT] [--doublecheck] [--shrink N] [--save DIR] [--no-corpus] [--guide]`:
 * replays the corpus of scenarios, then runs plans that are drawn from seeds, and says what it has seen. `--minutes`: as many fresh seeds as fit.
 * `--replay FILE [--trace]`: one scenario, told as a conversation, or line by line. `--trace` with seeds: every line of them.
 * `--guide`: the corpus and the figures of this run are written into docs/guide/reliability.md.
 * Interrupted, it tells what it has seen so far. Exit code 1: it was interrupted, something has failed, or a thousand seeds and more have
 * left out a state that is asked for.
 */
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tellConversation } from "./conversation/conversation.ts";
import { loadSqlite } from "./disk/load-sqlite.ts";
import { drawPlan } from "./plan/draw-plan.ts";
import type { Plan } from "./plan/plan.ts";
import { scenarioTable } from "./guide/scenario-table.ts";
import { writeSection } from "./guide/write-section.ts";
import { judgeSeed, type KnownFailures, readKnownFailures } from "./run/known-failures.ts";
import { readNumber, readOptions } from "./run/read-options.ts";
import { openPool } from "./run/pool.ts";
import { runSeeds, type SeedOutcome } from "./run/run-seeds.ts";
import { judgeScenario, readScenario, scenarioFiles } from "./run/scenario.ts";
import { isTooNarrow, progressLine, summaryLines } from "./run/summary.ts";
import { tellFailure } from "./run/tell-failure.ts";
import { addToTotals, createTotals } from "./run/totals.ts";
import { simulate } from "./simulate.ts";

const values = readOptions(import.meta.url, {
  seeds: { type: "string" },
  start: { type: "string" },
  minutes: { type: "string" },
  jobs: { type: "string" },
  without: { type: "string", default: "" },
  doublecheck: { type: "boolean", default: false },
  /** So many failing seeds are made smaller; the others are only named. */
  shrink: { type: "string", default: "3" },
  save: { type: "string", default: join(tmpdir(), "holdfast-scenarios") },
  replay: { type: "string" },
  trace: { type: "boolean", default: false },
  "no-corpus": { type: "boolean", default: false },
  guide: { type: "boolean", default: false },
});
/** For making one failure small. */
const shrinkMsMax = 60_000;
const progressEveryMs = 10_000;
const corpus = fileURLToPath(new URL("../scenarios", import.meta.url));
const print = (line: string): void => console.log(line);

if (values.replay !== undefined) await replay(values.replay);
else if (values.trace) await traceSeeds(wholeNumber("start", 1), wholeNumber("seeds", 1));
else await runAll();

async function runAll(): Promise<void> {
  const jobs = readNumber("jobs", values.jobs ?? String(availableParallelism()), { min: 1 });
  const minutes = values.minutes === undefined ? undefined : readNumber("minutes", values.minutes, { isWhole: false });
  // A soak is about seeds that nobody has seen yet.
  const start = wholeNumber("start", minutes === undefined ? 1 : Math.floor(Date.now() / 1_000) * 1_000);
  const count = wholeNumber("seeds", minutes === undefined ? 100 : Number.MAX_SAFE_INTEGER - start);
  const pool = openPool({ jobs });
  const totals = createTotals();
  const failed: SeedOutcome[] = [];
  const known: KnownFailures = values.without === "" ? readKnownFailures() : new Map();
  let wrong = values["no-corpus"] ? 0 : await replayCorpus(pool);
  const startedMs = performance.now();
  const realMs = (): number => performance.now() - startedMs;
  let toldMs = 0;
  const range = {
    start,
    count,
    isOver: () => minutes !== undefined && realMs() > minutes * 60_000,
    without: values.without.split(","),
    doublecheck: values.doublecheck,
  };
  const tellAll = (): void => {
    print(`\nseeds ${start} to ${start + totals.runs - 1}${values.doublecheck ? ", each twice" : ""}`);
    for (const line of summaryLines(totals, realMs())) print(line);
    if (failed.length > 0) print(`failed: ${failed.map(({ seed }) => seed).join(", ")}`);
  };
  // Cut off, it has not passed; what it has seen is told all the same.
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      tellAll();
      process.exit(1);
    });
  await runSeeds(pool, jobs, range, (outcome) => {
    addToTotals(totals, outcome.result);
    const { isNews, isWrong, lines } = judgeSeed(known, outcome.seed, isFailure(outcome));
    for (const line of lines) print(line);
    if (isWrong) wrong++;
    if (isNews) {
      failed.push(outcome);
      tellSeed(outcome);
    }
    if (realMs() - toldMs < progressEveryMs) return;
    toldMs = realMs();
    print(progressLine(totals, toldMs));
  });
  tellAll();
  if (values.guide) writeGuide(totals, `seeds ${start} to ${start + totals.runs - 1}`, realMs());
  for (const { seed, result } of failed.filter(({ result: known }) => known !== undefined).slice(0, wholeNumber("shrink", 3)))
    if (result !== undefined)
      await tellFailure(String(seed), result.plan, { pool, budgetMs: shrinkMsMax, folder: values.save, print, converse });
  await pool.close();
  process.exitCode = wrong > 0 || isTooNarrow(totals) ? 1 : 0;
}

/** Figures only of a run that has any: the corpus alone is written with `--seeds 0`. */
function writeGuide(totals: ReturnType<typeof createTotals>, seeds: string, realMs: number): void {
  const page = "reliability.md";
  writeSection(page, "scenarios", scenarioTable(scenarioFiles(corpus)));
  if (totals.runs > 0) writeSection(page, "swarm", ["```", seeds, ...summaryLines(totals, realMs), "```"].join("\n"));
}

function isFailure({ result }: SeedOutcome): boolean {
  return result === undefined || result.failures.length > 0;
}

function tellSeed({ seed, result, lost }: SeedOutcome): void {
  if (result === undefined) return print(`seed ${seed} FAILS: ${lost}`);
  print(`seed ${seed} FAILS at ${(result.virtualMs / 1_000).toFixed(1)} s`);
  for (const { checker, detail } of result.failures.slice(0, 5)) print(`  ${checker}: ${detail.slice(0, 600)}`);
}

/** How many scenarios do not end as they should. */
async function replayCorpus(pool: ReturnType<typeof openPool>): Promise<number> {
  const files = scenarioFiles(corpus);
  const verdicts = await Promise.all(
    files.map(async (file) => {
      const scenario = readScenario(file);
      const answer = await pool.run({ type: "plan", plan: scenario.plan, doublecheck: values.doublecheck });
      if (answer.type !== "ran") return `${file}: ${answer.type === "lost" ? answer.detail : answer.type}`;
      const verdict = judgeScenario(scenario, answer.result.failures);
      return verdict === undefined ? undefined : `${file} (${scenario.title}): ${verdict}`;
    }),
  );
  const wrong = verdicts.filter((verdict) => verdict !== undefined);
  for (const verdict of wrong) print(verdict);
  print(`${files.length} scenarios, ${wrong.length} not as expected`);
  return wrong.length;
}

async function replay(file: string): Promise<void> {
  const scenario = readScenario(file);
  print(`${scenario.title}\n${scenario.found}\n`);
  const sqlite = await loadSqlite();
  const report = await simulate(scenario.plan, values.trace ? { sqlite, print } : { sqlite });
  if (!values.trace) for (const line of await tellConversation(scenario.plan, { sqlite })) print(line);
  const verdict = judgeScenario(scenario, report.failures);
  print(`\n${verdict ?? "As expected."} Trace ${report.hash}.`);
  process.exitCode = verdict === undefined ? 0 : 1;
}

async function traceSeeds(start: number, count: number): Promise<void> {
  const sqlite = await loadSqlite();
  for (let seed = start; seed < start + count; seed++) {
    const drawn = drawPlan(seed);
    const without = values.without.split(",");
    const plan = { ...drawn, faults: drawn.faults.filter(({ type }) => !without.includes(type)) };
    const { failures } = await simulate(plan, { sqlite, print });
    print(`seed ${seed}: ${failures.length === 0 ? "nothing is wrong" : failures.map(({ checker }) => checker).join(", ")}`);
    if (failures.length > 0) process.exitCode = 1;
  }
}

async function converse(plan: Plan): Promise<readonly string[]> {
  return tellConversation(plan, { sqlite: await loadSqlite() });
}

function wholeNumber(name: "seeds" | "start" | "shrink", absent: number): number {
  return readNumber(name, values[name] ?? String(absent));
}
