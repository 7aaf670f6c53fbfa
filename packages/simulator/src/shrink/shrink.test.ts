import { afterAll, describe, expect, it } from "vitest";
import { loadSqlite } from "../disk/load-sqlite.ts";
import { tellConversation } from "../conversation/conversation.ts";
import { drawPlan } from "../plan/draw-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { simulate } from "../simulate.ts";
import { lengthOf, shrink } from "./shrink.ts";

const sqlite = await loadSqlite();

/** A plan of the swarm whose disks lie about fsync, and whose first device loses its power in the end: nothing else is wrong with it. */
function lyingPlan(seed: number): Plan {
  const { config, ...drawn } = drawPlan(seed);
  const death = { type: "die", power: true, operations: 0, phase: "before", downMs: 100 } as const;
  const deaths = [0, 1, 2].map((n) => ({ ...death, id: `die-late-${n}`, atMs: Math.max(0, config.durationMs - 1 - n * 500), device: 0 }));
  return { ...drawn, config: { ...config, lyingSyncRate: 0.9 }, faults: deaths };
}

/** The first ones of the swarm that fail so. */
async function failingPlans(count: number): Promise<readonly Plan[]> {
  const plans: Plan[] = [];
  for (let seed = 1; plans.length < count && seed < 200; seed++) {
    if (drawPlan(seed).config.durationMs > 20_000) continue;
    const plan = lyingPlan(seed);
    if ((await simulate(plan, { sqlite })).failures.length > 0) plans.push(plan);
  }
  return plans;
}

describe("shrinking", () => {
  afterAll(() => expect(sqlite.openFiles()).toBe(0));

  it("[SIM58][SIM60] a failing plan becomes a few operations and faults that fail with the same checker, and is told as a conversation", {
    timeout: 120_000,
  }, async () => {
    const [plan] = await failingPlans(1);
    if (plan === undefined) throw new Error("No plan fails over disks that lie.");
    const { failures } = await simulate(plan, { sqlite });
    const checker = failures[0]?.checker;
    const shrunk = await shrink(plan, { sqlite, runsMax: 250 });
    if (shrunk === undefined) throw new Error("It does not fail again.");
    expect(lengthOf(shrunk.plan)).toBeLessThanOrEqual(8);
    expect(lengthOf(shrunk.plan)).toBeLessThan(lengthOf(plan));

    const replayed = await simulate(JSON.parse(JSON.stringify(shrunk.plan)) as Plan, { sqlite });
    expect(replayed.failures.map((each) => each.checker)).toContain(checker);
    expect(replayed.failures).toEqual(shrunk.failures);
    // Nothing that is left can be spared: least of all the lie.
    expect((await simulate({ ...shrunk.plan, config: { ...shrunk.plan.config, lyingSyncRate: 0 } }, { sqlite })).failures).toEqual([]);

    const conversation = (await tellConversation(shrunk.plan, { sqlite })).join("\n");
    expect(conversation).toMatch(/Every device's disk lies: \S+ % of its fsyncs do nothing\./);
    expect(conversation).toMatch(/device-\d does "\S+" in space-\d: \w+ \S+, -?\d+\./);
    expect(conversation).toMatch(/device-\d acknowledges "\S+": it is on disk\./);
    expect(conversation).toMatch(/FAULT: device-\d loses its power .*, and is down for /);
    expect(conversation).toMatch(/device-\d has no power any more, after \d+ operations of its disk/);
    expect(conversation).toMatch(new RegExp(`WRONG \\(${checker ?? ""}\\): `));
    expect(conversation).toMatch(/\nExpected: .*\nFound: {4}/);
    expect(conversation.split("\n").length).toBeLessThan(100);
  });

  it("[SIM58] the same plan is always made small in the same way, and one that passes not at all", { timeout: 60_000 }, async () => {
    const [plan] = await failingPlans(1);
    if (plan === undefined) throw new Error("No plan fails over disks that lie.");
    const first = await shrink(plan, { sqlite, runsMax: 25 });
    const second = await shrink(plan, { sqlite, runsMax: 25 });
    expect(second?.plan).toEqual(first?.plan);
    expect(first?.finished).toBe(false);
    expect(await shrink({ ...plan, operations: [], faults: [] }, { sqlite })).toBeUndefined();
  });
});
