/** A fleet that comes back does not come back as one. */
import type { Mutant } from "../mutant.ts";

const backoff = "packages/core/src/resilience/backoff.ts";
const breaker = "packages/core/src/resilience/circuit-breaker.ts";

export const herdMutants: readonly Mutant[] = [
  {
    id: "backoff-without-jitter",
    protects: "A client sleeps anywhere in its window",
    ids: ["T16", "L3", "F42"],
    file: backoff,
    find: `Math.floor(event.random * windowMs)`,
    replace: `windowMs`,
    lane: "fleet-model",
  },
  {
    id: "backoff-does-not-grow",
    protects: "The window doubles with every failure",
    ids: ["T16", "L3", "F42"],
    file: backoff,
    find: `limits.baseMs * 2 ** Math.min(attempts, 40)`,
    replace: `limits.baseMs`,
    lane: "fleet-model",
  },
  {
    id: "breaker-never-opens",
    protects: "Who fails most of the time stops trying for a while",
    ids: ["L3"],
    file: breaker,
    find: `      if (outcomes.length >= limits.outcomesMin && failures / outcomes.length >= limits.failureRateMax)`,
    replace: `      if (outcomes.length < 0 && failures < 0)`,
    also: [{ file: backoff, find: `limits.baseMs * 2 ** Math.min(attempts, 40)`, replace: `limits.baseMs * 2 ** Math.min(attempts, 4)` }],
    lane: "fleet-model",
  },
];
