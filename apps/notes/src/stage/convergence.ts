/** How long the devices took to agree, each time that they did. */
import type { Seen } from "./observe.ts";

export interface Convergence {
  /** Since when they differ; undefined while they are in step. */
  readonly apartSinceMs: number | undefined;
  /** Since when they differ and nothing keeps them apart. */
  readonly freeSinceMs: number | undefined;
  /** Milliseconds from "nothing keeps them apart" to "in step", newest last. */
  readonly took: readonly number[];
}

export const noConvergence: Convergence = { apartSinceMs: undefined, freeSinceMs: undefined, took: [] };

const timesKept = 24;

export function stepConvergence(before: Convergence, seen: readonly Seen[], isHeld: boolean, nowMs: number): Convergence {
  const isTogether = seen.every(({ isOn, isInStep, sequence }) => isOn && isInStep && sequence === seen[0]?.sequence);
  if (isTogether) {
    if (before.apartSinceMs === undefined) return before;
    const took = before.freeSinceMs === undefined ? before.took : [...before.took, nowMs - before.freeSinceMs].slice(-timesKept);
    return { apartSinceMs: undefined, freeSinceMs: undefined, took };
  }
  return {
    apartSinceMs: before.apartSinceMs ?? nowMs,
    freeSinceMs: isHeld || seen.some(({ isOn }) => !isOn) ? undefined : (before.freeSinceMs ?? nowMs),
    took: before.took,
  };
}
