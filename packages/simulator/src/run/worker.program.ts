/** A worker of the runner: one task after another from the process that started it, which `pool.ts` is. */
import type { App } from "../app/app.ts";
import { checkClocks } from "../check-clocks.ts";
import { loadSqlite } from "../disk/load-sqlite.ts";
import { drawPlan } from "../plan/draw-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { createRecorder } from "../report/measurements.ts";
import { shrink } from "../shrink/shrink.ts";
import { simulate } from "../simulate.ts";
import { type Answer, type AppModule, reportToResult, type Task } from "./task.ts";

const request = JSON.parse(process.argv[2] ?? "{}") as { readonly app?: AppModule };
const sqlite = await loadSqlite();
const app: { readonly app?: App } = request.app === undefined ? {} : { app: await openApp(request.app) };

process.on("message", (task: Task) => void work(task).then((answer) => process.send?.(answer)));
process.on("disconnect", () => process.exit(0));
process.send?.("ready");

async function work(task: Task): Promise<Answer> {
  switch (task.type) {
    case "seed":
      return withClocks(task.seed, await run(withoutFaults(drawPlan(task.seed, app), task.without), task.doublecheck));
    case "plan":
      return run(task.plan, task.doublecheck, task.measured);
    case "shrink": {
      const shrunk = await shrink(task.plan, { sqlite, ...app, budgetMs: task.budgetMs });
      return { type: "shrunk", result: shrunk };
    }
  }
}

async function run(plan: Plan, doublecheck: boolean, measured = false): Promise<Answer> {
  const before = process.cpuUsage();
  const recorder = measured ? createRecorder((space) => app.app?.spaceName(space) ?? String(space)) : undefined;
  const report = await simulate(plan, { sqlite, ...app, ...(recorder !== undefined && { observe: recorder.observe }) });
  const { user, system } = process.cpuUsage(before);
  const result = reportToResult(report, (user + system) / 1_000, recorder?.measure(report.virtualMs));
  if (!doublecheck) return { type: "ran", result };
  // Through JSON: what a plan's file holds is all that a run may depend on.
  const { hash } = await simulate(JSON.parse(JSON.stringify(plan)) as Plan, { sqlite, ...app });
  if (hash === result.hash) return { type: "ran", result };
  const failure = { checker: "doublecheck", detail: `the same plan, and another trace: ${result.hash}, ${hash}`, atMs: result.virtualMs };
  return { type: "ran", result: { ...result, failures: [...result.failures, failure] } };
}

/** One seed in so many is run with wrong clocks and with right ones, unless it lasts for hours. */
const clocksEvery = 20;
const clocksMsMax = 3_600_000;

async function withClocks(seed: number, answer: Answer): Promise<Answer> {
  if (answer.type !== "ran" || seed % clocksEvery !== 0) return answer;
  const { result } = answer;
  if (result.failures.length > 0 || result.plan.config.durationMs > clocksMsMax) return answer;
  const wrong = await checkClocks(seed, { sqlite, ...app });
  const failures = wrong.map((detail) => ({ checker: "clocks", detail, atMs: result.virtualMs }));
  return { type: "ran", result: { ...result, failures } };
}

function withoutFaults(plan: Plan, without: readonly string[]): Plan {
  return { ...plan, faults: plan.faults.filter(({ type }) => !without.includes(type)) };
}

async function openApp({ module, input }: AppModule): Promise<App> {
  const { openApp: open } = (await import(module)) as { readonly openApp: (input: unknown) => App | Promise<App> };
  return open(input);
}
