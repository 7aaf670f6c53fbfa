/** Every checker of any app is shown one world that is well and one that is not. */
import { type AnySchema, collection, counter, defineSchema, list, register, set, text } from "@holdfast/core";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Reading } from "../../checkers/checker.ts";
import type { PlannedOperation } from "../../plan/plan.ts";
import { Oracle } from "../../workload/oracle.ts";
import { readHistory } from "../app-history.ts";
import type { AppView } from "../app-view.ts";
import type { AnyRow, Effect, Told, ToldTransaction } from "../told-transaction.ts";
import type { InvariantView } from "../workload.ts";
import { judgeInvariants } from "./invariants.ts";
import { checkHonest, checkSessions, checkWhole, type SoFar } from "./readings.ts";
import { judgeRefusals } from "./refusals.ts";
import { judgeSurvival } from "./survival.ts";

const schema = defineSchema({
  version: 1,
  collections: {
    notes: collection({ title: register(z.string(), ""), tags: set(z.string()), steps: list(z.string()), seen: counter(), body: text() }),
  },
});
const at = { collection: "notes", record: "n" };
const whole: readonly Effect[] = [
  { ...at, type: "create", fields: { title: "T" } },
  { ...at, type: "add", field: "tags", elements: ["a"] },
  { ...at, type: "insert", field: "steps", elements: ["x", "x"] },
  { ...at, type: "count", field: "seen", by: 3 },
  { ...at, type: "type", field: "body", text: "Milk" },
];
const row = { id: "n", title: "T", tags: ["a"], steps: ["x", "x"], seen: 3, body: "Milk" } as unknown as AnyRow;

function write(effects: readonly Effect[], change: Partial<ToldTransaction> = {}): ToldTransaction {
  return { type: "write", space: "s", effects, isAcknowledged: true, answer: { status: "confirmed" }, ...change };
}

function viewOf(...rows: readonly AnyRow[]): AppView {
  return { rows: new Map([["notes", new Map(rows.map((each) => [each.id, each]))]]), letters: [] };
}

function judge(told: Record<string, readonly ToldTransaction[]>, view: AppView, isServers = false): readonly string[] {
  const { oracle, all } = tell(told);
  const history = readHistory({ oracle, told: all, space: "s", letters: [], isReplayed: false });
  return judgeSurvival(schema.spec, history, view, () => isServers);
}

function tell(told: Record<string, readonly ToldTransaction[]>): { readonly oracle: Oracle; readonly all: Told } {
  const oracle = new Oracle();
  const all: Told = new Map(Object.entries(told));
  for (const [device, [id, own]] of Object.entries(told).entries()) {
    const operation: PlannedOperation = { id, atMs: 0, device, space: 0, effect: "write", target: "", amount: 1 };
    oracle.tried.set(id, operation);
    if (own.every(({ isAcknowledged }) => isAcknowledged)) oracle.acknowledge(`device-${device}`, operation);
  }
  return { oracle, all };
}

describe("what is checked of any app", () => {
  it("[SIM66] finds what was acknowledged and is lost, doubled or other, in every kind of field", () => {
    expect(judge({ a: [write(whole)] }, viewOf(row))).toEqual([]);
    expect(judge({ a: [write(whole)] }, viewOf())).toHaveLength(1);
    const wrong: readonly Partial<Record<string, unknown>>[] = [
      ...[{ title: "U" }, { tags: [] }, { tags: ["a", "b"] }, { steps: ["x"] }, { steps: ["x", "x", "x"] }],
      ...[{ seen: 6 }, { seen: 0 }, { body: "Mil" }, { body: "MilkMilk" }],
    ];
    for (const change of wrong)
      expect(judge({ a: [write(whole)] }, viewOf({ ...row, ...change } as AnyRow)), JSON.stringify(change)).toHaveLength(1);
    expect(judge({ a: [write(whole)] }, viewOf(row, { ...row, id: "nobody's" }))).toHaveLength(1);
  });

  it("[SIM66] allows either for what was begun and never acknowledged, and nothing of what was refused", () => {
    const begun = write(whole, { isAcknowledged: false, answer: undefined });
    expect(judge({ a: [begun] }, viewOf())).toEqual([]);
    expect(judge({ a: [begun] }, viewOf(row))).toEqual([]);
    const refused = write(whole, { answer: { status: "refused", code: "no" } });
    expect(judge({ a: [refused] }, viewOf())).toEqual([]);
    const other = write([{ ...at, type: "create", fields: {} }]);
    expect(judge({ a: [refused], b: [other] }, viewOf({ ...row, title: "", tags: [], steps: [], seen: 3, body: "" }))).toHaveLength(1);
  });

  it("[SIM66] takes deletions into account, and leaves alone what r0 writes itself", () => {
    const gone = write([...whole, { ...at, type: "delete" }]);
    expect(judge({ a: [gone] }, viewOf())).toEqual([]);
    expect(judge({ a: [gone] }, viewOf(row))).toHaveLength(1);
    expect(judge({ a: [gone], b: [write([{ ...at, type: "update", fields: { title: "T" } }])] }, viewOf(row))).toEqual([]);
    expect(judge({ a: [write(whole)] }, viewOf(), true)).toEqual([]);
  });

  it("[SIM66] holds every read to what was shown and acknowledged, whole, and to its own status", () => {
    const told = { a: [write([...whole, { collection: "notes", record: "m", type: "create", fields: {} }])] };
    const { oracle, all } = tell(told);
    const soFar: SoFar = {
      writesOf: (id) => all.get(id) ?? [],
      allWrites: () => told.a,
      isDeleted: () => false,
      isCreated: () => true,
      isServers: () => false,
    };
    const reading = (view: AppView, change: Partial<Reading<AppView>> = {}): Reading<AppView> => ({
      ...{ device: "device-0", space: 0, view, memory: oracle.memoryOf("device-0"), pending: 0 },
      ...{
        recordsAtR0: () => new Set(["n", "m"]),
        passedAtR0: () => new Set(["n", "m"]),
        sawOf: () => undefined,
        lostSeenBy: () => [],
        ...change,
      },
    });
    const both = viewOf(row, { ...row, id: "m" });
    for (const check of [checkSessions, checkWhole, checkHonest]) expect(check(soFar, reading(both))).toEqual([]);
    expect(checkSessions(soFar, reading(viewOf()))).toHaveLength(2);
    expect(checkWhole(soFar, reading(viewOf(row)))).toHaveLength(1);
    expect(checkHonest(soFar, reading(both, { recordsAtR0: () => new Set(["n"]) }))).toHaveLength(1);
    expect(checkHonest(soFar, reading(both, { recordsAtR0: () => new Set(["n"]), pending: 1 }))).toEqual([]);
    oracle.memoryOf("device-0").acknowledged.clear();
    oracle.memoryOf("device-0").seen.set(0, new Set(["notes/n"]));
    expect(checkSessions(soFar, reading(viewOf()))).toHaveLength(1);
  });

  it("[SIM66] finds a refusal that is no dead letter", () => {
    const { oracle, all } = tell({ a: [write(whole, { answer: { status: "refused", code: "no" } })] });
    expect(judgeRefusals(oracle, all, "s", [])).toHaveLength(1);
    const changes = [{ ...at, field: "", kind: "unknown", values: [] }] as const;
    const letter = { id: 1, space: "s", code: "no", reason: "", at: 0, payload: { type: "write", changes } } as const;
    expect(judgeRefusals(oracle, all, "s", [letter])).toEqual([]);
  });

  it("[SIM67] asks an app's own invariants, and takes one that throws for one that does not hold", () => {
    const source = { schema: schema.spec, rows: viewOf(row).rows, space: "s", where: "r0" };
    const invariants = {
      "at most five": ({ rows }: InvariantView<AnySchema>) => (rows["notes"]?.length ?? 0) <= 5,
      none: {
        always: true,
        holds: ({ rows }: InvariantView<AnySchema>) => rows["notes"]?.length === 0 || "one",
      },
      broken: () => {
        throw new Error("oh");
      },
    };
    expect(judgeInvariants({ schema, invariants }, "always", source)).toEqual(['"none" does not hold on r0, in s: one']);
    expect(judgeInvariants({ schema, invariants }, "all", source)).toEqual([
      '"none" does not hold on r0, in s: one',
      '"broken" does not hold on r0, in s: it throws oh',
    ]);
  });
});
