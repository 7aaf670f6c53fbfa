import { describe, expect, it } from "vitest";
import { calmNetwork, extremeLimits } from "./draw-config.ts";
import { faultTypes } from "./draw-faults.ts";
import { pairs } from "./draw-pairs.ts";
import { drawPlan } from "./draw-plan.ts";
import type { Plan } from "./plan.ts";

const plans: readonly Plan[] = Array.from({ length: 2_000 }, (_, index) => drawPlan(index + 1));
const share = (holds: (plan: Plan) => boolean): number => plans.filter(holds).length / plans.length;
const worldFaults = ({ faults }: Plan): readonly string[] =>
  faults.map(({ type }) => type).filter((type) => (faultTypes as readonly string[]).includes(type));

describe("the swarm", () => {
  it("[SIM43] one run in twenty is without faults, one in twenty has its knobs at their extremes, a fifth is about a pair", () => {
    const shares = {
      calm: share((plan) => worldFaults(plan).length === 0 && plan.config.network === calmNetwork),
      extreme: share(({ config }) => config.limits === extremeLimits),
      pair: share(({ faults }) => faults.some(({ id }) => id.startsWith("pair-"))),
    };
    for (const [kind, expected] of Object.entries({ calm: 0.05, extreme: 0.05, pair: 0.2 })) {
      const found = shares[kind as keyof typeof shares];
      expect(Math.abs(found - expected), `${kind}: ${found}`).toBeLessThan(expected * 0.4);
    }
  });

  it("[SIM43] each kind of fault is in some half of the runs that are about none in particular", () => {
    const undirected = plans.filter(
      ({ faults, config }) => !faults.some(({ id }) => id.startsWith("pair-")) && config.network !== calmNetwork,
    );
    for (const type of faultTypes) {
      const found = undirected.filter((plan) => worldFaults(plan).includes(type)).length / undirected.length;
      expect(found, type).toBeGreaterThan(0.4);
      expect(found, type).toBeLessThan(0.6);
    }
  });

  it("[SIM43] every pair is drawn, and every fault lies within its run", () => {
    const first = new Set(plans.flatMap(({ faults }) => faults.filter(({ id }) => id.startsWith("pair-")).map(({ type }) => type)));
    expect(first.size).toBeGreaterThanOrEqual(Object.keys(pairs).length);
    for (const { faults, config } of plans)
      for (const { atMs, id } of faults) expect(atMs >= 0 && atMs <= config.durationMs, `${id} at ${atMs}`).toBe(true);
  });

  it("[SIM43] a fault that is asked for is always in, and a drawn plan is JSON", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const plan = drawPlan(seed, { bias: ["restore-server", "clock-run"] });
      expect(worldFaults(plan)).toEqual(expect.arrayContaining(["restore-server", "clock-run"]));
      expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    }
  });

  it("[SIM82] in some of the runs somebody labels the account from which they have just asked for credits", () => {
    const labelled = plans.filter(({ operations }) => operations.some(({ effect }) => effect === "label"));
    expect(labelled.length / plans.length).toBeGreaterThan(0.15);
    for (const { operations } of labelled)
      for (const { device, atMs } of operations.filter(({ effect }) => effect === "label")) {
        const asked = operations.filter((each) => each.effect === "spend" && each.device === device && Math.abs(each.atMs - atMs) <= 50);
        expect(asked.length).toBeGreaterThan(0);
      }
  });

  it("[SIM77] in some of the runs with several devices two of them edit one item at the same moment, more than once", () => {
    const met = plans.filter(({ operations }) => operations.some(({ id }) => id.startsWith("meeting-")));
    expect(met.length / plans.filter(({ config }) => config.devices > 1).length).toBeGreaterThan(0.15);
    for (const { operations, config } of met) {
      const edits = operations.filter(({ id, effect }) => id.startsWith("meeting-") && effect === "revise");
      expect(edits).toHaveLength(4);
      expect(new Set(edits.map(({ device }) => device)).size).toBe(2);
      expect(new Set(edits.map(({ atMs }) => atMs)).size).toBeLessThanOrEqual(2);
      expect(new Set(edits.map(({ space, target }) => `${space}/${target}`)).size).toBe(1);
      for (const { atMs } of edits) expect(atMs).toBeLessThanOrEqual(config.durationMs);
    }
  });

  it("[SIM43] some devices of some runs never come back, and never all of them", () => {
    expect(share(({ config }) => (config.lost ?? []).length > 0)).toBeGreaterThan(0.05);
    for (const { config } of plans) expect((config.lost ?? []).length).toBeLessThan(config.devices);
  });
});
