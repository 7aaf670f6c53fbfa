import { arbitrated, collection, counter, defineSchema, intent, list, register, set, text } from "@holdfast/core";
import { accept } from "@holdfast/server";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { loadSqlite } from "../disk/load-sqlite.ts";
import { drawPlan } from "../plan/draw-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { simulate } from "../simulate.ts";
import type { App, AppServer } from "./app.ts";
import { faultGroups, keepFaults } from "./fault-groups.ts";
import { createUserApp, planUserApp } from "./user-app.ts";
import { defineWorkload } from "./workload.ts";

const sqlite = await loadSqlite();
const schema = defineSchema({
  version: 1,
  collections: {
    notes: collection({
      title: register(z.string().max(40), ""),
      tags: set(z.string()),
      steps: list(z.string()),
      opened: counter(),
      body: text(),
    }),
    draws: collection({
      at: register(z.number(), 0),
      chance: register(z.number(), 0),
      uuid: register(z.string(), ""),
      total: arbitrated(z.number(), 0),
    }),
  },
  intents: { draw: intent(z.object({ n: z.number().int().min(0).max(3) })) },
});

/** An arbiter that looks at clocks and chance, as some do. */
const arbiters = {
  draw: async (tx: { readonly draws: { create(fields: object): string } }) => {
    tx.draws.create({ at: Date.now() + new Date().getTime(), chance: Math.random(), uuid: crypto.randomUUID() });
    return accept();
  },
} as unknown as NonNullable<AppServer["arbiters"]>;
const startRules = (): AppServer => ({ authenticate: (token) => ({ id: token }), authorize: { space: () => "write" }, arbiters });

function openTestApp(workload: Parameters<typeof planUserApp>[0]["workload"]): App {
  return createUserApp(planUserApp({ name: "notes", workload, startRules })) as App;
}

const common = { schema, users: ["ann", "ben"], spaces: (user: string) => [`user:${user}`, "team"] };
const calmOptions = new Set(["kill", "power", "network", "partition"]);

/** Of short lives: a test has seconds. */
function plans(app: App, count: number): readonly Plan[] {
  const short: Plan[] = [];
  for (let seed = 1; short.length < count; seed++) {
    const plan = keepFaults(drawPlan(seed, { app, devices: 3 }), calmOptions);
    if (plan.config.durationMs <= 20_000) short.push(plan);
  }
  return short;
}

describe("any app", () => {
  it("[SIM66][SIM68] of every kind of field lives through deaths and bad links, and each plan gives the same trace twice", {
    timeout: 60_000,
  }, async () => {
    const app = openTestApp(common);
    let acknowledged = 0;
    for (const plan of plans(app, 5)) {
      const first = await simulate(plan, { sqlite, app });
      expect(first.failures, `seed ${plan.seed}`).toEqual([]);
      acknowledged += first.acknowledged;
      const second = await simulate(JSON.parse(JSON.stringify(plan)) as Plan, { sqlite, app });
      expect(second.hash, `seed ${plan.seed}`).toBe(first.hash);
    }
    expect(acknowledged).toBeGreaterThan(40);
    expect(Math.abs(Date.now() - performance.timeOrigin)).toBeLessThan(3_600_000);
  });

  it("[SIM67] is held to its invariants, on the server as soon as it has answered", { timeout: 60_000 }, async () => {
    const workload = defineWorkload({
      ...common,
      operations: { add: { run: (replica, { space }) => replica.write(space, (tx) => tx.notes.create({ title: "one" })) } },
      invariants: { "there are no notes": ({ rows, where }) => rows.notes.length === 0 || where },
    });
    const app = openTestApp(workload);
    const [plan] = plans(app, 1) as [Plan];
    const { failures } = await simulate({ ...plan, faults: [] }, { sqlite, app });
    expect(failures[0]).toMatchObject({
      checker: "invariant",
      detail: expect.stringContaining('"there are no notes" does not hold on r0'),
    });
  });

  it("[SIM66] whose operation throws what is not the device's refusal has a defect", { timeout: 60_000 }, async () => {
    const broken = { run: () => Promise.reject(new TypeError("of the app")) };
    const app = openTestApp(defineWorkload({ ...common, operations: { broken } }));
    const [plan] = plans(app, 1) as [Plan];
    const { failures } = await simulate(plan, { sqlite, app });
    expect(failures[0]?.detail).toContain("TypeError: of the app");
  });
});

describe("kinds of faults", () => {
  const drawn = Array.from({ length: 60 }, (_, seed) => drawPlan(seed, { devices: 3 }));

  it("[SIM69] that were not asked for are in no plan, and all that can be drawn have a name", () => {
    const types = (some: readonly string[]): ReadonlySet<string> =>
      new Set(drawn.flatMap((plan) => keepFaults(plan, new Set(some)).faults.map(({ type }) => type)));
    expect([...types([])]).toEqual([]);
    expect([...types(["clock"])].sort()).toEqual(["clock-jump", "clock-run"]);
    expect(types(["kill"])).toContain("die");
    for (const plan of drawn) {
      const none = keepFaults(plan, new Set());
      expect(none.config.network).toMatchObject({ cutPerMessage: 0, swallowPerMessage: 0, unreachablePerConnection: 0 });
      expect(none.config).toMatchObject({ limits: {} });
      expect([none.config.server, none.config.lost]).toEqual([undefined, undefined]);
      for (const fault of keepFaults(plan, new Set(["kill", "disk"])).faults) if ("power" in fault) expect(fault.power).toBe(false);
      expect(keepFaults(plan, undefined)).toBe(plan);
    }
    const all = types(faultGroups);
    const people = new Set(drawn.flatMap((plan) => (plan.config.people === undefined ? [] : plan.faults.map(({ type }) => type))));
    const swarm = new Set(drawn.filter((plan) => plan.config.people === undefined).flatMap((plan) => plan.faults.map(({ type }) => type)));
    expect([...swarm].filter((type) => !all.has(type) && !people.has(type))).toEqual([]);
  });
});
