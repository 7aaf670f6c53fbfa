/** The figures of many runs, as a report shows them. */
import type { RunResult } from "../run/task.ts";
import { queueParts } from "./measurements.ts";

export interface Figures {
  readonly convergenceMs: number[];
  operations: number;
  bytesUp: number;
  bytesDown: number;
  messages: number;
  conflicts: number;
  losers: number;
  /** Sums over the runs; divide by `runs`. */
  readonly queueMean: number[];
  readonly queueMax: number[];
  runs: number;
}

export function createFigures(): Figures {
  const parts = (): number[] => Array.from({ length: queueParts }, () => 0);
  return {
    ...{ convergenceMs: [], operations: 0, bytesUp: 0, bytesDown: 0, messages: 0, conflicts: 0, losers: 0, runs: 0 },
    ...{ queueMean: parts(), queueMax: parts() },
  };
}

export function addFigures(figures: Figures, result: RunResult | undefined): void {
  const measured = result?.measurements;
  if (measured === undefined) return;
  figures.runs++;
  for (const ms of measured.convergenceMs) figures.convergenceMs.push(ms);
  for (const name of ["operations", "bytesUp", "bytesDown", "messages", "conflicts", "losers"] as const) figures[name] += measured[name];
  for (let part = 0; part < queueParts; part++) {
    figures.queueMean[part] = (figures.queueMean[part] ?? 0) + (measured.queueMean[part] ?? 0);
    figures.queueMax[part] = Math.max(figures.queueMax[part] ?? 0, measured.queueMax[part] ?? 0);
  }
}

/** `share` in [0, 1]; undefined of nothing. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
