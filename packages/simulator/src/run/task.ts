/** What a worker of the runner is asked, and what it answers: data, since it crosses a process's border. */
import type { Failure } from "../fleet.ts";
import type { Plan } from "../plan/plan.ts";
import type { Measurements } from "../report/measurements.ts";
import type { Report } from "../simulate.ts";

/** A module that exports `openApp(input)`: an app cannot be sent to another process, the way to it can. */
export interface AppModule {
  /** A `file:` URL. */
  readonly module: string;
  readonly input?: unknown;
}

export type Task =
  /** The swarm's plan of this seed, but for some kinds of faults. */
  | { readonly type: "seed"; readonly seed: number; readonly without: readonly string[]; readonly doublecheck: boolean }
  | { readonly type: "plan"; readonly plan: Plan; readonly doublecheck: boolean; readonly measured?: boolean }
  | { readonly type: "shrink"; readonly plan: Plan; readonly budgetMs: number };

/** What came of one plan. Nothing in it depends on the machine but `cpuMs`. */
export interface RunResult {
  readonly plan: Plan;
  readonly hash: string;
  readonly failures: readonly Failure[];
  readonly virtualMs: number;
  readonly events: number;
  readonly tried: number;
  readonly acknowledged: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly points: Readonly<Record<string, number>>;
  readonly cpuMs: number;
  /** Where they were asked for: looking on costs time. */
  readonly measurements?: Measurements;
}

export interface ShrinkResult {
  readonly plan: Plan;
  readonly failures: readonly Failure[];
  readonly runs: number;
  readonly ms: number;
  readonly finished: boolean;
}

export type Answer =
  | { readonly type: "ran"; readonly result: RunResult }
  /** Undefined: it does not fail any more. */
  | { readonly type: "shrunk"; readonly result: ShrinkResult | undefined }
  /** The worker has not survived the task, or has not come back from it in time. */
  | { readonly type: "lost"; readonly detail: string };

export function reportToResult(report: Report, cpuMs: number, measurements?: Measurements): RunResult {
  const { plan, hash, failures, virtualMs, events, tried, acknowledged } = report;
  const counts = { faults: Object.fromEntries(report.faults), points: Object.fromEntries(report.points) };
  return {
    plan,
    hash,
    failures,
    virtualMs,
    events,
    tried,
    acknowledged,
    ...counts,
    cpuMs,
    ...(measurements !== undefined && { measurements }),
  };
}
