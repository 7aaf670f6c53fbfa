/** Seeds of CI's range that are known to fail, and why: said at every run, and none may stay in the list once it passes. */
import { readFileSync } from "node:fs";

const file = new URL("../../known-failures.json", import.meta.url);

export function readKnownFailures(): ReadonlyMap<number, string> {
  const kept = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, string>>;
  return new Map(Object.entries(kept).map(([seed, why]) => [Number(seed), why]));
}
