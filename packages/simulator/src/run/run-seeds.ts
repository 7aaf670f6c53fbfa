/** Seeds, one after another, over the workers of a pool; what they found is told in the order of the seeds. */
import type { Pool } from "./pool.ts";
import type { RunResult } from "./task.ts";

export interface SeedRange {
  readonly start: number;
  /** So many; or as many as fit into the time that `isOver` gives. */
  readonly count: number;
  readonly isOver?: () => boolean;
  /** Kinds of faults that are left out. */
  readonly without: readonly string[];
  /** Each seed twice, and the traces compared. */
  readonly doublecheck: boolean;
}

/** One seed. `lost`: why nothing else is known of it. */
export type SeedOutcome =
  | { readonly seed: number; readonly result: RunResult; readonly lost?: undefined }
  | { readonly seed: number; readonly result?: undefined; readonly lost: string };

export async function runSeeds(pool: Pool, jobs: number, range: SeedRange, tell: (outcome: SeedOutcome) => void): Promise<void> {
  const { start, count, isOver = () => false, without, doublecheck } = range;
  const told = new Map<number, SeedOutcome>();
  let next = start;
  let toTell = start;
  const work = async (): Promise<void> => {
    while (next < start + count && !isOver()) {
      const seed = next++;
      told.set(seed, await runSeed(pool, { type: "seed", seed, without, doublecheck }));
      for (let outcome = told.get(toTell); outcome !== undefined; outcome = told.get(toTell)) {
        told.delete(toTell++);
        tell(outcome);
      }
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
}

async function runSeed(pool: Pool, task: Extract<Parameters<Pool["run"]>[0], { type: "seed" }>): Promise<SeedOutcome> {
  const { seed } = task;
  const answer = await pool.run(task);
  if (answer.type === "ran") return { seed, result: answer.result };
  return { seed, lost: answer.type === "lost" ? answer.detail : "it was answered with something else" };
}
