/** Seeds of CI's range that are known to fail, and why: said at every run, and none may stay in the list once it passes. */
import { readFileSync } from "node:fs";

const file = new URL("../../known-failures.json", import.meta.url);

/** Seed → why it fails. */
export type KnownFailures = ReadonlyMap<number, string>;

/** What is known of a seed, beside what came of it. */
export interface SeedVerdict {
  /** To be looked at, and made small: nobody knew of it. */
  readonly isNews: boolean;
  /** The run has not passed. */
  readonly isWrong: boolean;
  /** What there is to say, beside what came of the seed. */
  readonly lines: readonly string[];
}

export function readKnownFailures(): KnownFailures {
  return parseKnownFailures(readFileSync(file, "utf8"));
}

export function parseKnownFailures(text: string): KnownFailures {
  const kept = JSON.parse(text) as Readonly<Record<string, string>>;
  return new Map(Object.entries(kept).map(([seed, why]) => [Number(seed), why]));
}

/** A list that could only grow would hide the next failure of a seed that has been mended. */
export function judgeSeed(known: KnownFailures, seed: number, fails: boolean): SeedVerdict {
  const why = known.get(seed);
  if (why === undefined) return { isNews: fails, isWrong: fails, lines: [] };
  const told = `seed ${seed} is known to fail: ${why}`;
  if (fails) return { isNews: false, isWrong: false, lines: [told] };
  return { isNews: false, isWrong: true, lines: [told, "  and it passes: take it out of packages/simulator/known-failures.json"] };
}
