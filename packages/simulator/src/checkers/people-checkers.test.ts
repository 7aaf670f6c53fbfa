/** The checkers of what people do are shown one world that is well and one that is not. */
import type { SqlitePort } from "@holdfast/core/engine";
import { describe, expect, it } from "vitest";
import { writeMark } from "../people/marks.ts";
import type { PlannedOperation } from "../plan/plan.ts";
import { emptyView } from "../workload/empty-view.ts";
import { keptValues } from "../workload/odd-values.ts";
import { Oracle } from "../workload/oracle.ts";
import type { Board, Entry, SpaceView } from "../workload/space-view.ts";
import { checkCausalOrder } from "./causal-order.ts";
import type { EndingOfSpace, Reading } from "./checker.ts";
import { checkClaims } from "./claims.ts";
import { checkConflictLog } from "./conflict-log.ts";
import { checkDeletions } from "./deletions.ts";
import { checkForeignBytes } from "./foreign-bytes.ts";
import { checkKnowingReplacement } from "./knowing-replacement.ts";
import { checkLostRows } from "./lost-rows.ts";
import { checkOddValues } from "./odd-values.ts";
import { checkOwnRequests } from "./own-requests.ts";
import { checkPresentStatus } from "./present-status.ts";
import { checkPrincipalBinding } from "./principal-binding.ts";
import { checkWholeReading } from "./whole-transactions.ts";

const plain: Entry = { effect: "count", target: "t", amount: 0, saw: [], of: "", remark: "" };
const bare: Board = { title: "", tags: [], steps: [], moves: [], typed: [], size: "", color: "" };

function entries(all: Readonly<Record<string, Partial<Entry>>>): SpaceView["entries"] {
  return new Map(Object.entries(all).map(([id, entry]) => [id, { ...plain, ...entry }]));
}

function reading(view: Partial<SpaceView>, change: Partial<Reading> = {}): Reading {
  const memory = new Oracle().memoryOf("device-0");
  const parts = {
    device: "device-0",
    space: 0,
    memory,
    pending: 0,
    sawOf: () => undefined,
    lostSeenBy: () => [],
    recordsAtR0: () => new Set<string>(),
    passedAtR0: () => new Set<string>(),
  };
  return { ...parts, view: { ...emptyView, ...view }, ...change };
}

function plannedOf(id: string, effect: string): PlannedOperation {
  return { id, atMs: 0, device: 0, space: 0, effect, target: "t", amount: 0 };
}

function ending(view: Partial<SpaceView>, oracle = new Oracle(), keepsLogs = true): EndingOfSpace {
  const shown = { ...emptyView, ...view };
  return { space: 0, oracle, keepsLogs, endings: [{ device: "device-0", space: 0, view: shown, digest: "x", digestAtR0: "x" }] };
}

describe("the checkers of what people do", () => {
  it("[SIM45] find a write that is shown without what its writer had seen, unless r0 does not hold that", () => {
    const saw = { sawOf: (id: string) => (id === "b" ? new Set(["a"]) : undefined) };
    const both = entries({ a: {}, b: {} });
    expect(checkCausalOrder(reading({ entries: both }, saw))).toEqual([]);
    const later = entries({ b: {} });
    expect(checkCausalOrder(reading({ entries: later }, { ...saw, passedAtR0: () => new Set(["a", "b"]) }))).toHaveLength(1);
    expect(checkCausalOrder(reading({ entries: later }, saw))).toEqual([]);
  });

  it("[SIM45] find a register that shows what somebody had seen and replaced", () => {
    const titles = entries({ a: { effect: "rename" }, b: { effect: "rename", saw: ["a"] } });
    const shows = (title: string): SpaceView["boards"] => new Map([["t", { ...bare, title }]]);
    expect(checkKnowingReplacement(reading({ entries: titles, boards: shows("b") }))).toEqual([]);
    expect(checkKnowingReplacement(reading({ entries: titles, boards: shows("a") }))).toHaveLength(1);
    const concurrent = entries({ a: { effect: "rename" }, b: { effect: "rename" } });
    expect(checkKnowingReplacement(reading({ entries: concurrent, boards: shows("a") }))).toEqual([]);
  });

  it("[SIM46] find a record that is back without an edit that its deletion had not seen, and one that is gone in spite of it", () => {
    const done = entries({ a: { effect: "note" }, d: { effect: "unnote", saw: ["a"] } });
    const shows = (...edits: readonly string[]): SpaceView["notes"] => new Map([["t", edits]]);
    expect(checkDeletions(reading({ entries: done }))).toEqual([]);
    expect(checkDeletions(reading({ entries: done, notes: shows("a") }))).not.toEqual([]);
    const revived = new Map([...done, ...entries({ b: { effect: "note" } })]);
    expect(checkDeletions(reading({ entries: revived, notes: shows("a", "b") }))).toEqual([]);
    expect(checkDeletions(reading({ entries: revived }))).toHaveLength(1);
    expect(checkDeletions(reading({ entries: revived, notes: shows("b", "c") }))).toHaveLength(1);
  });

  it("[SIM46][F26] miss no edit that was deleted when the record was made anew, though the deletion is gone with r0's disk", () => {
    const done = entries({ a: { effect: "note" }, b: { effect: "note" }, c: { effect: "note" } });
    const lost = { operation: plannedOf("d", "unnote"), saw: new Set(["a"]) };
    const judge = (sawOfB: readonly string[], shown: readonly string[], gone = lost, more: SpaceView["entries"] = new Map()) => {
      const sawOf = (id: string) => new Set(id === "b" ? sawOfB : []);
      const lostSeenBy = (id: string) => (sawOf(id).has("d") ? [gone] : []);
      return checkDeletions(reading({ entries: new Map([...done, ...more]), notes: new Map([["t", shown]]) }, { sawOf, lostSeenBy }));
    };
    expect(judge(["a", "d"], ["b", "c"])).toEqual([]);
    // What the deletion had not seen is not taken by it; nor is anything by who had not seen the deletion, or found the record back.
    expect(judge(["a", "d"], ["b"])).toHaveLength(1);
    expect(judge(["a"], ["b", "c"])).toHaveLength(1);
    expect(judge(["a", "c", "d"], ["b", "c"])).toHaveLength(1);
    const kept = entries({ k: { effect: "unnote", saw: ["c"] } });
    expect(judge(["a", "c", "d", "k"], ["b"], lost, kept)).toEqual([]);
    expect(judge(["a", "d"], ["b", "c"], { ...lost, operation: { ...lost.operation, target: "u" } })).toHaveLength(1);
    expect(judge(["a", "d"], ["b", "c"], { ...lost, operation: plannedOf("d", "note") })).toHaveLength(1);
  });

  it("[SIM46] find an element, an item or a span that a removal had not seen and took, or had seen and left", () => {
    const judge = (done: Readonly<Record<string, Partial<Entry>>>, board: Partial<Board>) =>
      checkWholeReading(reading({ entries: entries(done), boards: new Map([["t", { ...bare, ...board }]]) }));
    const tagged = { a: { effect: "tag" }, r: { effect: "retag", of: "a", saw: ["a"] }, u: { effect: "untag", of: "a", saw: ["a"] } };
    const moves = ["tag a~r"];
    expect(judge(tagged, { tags: ["a"], moves })).toEqual([]);
    expect(judge(tagged, { moves })).toHaveLength(1);
    expect(judge({ ...tagged, u: { ...tagged.u, saw: ["a", "r"] } }, { tags: ["a"], moves })).toHaveLength(1);
    const listed = { s: { effect: "step" }, m: { effect: "move", of: "s" }, u: { effect: "unstep", of: "s" } };
    expect(judge(listed, { steps: ["s"], moves: ["s~m"] })).toEqual([]);
    expect(judge(listed, { moves: ["s~m"] })).toHaveLength(1);
    expect(judge(listed, { steps: ["s", "s"], moves: ["s~m"] })).toHaveLength(1);
    const typed = { a: { effect: "type" }, b: { effect: "type" }, u: { effect: "untype", of: "a" } };
    expect(judge(typed, { typed: ["b"] })).toEqual([]);
    expect(judge(typed, { typed: ["a", "b"] })).toHaveLength(1);
    // What was typed into letters that r0 has lost, and that nobody keeps, has no place.
    const lost = { entries: entries({ b: { effect: "type" } }), boards: new Map([["t", bare]]) };
    expect(checkWholeReading(reading(lost))).toHaveLength(1);
    const typedInto = { operation: plannedOf("a", "type"), saw: new Set<string>() };
    expect(checkWholeReading(reading(lost, { lostSeenBy: (id) => (id === "b" ? [typedInto] : []) }))).toEqual([]);
  });

  it("[SIM47] find a seat that is granted twice, to nobody's request, or after a refusal", () => {
    const oracle = new Oracle();
    const claim = (id: string): PlannedOperation => ({ id, atMs: 0, device: 0, space: 0, effect: "claim", target: "1", amount: 1 });
    for (const id of ["a", "b"]) oracle.tried.set(id, claim(id));
    oracle.answers.set("a", "confirmed");
    oracle.answers.set("b", "refused");
    const granted = { seats: new Map([["1", "a"]]), claims: new Map([["a", "1"]]) };
    expect(checkClaims(ending(granted, oracle))).toEqual([]);
    expect(checkClaims(ending({ ...granted, claims: new Map([...granted.claims, ["b", "1"]]) }, oracle)).length).toBeGreaterThan(1);
    expect(checkClaims(ending({}, oracle))).toHaveLength(1);
    expect(checkClaims(ending({ ...granted, seats: new Map([["1", "c"]]) }, oracle))).toHaveLength(2);
  });

  it("[SIM48] find a loser that is in no conflict log, where nothing takes one out", () => {
    const lost = entries({ a: { effect: "rename" }, b: { effect: "rename" } });
    const boards = new Map([["t", { ...bare, title: "b" }]]);
    const logged = { entries: lost, boards, conflicts: () => [{ collection: "boards", record: "t", field: "title", value: "a" }] };
    expect(checkConflictLog(ending(logged))).toEqual([]);
    expect(checkConflictLog(ending({ ...logged, conflicts: () => [] }))).toHaveLength(1);
    expect(checkConflictLog(ending({ ...logged, conflicts: () => [] }, new Oracle(), false))).toEqual([]);
    const knowing = new Map([...lost, ...entries({ c: { effect: "rename", saw: ["a"] } })]);
    expect(checkConflictLog(ending({ ...logged, entries: knowing, conflicts: () => [] }))).toHaveLength(1);
  });

  it("[SIM48] find an item's edit that lost and is in no conflict log, unless it was replaced knowingly or somebody removed the item", () => {
    const revised = { s: { effect: "step" }, a: { effect: "revise", of: "s" }, b: { effect: "revise", of: "s" } };
    const boards = new Map([["t", { ...bare, steps: ["s~b"] }]]);
    const logged = { boards, conflicts: () => [{ collection: "boards", record: "t", field: "steps", value: "s~a" }] };
    expect(checkConflictLog(ending({ ...logged, entries: entries(revised) }))).toEqual([]);
    const silent = { boards, conflicts: () => [] };
    expect(checkConflictLog(ending({ ...silent, entries: entries(revised) }))).toHaveLength(1);
    expect(checkConflictLog(ending({ ...silent, entries: entries({ ...revised, b: { ...revised.b, saw: ["a"] } }) }))).toEqual([]);
    expect(checkConflictLog(ending({ ...silent, entries: entries({ ...revised, u: { effect: "unstep", of: "s" } }) }))).toEqual([]);
  });

  it("[SIM49][T12] find rows of a space that may not be read any more", () => {
    const rows: Record<string, number> = { _dead_letters: 3, entries: 0 };
    const port = {
      all: (sql: string) => {
        if (sql.includes("sqlite_master")) return Object.keys(rows).map((name) => ({ name }));
        if (sql.includes("_log")) return [{ bytes: new TextEncoder().encode("void") }];
        return [{ n: rows[/"(\w+)"/.exec(sql)?.[1] ?? ""] ?? 0 }];
      },
    } as unknown as SqlitePort;
    const lost = { device: "device-0", port, space: "space-0" };
    expect(checkLostRows(lost)).toEqual([]);
    rows["entries"] = 1;
    expect(checkLostRows(lost)).toHaveLength(1);
  });

  it("[SIM50] find another's bytes, wherever they lie", () => {
    const mark = writeMark({ user: "user-1", space: "space-2", operation: "3-4" });
    const bytes = new TextEncoder().encode(`\u0000\u0001${mark}\u0002`);
    const of = (owner: string | undefined, entitled: boolean) =>
      checkForeignBytes({ what: "a page", owner, bytes, mayKnow: () => entitled });
    expect(of("user-1", false)).toEqual([]);
    expect(of("user-0", true)).toEqual([]);
    expect(of("user-0", false)).toHaveLength(1);
    expect(of(undefined, true)).toHaveLength(1);
  });

  it("[SIM51][T13] find a write that was sent under another principal", () => {
    const bytes = new TextEncoder().encode(writeMark({ user: "user-1", space: "space-0", operation: "3-4" }));
    const change = { space: "space-0", replica: "0123456789", bytes };
    expect(checkPrincipalBinding([{ ...change, principal: "user-1" }])).toEqual([]);
    expect(checkPrincipalBinding([{ ...change, principal: "user-0" }])).toHaveLength(1);
  });

  it("[SIM52][T19][T20] find a value that has changed on its way", () => {
    const odd = entries({ a: { effect: "odd", amount: 5 } });
    expect(checkOddValues(reading({ entries: odd, oddities: new Map([["a", keptValues[5]?.shown]]) }))).toEqual([]);
    expect(checkOddValues(reading({ entries: odd, oddities: new Map([["a", "other"]]) }))).toHaveLength(1);
    expect(checkOddValues(reading({ entries: odd }))).toHaveLength(1);
  });

  it("[SIM53][T17] find what an old app has written over", () => {
    const memo = entries({ m: { effect: "memo", remark: "remark of m" } });
    expect(checkWholeReading(reading({ entries: memo, memos: new Set(["m"]) }))).toEqual([]);
    expect(checkWholeReading(reading({ entries: memo }))).toHaveLength(1);
    expect(checkWholeReading(reading({ entries: entries({ m: { effect: "memo" } }), memos: new Set(["m"]) }))).toHaveLength(1);
    expect(checkWholeReading(reading({ entries: entries({ p: { effect: "paint" } }), boards: new Map([["t", bare]]) }))).toHaveLength(1);
    expect(checkWholeReading(reading({ entries: memo, memos: undefined }))).toEqual([]);
  });

  it("[SIM4][F24] in step is a statement about now: with a session, and as far as r0 was when it was last heard", () => {
    const space = { hasSynced: true, synced: true, cursorAge: 0, sequence: 3, pending: 0, access: "write", waitingFor: [] } as const;
    const says = (kind: "connected" | "connecting", synced: boolean, head: number) =>
      checkPresentStatus("device-0", { connection: { kind }, spaces: { a: { ...space, synced } } }, { of: () => head });
    expect(says("connected", true, 3)).toEqual([]);
    expect(says("connecting", false, 4)).toEqual([]);
    expect(says("connecting", true, 3)).toEqual(["device-0 says that a is in step, and is connecting"]);
    expect(says("connected", true, 4)).toEqual(["device-0 says that a is in step at 3, and has heard of 4"]);
  });

  it("[SIM45][F20] what a device has asked for is counted in what it shows, until it is refused", () => {
    const oracle = new Oracle();
    oracle.acknowledge("device-0", { id: "s", atMs: 0, device: 0, space: 0, effect: "spend", target: "", amount: 30 });
    const shows = (view: Partial<SpaceView>) => checkOwnRequests(reading(view, { memory: oracle.memoryOf("device-0") }));
    expect(shows({ credits: 70 })).toEqual([]);
    expect(shows({ credits: 70, receipts: new Map([["s", 30]]) })).toEqual([]);
    expect(shows({ credits: 100, letters: new Set(["s"]) })).toEqual([]);
    expect(shows({ credits: 100 })).toEqual(["device-0 shows 100 credits of 100, with 30 spent or asked for (s)"]);
  });
});
