import { afterAll, describe, expect, it } from "vitest";
import { loadSqlite } from "./disk/load-sqlite.ts";
import { drawPlan } from "./plan/draw-plan.ts";
import { simulate } from "./simulate.ts";

const sqlite = await loadSqlite();

/** Plans of short lives, in any number: a virtual week costs a real second. */
function shortSeeds(count: number): readonly number[] {
  const seeds: number[] = [];
  for (let seed = 1; seeds.length < count; seed++) if (drawPlan(seed).config.durationMs <= 20_000) seeds.push(seed);
  return seeds;
}

describe("a simulated fleet", () => {
  afterAll(() => expect(sqlite.openFiles()).toBe(0));

  it("[SIM1][SIM3] over 100 seeds: the same plan and the same trace, twice, and in the end everything has drained and agrees", {
    timeout: 300_000,
  }, async () => {
    const hashes = new Set<string>();
    for (const seed of shortSeeds(100)) {
      const plan = drawPlan(seed);
      expect(drawPlan(seed)).toEqual(plan);
      const first = await simulate(plan, { sqlite });
      const second = await simulate(JSON.parse(JSON.stringify(plan)), { sqlite });
      expect(second.hash, `seed ${seed}`).toBe(first.hash);
      expect(first.failures, `seed ${seed}`).toEqual([]);
      hashes.add(first.hash);
    }
    expect(hashes.size).toBe(100);
  });

  it("[SIM5][T8] a fleet whose disks lie about fsync does not pass: something acknowledged is gone when the power has failed", async () => {
    const found = new Set<string>();
    for (const seed of shortSeeds(40)) {
      const { config, ...drawn } = drawPlan(seed);
      const death = { type: "die", power: true, operations: 0, phase: "before", downMs: 100 } as const;
      const faults = [0, 1, 2, 3].map((n) => ({ ...death, id: `die-${n}`, atMs: config.durationMs - 1 - n * 500, device: 0 }));
      const { failures } = await simulate({ ...drawn, config: { ...config, lyingSyncRate: 0.9 }, faults }, { sqlite });
      for (const { checker } of failures) found.add(checker);
      if (found.size === 0) continue;
      const honest = await simulate({ ...drawn, config, faults }, { sqlite });
      expect(honest.failures).toEqual([]);
      break;
    }
    expect([...found]).not.toEqual([]);
  });
});
