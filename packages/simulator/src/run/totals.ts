/** The figures of many runs. Folded in the order of the seeds, so that they do not depend on which worker was quicker. */
import type { RunResult } from "./task.ts";

export interface Totals {
  runs: number;
  failed: number;
  virtualMs: number;
  events: number;
  tried: number;
  acknowledged: number;
  /** Of the processes that ran them, and therefore of the machine. */
  cpuMs: number;
  readonly faults: Map<string, number>;
  readonly points: Map<string, number>;
}

export function createTotals(): Totals {
  return { runs: 0, failed: 0, virtualMs: 0, events: 0, tried: 0, acknowledged: 0, cpuMs: 0, faults: new Map(), points: new Map() };
}

/** Undefined: a run of which nothing is known but that its worker did not survive it. */
export function addToTotals(totals: Totals, result: RunResult | undefined): void {
  totals.runs++;
  if (result === undefined || result.failures.length > 0) totals.failed++;
  if (result === undefined) return;
  for (const name of ["virtualMs", "events", "tried", "acknowledged", "cpuMs"] as const) totals[name] += result[name];
  addCounts(totals.faults, result.faults);
  addCounts(totals.points, result.points);
}

function addCounts(counts: Map<string, number>, added: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(added)) counts.set(name, (counts.get(name) ?? 0) + count);
}
