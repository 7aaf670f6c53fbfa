import { describe, expect, it } from "vitest";
import type { App } from "./app/app.ts";
import { checkClocks } from "./check-clocks.ts";
import { loadSqlite } from "./disk/load-sqlite.ts";
import { drawPlan } from "./plan/draw-plan.ts";
import { ledgerApp } from "./workload/ledger-app.ts";

const sqlite = await loadSqlite();

function shortSeeds(count: number): readonly number[] {
  const seeds: number[] = [];
  for (let seed = 1; seeds.length < count; seed++)
    if (drawPlan(seed, { bias: ["clock-jump", "clock-run"] }).config.durationMs <= 20_000) seeds.push(seed);
  return seeds;
}

describe("clocks that are wrong", () => {
  it("[SIM39][F59][F02] change nothing in what all devices hold at the end", { timeout: 60_000 }, async () => {
    for (const seed of shortSeeds(8)) expect(await checkClocks(seed, { sqlite }), `seed ${seed}`).toEqual([]);
  });

  it("[SIM39] are compared with right ones in a world in which all else comes at the same moments", { timeout: 60_000 }, async () => {
    // Where a fault was left out, these two opened their devices later, and r0 took what they said in another order.
    for (const seed of [20_260, 20_900]) expect(await checkClocks(seed, { sqlite }), `seed ${seed}`).toEqual([]);
  });

  it("[SIM39] an outcome that differs is told", async () => {
    let runs = 0;
    const app = { ...ledgerApp, view: (source) => ({ ...ledgerApp.view(source), run: ++runs }) } as App;
    const [seed] = shortSeeds(1);
    expect((await checkClocks(seed as number, { sqlite, app })).join()).toContain("ends otherwise when clocks are wrong");
  });
});
