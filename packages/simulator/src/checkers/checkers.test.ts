/** Every checker is shown one world that is well and one that is not: a checker that finds nothing is worth nothing. */
import { describe, expect, it } from "vitest";
import type { PlannedOperation } from "../plan/plan.ts";
import { Oracle } from "../workload/oracle.ts";
import { creditsGranted } from "../workload/schema.ts";
import { emptyView } from "../workload/empty-view.ts";
import type { Entry, SpaceView } from "../workload/space-view.ts";
import { checkBalance } from "./balance.ts";
import { checkCausalSpaces, SnapshotHeads } from "./causal-spaces.ts";
import type { Ending, EndingOfSpace, Reading } from "./checker.ts";
import { checkConvergence } from "./convergence.ts";
import { checkDeadLetters } from "./dead-letters.ts";
import { checkHonestStatus } from "./honest-status.ts";
import { checkSessionGuarantees } from "./session-guarantees.ts";
import { checkSurvival } from "./survival.ts";
import { checkWholeReading } from "./whole-transactions.ts";

const count: PlannedOperation = { id: "a", atMs: 0, device: 0, space: 0, effect: "count", target: "t", amount: 3 };
const entry: Entry = { effect: "count", target: "t", amount: 3, saw: [], of: "", remark: "" };
const whole: SpaceView = { ...emptyView, entries: new Map([["a", entry]]), totals: new Map([["t", 3]]), credits: creditsGranted };
const empty: SpaceView = { ...whole, entries: new Map(), totals: new Map() };

function oracleOf(...operations: readonly PlannedOperation[]): Oracle {
  const oracle = new Oracle();
  for (const operation of operations) {
    oracle.tried.set(operation.id, operation);
    oracle.acknowledge("device-0", operation);
  }
  return oracle;
}

function reading(view: SpaceView, change: Partial<Reading> = {}): Reading {
  const memory = oracleOf(count).memoryOf("device-0");
  return {
    device: "device-0",
    space: 0,
    view,
    memory,
    pending: 0,
    sawOf: () => undefined,
    lostSeenBy: () => [],
    recordsAtR0: () => new Set(["a"]),
    passedAtR0: () => new Set(["a"]),
    ...change,
  };
}

function ending(view: SpaceView, change: Partial<Ending> = {}, oracle = oracleOf(count)): EndingOfSpace {
  return { space: 0, oracle, keepsLogs: true, endings: [{ device: "device-0", space: 0, view, digest: "x", digestAtR0: "x", ...change }] };
}

describe("the checkers", () => {
  it("[SIM4][T11] find a transaction that is there in part, or twice", () => {
    expect(checkWholeReading(reading(whole))).toEqual([]);
    expect(checkWholeReading(reading({ ...whole, totals: new Map([["t", 6]]) }))).toHaveLength(1);
    expect(checkWholeReading(reading({ ...whole, totals: new Map() }))).toHaveLength(1);
    const board = { title: "", tags: ["b", "b"], steps: [], moves: [], typed: ["c"], size: "", color: "" };
    expect(checkWholeReading(reading({ ...whole, boards: new Map([["t", board]]) })).length).toBeGreaterThan(2);
  });

  it("[SIM4] find an own write that is not shown, and one that was shown and is gone", () => {
    expect(checkSessionGuarantees(reading(whole))).toEqual([]);
    expect(checkSessionGuarantees(reading(empty))).toHaveLength(1);
    const memory = { ...new Oracle().memoryOf("device-0"), seen: new Map([[0, new Set(["b"])]]) };
    expect(checkSessionGuarantees(reading(whole, { memory }))).toHaveLength(1);
  });

  it("[SIM4][F24] find a status that says more than is so", () => {
    expect(checkHonestStatus(reading(whole))).toEqual([]);
    expect(checkHonestStatus(reading(whole, { recordsAtR0: () => new Set() }))).toHaveLength(1);
    expect(checkHonestStatus(reading(whole, { recordsAtR0: () => new Set(), pending: 1 }))).toEqual([]);
  });

  it("[SIM4] find replicas that differ", () => {
    expect(checkConvergence(ending(whole))).toEqual([]);
    expect(checkConvergence(ending(whole, { digest: "y" }))).toHaveLength(1);
  });

  it("[SIM4] find an acknowledged write that is lost, but for what a backup took back, and one that nobody wrote", () => {
    expect(checkSurvival(ending(whole))).toEqual([]);
    expect(checkSurvival(ending(empty))).toHaveLength(1);
    expect(checkSurvival(ending({ ...empty, letters: new Set(["a"]) }))).toEqual([]);
    const restored = oracleOf(count);
    restored.putBack("device-0", new Oracle().backUp("device-0"));
    expect(checkSurvival(ending(empty, {}, restored))).toEqual([]);
    expect(checkSurvival(ending(whole, {}, oracleOf()))).toHaveLength(1);
  });

  it("[SIM4][T13] expect nothing of a backup that was taken while its user was leaving, and discarded all", () => {
    for (const leaves of [false, true]) {
      const oracle = oracleOf(count);
      if (leaves) oracle.leaves("device-0");
      const backup = oracle.backUp("device-0");
      oracle.forgive("device-0");
      oracle.putBack("device-0", backup);
      expect(checkSessionGuarantees(reading(empty, { memory: oracle.memoryOf("device-0") }))).toHaveLength(leaves ? 0 : 1);
    }
  });

  it("[SIM4][F22] find a refusal that is not among the dead letters, and one that is in the data", () => {
    const refused = oracleOf(count);
    refused.answers.set("a", "refused");
    expect(checkDeadLetters(ending({ ...empty, letters: new Set(["a"]) }, {}, refused))).toEqual([]);
    expect(checkDeadLetters(ending(empty, {}, refused))).toHaveLength(1);
    expect(checkDeadLetters(ending({ ...whole, letters: new Set(["a"]) }, {}, refused))).toHaveLength(1);
    refused.givenBack.add("a");
    expect(checkDeadLetters(ending(empty, {}, refused))).toEqual([]);
    const doubtful = { letters: new Set(["a"]), doubtful: new Set(["a"]) };
    expect(checkDeadLetters(ending({ ...whole, ...doubtful }, {}, oracleOf(count)))).toEqual([]);
    expect(checkDeadLetters(ending({ ...empty, ...doubtful }, {}, oracleOf(count)))).toEqual([]);
    const wentBack = (holders: readonly string[]): Oracle => {
      const oracle = oracleOf();
      for (const holder of holders) oracle.acknowledge(holder, count);
      oracle.r0WentBack(new Set(), undefined);
      return oracle;
    };
    const both = { ...whole, letters: new Set(["a"]) };
    expect(checkDeadLetters(ending(both, {}, wentBack(["device-0", "device-0-clone"])))).toEqual([]);
    expect(checkDeadLetters(ending(both, {}, wentBack(["device-0"])))).toHaveLength(1);
    for (const [holders, view, wrong] of [
      [["device-0", "device-0-clone"], whole, 0],
      [["device-0", "device-0-clone"], empty, 1],
      [["device-0"], whole, 1],
    ] as const) {
      const oracle = wentBack(holders);
      oracle.tried.set("a", count);
      oracle.answers.set("a", "refused");
      expect(checkDeadLetters(ending(view, {}, oracle))).toHaveLength(wrong);
    }
    const confirmed = oracleOf(count);
    confirmed.answers.set("a", "confirmed");
    expect(checkDeadLetters(ending(empty, {}, confirmed))).toHaveLength(1);
  });

  it("[SIM4][T13] expect no letter of what a lost access had refused, where a backup has it pending once more and r0 takes it", () => {
    for (const [code, wrong] of [
      ["no-access", 0],
      ["forbidden", 1],
    ] as const) {
      const oracle = oracleOf(count);
      oracle.tried.set("a", count);
      const backup = oracle.backUp("device-0");
      oracle.answer("a", "refused", code);
      // What was a letter by then is one when it comes back.
      const later = oracle.backUp("device-0");
      oracle.putBack("device-0", later);
      expect(checkDeadLetters(ending(whole, {}, oracle))).toHaveLength(1);
      oracle.putBack("device-0", backup);
      expect(checkDeadLetters(ending(whole, {}, oracle))).toHaveLength(wrong);
    }
  });

  it("[SIM4] find a balance that its receipts do not explain", () => {
    const spend: PlannedOperation = { ...count, id: "r", effect: "spend", amount: 40 };
    const spent = { ...whole, receipts: new Map([["r", 40]]), credits: creditsGranted - 40 };
    expect(checkBalance(ending(spent, {}, oracleOf(spend)))).toEqual([]);
    expect(checkBalance(ending({ ...spent, credits: creditsGranted - 80 }, {}, oracleOf(spend)))).toHaveLength(1);
    expect(checkBalance(ending(spent, {}, oracleOf()))).toHaveLength(1);
  });

  it("[SIM81] find a write that is shown without what its writer had of another space that is followed", () => {
    const shownIn = (space: number): ReadonlySet<string> | undefined => (space === 1 ? new Set(["b"]) : undefined);
    const check = (had: readonly (readonly [number, readonly string[]])[]): readonly string[] =>
      checkCausalSpaces({ device: "device-0", shown: ["a"], sawElsewhere: () => new Map(had), shownIn });
    expect(check([[1, ["b"]]])).toEqual([]);
    expect(check([[2, ["c"]]])).toEqual([]);
    expect(check([[1, ["b", "c"]]])).toHaveLength(1);
  });

  it("[SIM81] leave alone what a snapshot has brought", () => {
    const heads = new SnapshotHeads();
    const page = (type: "snapshot" | "changes", head: number) =>
      heads.hear({ event: { type: "message", message: { type: "page", space: "space-0", head, content: { type } } } } as never);
    page("snapshot", 3);
    page("changes", 7);
    expect([heads.of("space-0"), heads.of("space-1")]).toEqual([3, 0]);
  });
});
