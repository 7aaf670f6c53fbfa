import { describe, expect, it } from "vitest";
import { calmNetwork } from "../plan/draw-plan.ts";
import type { Plan, PlannedFault, PlannedOperation } from "../plan/plan.ts";
import type { Point } from "../points/points.ts";
import { Refusals } from "./refusals.ts";

const operation: PlannedOperation = { id: "1-1", atMs: 0, device: 0, space: 0, effect: "size", target: "0", amount: 1 };
const told = (code: string, id = "1-1") => ({ operation: { ...operation, id }, user: "ann", code });

interface World {
  readonly cut?: number;
  readonly faults?: readonly PlannedFault[];
  readonly hasLost?: boolean;
}

/** The app's rules forbid what is `invalid-value`, and nothing else. */
function refusals({ cut = 0, faults = [], hasLost = false }: World = {}, points: Point[] = []): Refusals {
  const network = { ...calmNetwork, cutPerMessage: cut };
  const plan: Plan = { seed: 1, config: { devices: 1, spaces: 1, durationMs: 1, network, limits: {} }, operations: [operation], faults };
  return new Refusals({
    plan,
    mayBeRefused: ({ code }) => code === "invalid-value",
    hasLost: () => hasLost,
    sometimes: (point) => void points.push(point),
  });
}

describe("what may be refused", () => {
  it("[SIM93] is what the app forbids, and nothing else in a world that is well", () => {
    expect(refusals().isRight(told("invalid-value"))).toBe(true);
    for (const code of ["no-access", "malformed", "unknown-record", "collected", "depends-on-refused", "withdrawn", "withdrawn-elsewhere"])
      expect(refusals().isRight(told(code)), code).toBe(false);
  });

  it("[SIM93] is what builds on what r0 has lost or forgotten, and what is withdrawn where links are cut", () => {
    const points: Point[] = [];
    expect(refusals({ hasLost: true }, points).isRight(told("unknown-record"))).toBe(true);
    expect(points).toEqual(["a write is refused because r0 has lost what it builds on"]);
    expect(refusals({ hasLost: true }).isRight(told("collected"))).toBe(false);
    const compact: PlannedFault = { id: "compact-0", atMs: 0, type: "compact", space: 0, keep: 0 };
    expect(refusals({ faults: [compact] }).isRight(told("collected"))).toBe(true);
    expect(refusals({ faults: [compact] }).isRight(told("unknown-record"))).toBe(false);
    expect(refusals({ cut: 0.1 }).isRight(told("withdrawn"))).toBe(true);
    expect(refusals({ cut: 0.1 }).isRight(told("malformed"))).toBe(false);
  });

  it("[SIM93][T4] is withdrawn elsewhere where another copy was refused it, or withdrew it, with reason", () => {
    const one = refusals();
    one.heard(told("invalid-value"));
    expect(one.isRight(told("withdrawn-elsewhere"))).toBe(true);
    const cut = refusals({ cut: 0.1 });
    cut.heard(told("withdrawn"));
    expect(cut.isRight(told("withdrawn-elsewhere"))).toBe(true);
  });

  it("[SIM93][F10] is what builds on what was withdrawn with reason: the same record, and later", () => {
    const about = (id: string, atMs: number, record: Partial<PlannedOperation> = {}) => ({ ...operation, id, atMs, ...record });
    const depends = (dependent: PlannedOperation) => ({ operation: dependent, user: "ann", code: "depends-on-refused" });
    const cut = refusals({ cut: 0.1 });
    cut.heard({ operation: about("1-1", 10), user: "ann", code: "withdrawn" });
    expect(cut.isRight(depends(about("1-2", 20)))).toBe(true);
    for (const other of [about("1-3", 5), about("1-3", 20, { target: "1" }), about("1-3", 20, { space: 1 })])
      expect(cut.isRight(depends(other)), JSON.stringify(other)).toBe(false);
    expect(cut.isRight({ ...depends(about("1-2", 20)), code: "unknown-record" })).toBe(false);
    // Nothing is withdrawn with reason where no link is cut.
    const whole = refusals();
    whole.heard({ operation: about("1-1", 10), user: "ann", code: "withdrawn" });
    expect(whole.isRight(depends(about("1-2", 20)))).toBe(false);
  });

  it("[SIM93][T4] is not withdrawn elsewhere where no copy was refused it with reason, or another write was", () => {
    const without = refusals();
    for (const code of ["malformed", "withdrawn", "withdrawn-elsewhere"]) without.heard(told(code));
    expect(without.isRight(told("withdrawn-elsewhere"))).toBe(false);
    const other = refusals();
    other.heard(told("invalid-value", "1-2"));
    expect(other.isRight(told("withdrawn-elsewhere"))).toBe(false);
    // It is no reason for anything else.
    const one = refusals();
    one.heard(told("invalid-value"));
    for (const code of ["malformed", "no-access", "unknown-record"]) expect(one.isRight(told(code)), code).toBe(false);
  });
});
