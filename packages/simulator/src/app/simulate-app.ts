/** Seeds of any app, from its modules: over worker processes, measured; what fails is made small and told. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { tellConversation } from "../conversation/conversation.ts";
import { loadSqlite, type SimulatedSqlite } from "../disk/load-sqlite.ts";
import type { Failure } from "../fleet.ts";
import { drawPlan } from "../plan/draw-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { addFigures, createFigures, type Figures } from "../report/figures.ts";
import { openPool, type Pool } from "../run/pool.ts";
import type { RunResult } from "../run/task.ts";
import { addToTotals, createTotals, type Totals } from "../run/totals.ts";
import { simulate } from "../simulate.ts";
import type { TraceEvent } from "../world/trace-event.ts";
import type { App } from "./app.ts";
import { keepFaults } from "./fault-groups.ts";
import { openApp, type UserModules } from "./open-user-app.ts";

export interface SimulateAppOptions {
  /** Paths of the app's modules. */
  readonly modules: UserModules;
  readonly seeds: number;
  /** 1, if absent. */
  readonly start?: number;
  /** 3, if absent. */
  readonly devices?: number;
  /** Groups of faults, of `faultGroups`; all, if absent. */
  readonly faults?: readonly string[];
  /** Worker processes; as many as there are processors, if absent. */
  readonly jobs?: number;
  /** So many failing seeds are made small; the others are only named. 3, if absent. */
  readonly shrinksMax?: number;
  /** For making one small. */
  readonly shrinkMsMax?: number;
  /** No further seed is begun after so many have failed; all are run, if absent. */
  readonly failuresMax?: number;
  /** Instead of drawn plans: one that is at hand, which is then not made smaller. */
  readonly plan?: Plan;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly type: "seed" | "shrinking";
  readonly seed: number | string;
  readonly failures: readonly Failure[];
  readonly done: number;
  readonly failed: number;
}

export interface FailingSeed {
  /** Of the run, from 0. */
  readonly number: number;
  readonly seed: number | string;
  /** As it was drawn. */
  readonly plan: Plan;
  readonly failures: readonly Failure[];
  /** Undefined: it was not made small, or its worker did not survive it. */
  readonly small: SmallPlan | undefined;
}

export interface SmallPlan {
  readonly plan: Plan;
  readonly failures: readonly Failure[];
  /** Operations and faults. */
  readonly length: number;
  readonly conversation: readonly string[];
  readonly events: readonly TraceEvent[];
}

export interface SimulateAppResult {
  readonly totals: Totals;
  readonly figures: Figures;
  readonly failing: readonly FailingSeed[];
  readonly realMs: number;
}

const devicesDefault = 3;
const shrinksMaxDefault = 3;
const shrinkMsMaxDefault = 60_000;

export async function simulateApp(options: SimulateAppOptions): Promise<SimulateAppResult> {
  const { modules, shrinksMax = shrinksMaxDefault, shrinkMsMax = shrinkMsMaxDefault, failuresMax = Infinity, onProgress } = options;
  const startedMs = performance.now();
  const jobs = Math.max(1, Math.min(options.jobs ?? availableParallelism(), options.seeds));
  const app = await openApp(modules);
  const pool = openPool({ jobs, app: { module: openModule(), input: absolute(modules) } });
  const [totals, figures, failed] = [createTotals(), createFigures(), [] as FailingSeed[]];
  try {
    const isEnough = (): boolean => failed.length >= failuresMax;
    await runPlans({ plans: plansOf(app, options), pool, jobs, isEnough }, (plan, result, lost) => {
      if (isEnough()) return;
      addToTotals(totals, result);
      addFigures(figures, result);
      const failures = result?.failures ?? [{ checker: "the run itself", detail: lost ?? "", atMs: 0 }];
      if (failures.length > 0) failed.push({ number: totals.runs - 1, seed: plan.seed, plan, failures, small: undefined });
      onProgress?.({ type: "seed", seed: plan.seed, failures, done: totals.runs, failed: failed.length });
    });
    const realMs = performance.now() - startedMs;
    const failing: FailingSeed[] = [];
    const sqlite = failed.length === 0 ? undefined : await loadSqlite();
    for (const each of failed) {
      const isShrunk = failing.length < shrinksMax && sqlite !== undefined;
      if (isShrunk) onProgress?.({ type: "shrinking", seed: each.seed, failures: each.failures, done: totals.runs, failed: failed.length });
      failing.push(isShrunk ? await makeSmall(each, { app, sqlite, pool, shrinkMsMax, isSmall: options.plan !== undefined }) : each);
    }
    return { totals, figures, failing, realMs };
  } finally {
    await pool.close();
  }
}

function* plansOf(app: App, { plan: given, seeds, start = 1, devices = devicesDefault, faults }: SimulateAppOptions): Iterable<Plan> {
  if (given !== undefined) {
    yield given;
    return;
  }
  const kept = faults === undefined ? undefined : new Set(faults);
  for (let seed = start; seed < start + seeds; seed++) yield keepFaults(drawPlan(seed, { app, devices }), kept);
}

type TellPlan = (plan: Plan, result: RunResult | undefined, lost: string | undefined) => void;

interface Running {
  readonly plans: Iterable<Plan>;
  readonly pool: Pool;
  readonly jobs: number;
  readonly isEnough: () => boolean;
}

/** Told in the order of the plans, whichever worker is quicker: the figures do not depend on the machine. */
async function runPlans({ plans, pool, jobs, isEnough }: Running, tell: TellPlan): Promise<void> {
  const source: Iterator<Plan, unknown> = plans[Symbol.iterator]();
  const done = new Map<number, () => void>();
  let [taken, told] = [0, 0];
  const work = async (): Promise<void> => {
    for (let next = source.next(); next.done !== true && !isEnough(); next = source.next()) {
      const plan = next.value;
      const number = taken++;
      const answer = await pool.run({ type: "plan", plan, doublecheck: false, measured: true });
      done.set(number, () =>
        tell(plan, answer.type === "ran" ? answer.result : undefined, answer.type === "lost" ? answer.detail : undefined),
      );
      for (let ready = done.get(told); ready !== undefined; ready = done.get(told)) {
        done.delete(told++);
        ready();
      }
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
}

interface Shrinking {
  readonly app: App;
  readonly sqlite: SimulatedSqlite;
  readonly pool: Pool;
  readonly shrinkMsMax: number;
  readonly isSmall: boolean;
}

async function makeSmall(failing: FailingSeed, { app, sqlite, pool, shrinkMsMax, isSmall }: Shrinking): Promise<FailingSeed> {
  const plan = isSmall ? failing.plan : await shrinkPlan(failing.plan, pool, shrinkMsMax);
  if (plan === undefined) return failing;
  const events: TraceEvent[] = [];
  const { failures } = await simulate(plan, { sqlite, app, observe: (event) => events.push(event) });
  const conversation = await tellConversation(plan, { sqlite, app });
  return { ...failing, small: { plan, failures, length: plan.operations.length + plan.faults.length, conversation, events } };
}

async function shrinkPlan(plan: Plan, pool: Pool, budgetMs: number): Promise<Plan | undefined> {
  const answer = await pool.run({ type: "shrink", plan, budgetMs }, budgetMs);
  return answer.type === "shrunk" ? answer.result?.plan : undefined;
}

/** Of a file beside this one, as it stands: source, or built. */
function openModule(): string {
  return new URL(import.meta.url.endsWith(".ts") ? "open-user-app.ts" : "open-user-app.js", import.meta.url).href;
}

/** A worker is where its parent was started, but a path that a person has typed should not depend on it. */
function absolute({ schema, server, workload }: UserModules): UserModules {
  const full = (path: string | undefined): string | undefined => (path === undefined ? undefined : resolve(path));
  return { schema: resolve(schema), server: full(server), workload: full(workload) };
}
