import { describe, expect, it } from "vitest";
import { drawPlan } from "../plan/draw-plan.ts";
import { points } from "../points/points.ts";
import { openPool } from "./pool.ts";
import { runSeeds, type SeedOutcome, type SeedRange } from "./run-seeds.ts";
import { isTooNarrow, summaryLines } from "./summary.ts";
import { addToTotals, createTotals, type Totals } from "./totals.ts";

/** So many seeds in a row whose plans are over in minutes. */
function shortStart(count: number): number {
  for (let start = 1; ; start++) {
    const durations = Array.from({ length: count }, (_, n) => drawPlan(start + n).config.durationMs);
    if (durations.every((durationMs) => durationMs <= 300_000)) return start;
  }
}

async function runAll(jobs: number, range: Partial<SeedRange>, options: object = {}): Promise<[readonly SeedOutcome[], Totals]> {
  const pool = openPool({ jobs, ...options });
  const outcomes: SeedOutcome[] = [];
  const totals = createTotals();
  await runSeeds(pool, jobs, { start: 1, count: 6, without: [], doublecheck: false, ...range }, (outcome) => {
    outcomes.push(outcome);
    addToTotals(totals, outcome.result);
  });
  await pool.close();
  return [outcomes, totals];
}

describe("running seeds", () => {
  it("[SIM55] gives the same traces and totals with one worker and with three, in the order of the seeds", {
    timeout: 180_000,
  }, async () => {
    const range = { start: shortStart(6), count: 6 };
    const [alone, aloneTotals] = await runAll(1, range);
    const [together, togetherTotals] = await runAll(3, range);
    expect(alone.map(({ seed }) => seed)).toEqual([0, 1, 2, 3, 4, 5].map((n) => range.start + n));
    expect(together.map(({ seed, result }) => [seed, result?.hash])).toEqual(alone.map(({ seed, result }) => [seed, result?.hash]));
    expect({ ...togetherTotals, cpuMs: 0 }).toEqual({ ...aloneTotals, cpuMs: 0 });
    expect(aloneTotals.tried).toBeGreaterThan(0);
    expect(summaryLines(aloneTotals, 1_000).join("\n")).toMatch(/on one core: [\d,]+ simulated seconds and [\d,]+ operations a second/);
  });

  it("[SIM57] a seed on which a worker hangs or dies is a failure that names it, and the others are run all the same", {
    timeout: 90_000,
  }, async () => {
    const program = new URL("testing/fragile-worker.ts", import.meta.url);
    const [outcomes, totals] = await runAll(2, { start: 1, count: 8 }, { program, taskMsMax: 3_000 });
    expect(outcomes.map(({ seed }) => seed)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const lost = outcomes.filter((outcome) => outcome.lost !== undefined);
    expect(lost.map(({ seed }) => seed)).toEqual([3, 5]);
    expect(lost[0]?.lost).toBe("it has not come to an end within 3 s");
    expect(lost[1]?.lost).toMatch(/its process ended \(1\): [^]*as planned/);
    expect(totals).toMatchObject({ runs: 8, failed: 2, virtualMs: 6 });
  });

  it("[SIM63] doublecheck finds a run that does not repeat", { timeout: 180_000 }, async () => {
    const app = { module: new URL("testing/unrepeatable-app.ts", import.meta.url).href, input: "unrepeatable" };
    const range = { start: shortStart(1), count: 1 };
    const [twice] = await runAll(1, { ...range, doublecheck: true }, { app });
    expect(twice[0]?.result?.failures.map(({ checker }) => checker)).toContain("doublecheck");
    const [repeatable] = await runAll(1, { ...range, doublecheck: true });
    expect(repeatable[0]?.result?.failures).toEqual([]);
  });

  it("[SIM64] a thousand seeds that leave out a state that is asked for are not enough", () => {
    expect(new Set(points).size).toBe(points.length);
    expect(points.length).toBeGreaterThanOrEqual(120);
    const totals = { ...createTotals(), runs: 1_000 };
    for (const point of points.slice(1)) totals.points.set(point, 1);
    expect(isTooNarrow(totals)).toBe(true);
    expect(summaryLines(totals, 1).at(-1)).toBe(`NOT reached (1 of ${points.length}): ${points[0]}`);
    expect(isTooNarrow({ ...totals, runs: 999 })).toBe(false);
    totals.points.set(points[0] as string, 1);
    expect(isTooNarrow(totals)).toBe(false);
  });
});
