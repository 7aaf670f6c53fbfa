/**
 * Makes a failing plan smaller while it still fails in the same way: fewer faults, sessions, operations and devices, less time, a calmer
 * network, plainer settings. What is drawn during a run is keyed by name, so that most of a run stays as it was when a piece of its plan goes.
 * Deterministic, unless it is cut short by the clock.
 */
import type { App } from "../app/app.ts";
import type { SimulatedSqlite } from "../disk/load-sqlite.ts";
import type { Failure } from "../fleet.ts";
import type { Plan } from "../plan/plan.ts";
import { type Report, simulate } from "../simulate.ts";
import { passes } from "./passes.ts";

/** What a candidate is judged by. */
export type Outcome = Pick<Report, "failures">;

export interface ShrinkOptions {
  readonly sqlite: SimulatedSqlite;
  readonly app?: App;
  /** Whether a candidate fails as the plan did: with the same checker, by default. */
  readonly fails?: (outcome: Outcome) => boolean;
  /** The first limit that is reached ends it; both have defaults. */
  readonly runsMax?: number;
  /** Real time. With it, the result depends on the machine. */
  readonly budgetMs?: number;
  readonly onProgress?: (progress: ShrinkProgress) => void;
}

export interface ShrinkProgress {
  readonly pass: string;
  readonly length: number;
  readonly runs: number;
}

export interface Shrunk {
  /** The smallest that was found; the plan itself, if nothing smaller fails. */
  readonly plan: Plan;
  readonly failures: readonly Failure[];
  readonly runs: number;
  readonly ms: number;
  /** False: the budget was spent before nothing more could go. */
  readonly finished: boolean;
}

const runsMaxDefault = 3_000;
/** How often the passes begin again after something has become smaller. */
const roundsMax = 8;
/** Other seeds for a plan that nothing more can be taken from: other delays, other ids, other torn sectors. */
const otherSeeds = 3;

/** How many things happen in a plan. */
export function lengthOf({ operations, faults }: Plan): number {
  return operations.length + faults.length;
}

/** Undefined: the plan does not fail. */
export async function shrink(plan: Plan, options: ShrinkOptions): Promise<Shrunk | undefined> {
  const { runsMax = runsMaxDefault, budgetMs = Infinity, onProgress } = options;
  const startedMs = performance.now();
  const search: Search = new Search(options, () => search.runs >= runsMax || performance.now() - startedMs >= budgetMs);
  if (!(await search.begin(plan))) return undefined;
  let round: "same seed" | "other seeds" = "same seed";
  for (let n = 0; n < roundsMax && !search.isSpent(); n++) {
    const before = JSON.stringify(search.smallest);
    for (const [name, pass] of Object.entries(passes)) {
      await pass(search.smallest, (candidate) => search.attempt(candidate, round === "same seed" ? 0 : otherSeeds));
      onProgress?.({ pass: name, length: lengthOf(search.smallest), runs: search.runs });
    }
    if (JSON.stringify(search.smallest) !== before) continue;
    if (round === "other seeds") break;
    round = "other seeds";
  }
  const { smallest, failures, runs } = search;
  return { plan: smallest, failures, runs, ms: performance.now() - startedMs, finished: !search.isSpent() };
}

/** What has been tried, and the smallest that failed. */
class Search {
  readonly #options: ShrinkOptions;
  readonly isSpent: () => boolean;
  readonly #tried = new Map<string, boolean>();
  #fails: (outcome: Outcome) => boolean = () => false;
  #smallest: Plan | undefined;
  failures: readonly Failure[] = [];
  runs = 0;

  constructor(options: ShrinkOptions, isSpent: () => boolean) {
    this.#options = options;
    this.isSpent = isSpent;
  }

  get smallest(): Plan {
    if (this.#smallest === undefined) throw new Error("The search has not begun.");
    return this.#smallest;
  }

  async begin(plan: Plan): Promise<boolean> {
    const outcome = await this.#run(plan);
    this.#fails = this.#options.fails ?? failsLike(outcome);
    if (!this.#fails(outcome)) return false;
    this.#keep(plan, outcome);
    return true;
  }

  /** With the seed that fails; then with others. */
  async attempt(candidate: Plan, otherSeedsCount: number): Promise<boolean> {
    const { seed } = this.smallest;
    const others = Array.from({ length: otherSeedsCount }, (_, n) => `${String(seed).split("~")[0] ?? ""}~${n + 1}`);
    for (const each of new Set([seed, ...others])) if (await this.#try({ ...candidate, seed: each })) return true;
    return false;
  }

  async #try(candidate: Plan): Promise<boolean> {
    const key = JSON.stringify(candidate);
    const known = this.#tried.get(key);
    if (known !== undefined) return known;
    if (this.isSpent()) return false;
    const outcome = await this.#run(candidate);
    const fails = this.#fails(outcome);
    this.#tried.set(key, fails);
    if (fails) this.#keep(candidate, outcome);
    return fails;
  }

  #keep(plan: Plan, { failures }: Outcome): void {
    this.#smallest = plan;
    this.failures = failures;
  }

  async #run(plan: Plan): Promise<Outcome> {
    this.runs++;
    const { sqlite, app } = this.#options;
    try {
      return await simulate(plan, { sqlite, ...(app !== undefined && { app }) });
    } catch {
      // A candidate that makes no sense any more, to the app or to a fault: it is no example of anything.
      return { failures: [] };
    }
  }
}

/** With the same checker; a defect counts as the same one where its words are. */
function failsLike({ failures }: Outcome): (outcome: Outcome) => boolean {
  const [first] = failures;
  if (first === undefined) return () => false;
  return (outcome) => outcome.failures.some((failure) => kindOf(failure) === kindOf(first));
}

function kindOf({ checker, detail }: Failure): string {
  if (checker !== "no-defect") return checker;
  const [words = ""] = detail.split(/ at |\n/);
  return `${checker}: ${words.replace(/[\d#-]+/g, "")}`;
}
