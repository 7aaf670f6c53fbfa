import { describe, expect, it } from "vitest";
import { drawPlan } from "../plan/draw-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { capPause, capPauses, pausesOf } from "./moments.ts";

const orderOf = ({ operations, faults }: Plan): readonly string[] =>
  [...operations, ...faults]
    .map(({ id, atMs }, index) => ({ id, atMs, index }))
    .sort((one, other) => one.atMs - other.atMs || one.index - other.index)
    .map(({ id }) => id);

describe("moments that are moved together", () => {
  it("[SIM59] over the swarm's plans: no pause is longer, the order stays, and what was at once is at once", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const plan = drawPlan(seed);
      const short = capPauses(plan, 100);
      expect(Math.max(...pausesOf(short))).toBeLessThanOrEqual(100);
      expect(orderOf(short)).toEqual(orderOf(plan));
      expect(short.operations).toHaveLength(plan.operations.length);
      expect(short.config.durationMs).toBeLessThanOrEqual(plan.config.durationMs);
      for (const { atMs } of [...short.operations, ...short.faults]) expect(atMs).toBeLessThanOrEqual(short.config.durationMs);
    }
  });

  it("[SIM59] one pause alone", () => {
    const plan = drawPlan(1);
    const longest = pausesOf(plan).indexOf(Math.max(...pausesOf(plan)));
    const pauses = pausesOf(capPause(plan, longest, 7));
    expect(pauses[longest]).toBe(7);
    expect(pauses.filter((_, n) => n !== longest)).toEqual(pausesOf(plan).filter((_, n) => n !== longest));
  });
});
