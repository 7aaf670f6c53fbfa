import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeSafely } from "../base/bytes.ts";
import type { Value } from "../base/value.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import type { Origin } from "./lattice.ts";
import type { FieldChange } from "./change.ts";
import { listItems, listLattice } from "./list.ts";
import { listLimits, restampListDelta } from "./list-delta.ts";
import { elementToKey, joinLists, keyToElement, type ListState } from "./list-state.ts";
import {
  createReplica,
  historyReplicaId,
  historySeed,
  type HistoryReplica,
  latticeModel,
  latticeToBytes,
  receive,
  writeAt,
  type Written,
} from "./reference/history.ts";
import { checkConvergence, checkJoin, checkTwin } from "./reference/laws.ts";
import { listTwin } from "./reference/list-twin.ts";
import { readWithTable } from "./replica-table.ts";

let made = 0;
const model = latticeModel(listLattice, pickChange);
type Replica = HistoryReplica<ListState, Uint8Array>;

function pickChange(state: ListState | undefined, pick: number): FieldChange {
  const { length } = listItems(state);
  const at = (pick >> 4) % (length + 1);
  const kind = pick % 8;
  const value = (made++ * 16 + (pick % 16)) % 10_000;
  if (length === 0 || kind < 3)
    return { type: "list-insert", at, values: Array.from({ length: 1 + ((pick >> 9) % 3) }, (_, i) => value + i / 8) };
  const there = at % length;
  if (kind === 3) return { type: "list-edit", at: there, value };
  if (kind < 6) return { type: "list-move", from: there, to: (pick >> 8) % length };
  return { type: "list-delete", at: there };
}

/** Each write is a change of its own; the model's pick is an index into it. */
function change(replica: Replica, asked: FieldChange): Written<Uint8Array> {
  const written = writeAt(
    latticeModel(listLattice, () => asked),
    replica,
    0,
    1,
  );
  if (written === undefined) throw new Error("nothing to change");
  return written;
}

function view(replica: Replica): Value {
  return listLattice.view(replica.state, undefined);
}

function replicas(count: number): Replica[] {
  return Array.from({ length: count }, (_, i) => createReplica<ListState, Uint8Array>(historyReplicaId(i)));
}

function meet(all: readonly Replica[]): void {
  for (const to of all) for (const from of all) for (const written of [...from.applied]) receive(model, to, written);
  for (const { state } of all) expect(listLattice.view(state, undefined)).toEqual(listLattice.view((all[0] as Replica).state, undefined));
}

const origin = { dot: { replica: historyReplicaId(0), counter: 1 }, lamport: 1, context: new Map(), sequence: undefined, textSession: 1 };

test("[LST1] any order with duplicates gives one state", () => checkConvergence(model, { numRuns: 400 }));

test("[LST1] join is commutative, associative and idempotent, and agrees with applying", () => checkJoin(model, { numRuns: 300 }));

test("[LST2] a list shows what its operations mean by definition", () => {
  checkTwin(model, (operations) => listTwin(operations.map(({ op, origin }) => ({ op: listLattice.decodeDelta(op), origin }))), {
    numRuns: 300,
  });
});

test("[LST2] the order that is carried on from operation to operation is the one that a whole walk gives", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(0xffff), { minLength: 1, maxLength: 60, size: "max" }), (picks) => {
      const [replica] = replicas(1) as [Replica];
      for (const pick of picks) {
        view(replica);
        writeAt(model, replica, pick, 1);
        expect(view(replica)).toEqual(listLattice.view({ ...(replica.state as ListState) }, undefined));
      }
    }),
    { seed: historySeed, numRuns: 200 },
  );
});

test("[LST2] the order is carried on rightly when parents and insertions come late", () => {
  const watched = {
    ...model,
    apply: (state: ListState | undefined, op: Uint8Array, at: Origin) => {
      listLattice.view(state, undefined);
      const after = model.apply(state, op, at);
      expect(listLattice.view(after, undefined)).toEqual(listLattice.view({ ...after }, undefined));
      return after;
    },
  };
  checkConvergence(watched, { numRuns: 200 });
});

test("[LST3] concurrent runs at one place, forwards or backwards, do not interleave", () => {
  const run = fc.record({ backwards: fc.boolean(), length: fc.integer({ min: 1, max: 6 }) });
  fc.assert(
    fc.property(fc.nat(3), fc.array(run, { minLength: 2, maxLength: 4 }), fc.nat(3), (before, runs, where) => {
      const all = replicas(runs.length);
      const first = all[0] as Replica;
      if (before > 0) change(first, { type: "list-insert", at: 0, values: Array.from({ length: before }, (_, i) => `base${i}`) });
      meet(all);
      const at = where % (before + 1);
      runs.forEach(({ backwards, length }, writer) => {
        for (let i = 0; i < length; i++)
          change(all[writer] as Replica, { type: "list-insert", at: backwards ? at : at + i, values: [`${writer}.${i}`] });
      });
      meet(all);
      const shown = (view(first) as string[]).filter((item) => !item.startsWith("base"));
      const expected = runs.map(({ backwards, length }, writer) => {
        const items = Array.from({ length }, (_, i) => `${writer}.${i}`);
        return (backwards ? items.reverse() : items).join();
      });
      expect(shown.join()).toBe(expected.join());
    }),
    { seed: historySeed, numRuns: 300 },
  );
});

test("[LST4][F65] concurrent moves of one item neither double nor lose it, and the later one stands", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(4), fc.nat(4)), { minLength: 2, maxLength: 12 }), (moves) => {
      const all = replicas(3);
      change(all[0] as Replica, { type: "list-insert", at: 0, values: ["a", "b", "c", "d", "e"] });
      meet(all);
      for (const [writer, from, to] of moves) if (from !== to) change(all[writer] as Replica, { type: "list-move", from, to });
      meet(all);
      expect([...(view(all[0] as Replica) as string[])].sort()).toEqual(["a", "b", "c", "d", "e"]);
    }),
    { seed: historySeed, numRuns: 300 },
  );
  const [a, b] = replicas(2) as [Replica, Replica];
  change(a, { type: "list-insert", at: 0, values: ["x", "y", "z"] });
  meet([a, b]);
  change(a, { type: "list-move", from: 0, to: 1 });
  const moved = change(b, { type: "list-move", from: 0, to: 2 });
  const met = listLattice.apply(a.state, listLattice.decodeDelta(moved.op), moved.origin);
  expect(listLattice.view(met.state, undefined)).toEqual(["y", "z", "x"]);
  expect(met).toMatchObject({ concurrent: true, losers: [] });
});

test("[LST4] a move gives an item the place that was asked for, by index or by key", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 8 }), fc.nat(7), fc.nat(7), fc.boolean(), (length, from, to, byKey) => {
      const [replica] = replicas(1) as [Replica];
      const values = Array.from({ length }, (_, i) => i);
      change(replica, { type: "list-insert", at: 0, values });
      if (from % length === to % length) return;
      const keys = listItems(replica.state).map(({ key }) => key);
      const place = (at: number) => (byKey ? (keys[at % length] as string) : at % length);
      change(replica, { type: "list-move", from: place(from), to: place(to) });
      const expected = [...values];
      expected.splice(to % length, 0, ...expected.splice(from % length, 1));
      expect(view(replica)).toEqual(expected);
    }),
    { seed: historySeed, numRuns: 200 },
  );
});

test("[LST5] of concurrent edits the higher stamp stands, and the other is reported with the item's key", () => {
  const [a, b] = replicas(2) as [Replica, Replica];
  change(a, { type: "list-insert", at: 0, values: ["milk"] });
  meet([a, b]);
  const key = listItems(a.state)[0]?.key;
  const first = change(a, { type: "list-edit", at: 0, value: "oat milk" });
  const second = change(b, { type: "list-edit", at: 0, value: "soy milk" });
  const atA = listLattice.apply(a.state, listLattice.decodeDelta(second.op), second.origin);
  const atB = listLattice.apply(b.state, listLattice.decodeDelta(first.op), first.origin);
  const loser = { dot: first.origin.dot, winner: second.origin.dot, value: "oat milk", item: key };
  expect(atA).toMatchObject({ concurrent: true, losers: [loser] });
  expect(atB).toMatchObject({ concurrent: true, losers: [loser] });
  expect(listLattice.view(atA.state, undefined)).toEqual(["soy milk"]);
  meet([a, b]);
  const third = change(a, { type: "list-edit", at: 0, value: "rice milk" });
  expect(listLattice.apply(b.state, listLattice.decodeDelta(third.op), third.origin)).toMatchObject({ concurrent: false, losers: [] });
});

test.each([
  ["edit", { type: "list-edit", at: 0, value: "kept" }, ["kept"]],
  ["move", { type: "list-move", from: 0, to: 1 }, ["other", "milk"]],
] as const)("[LST6] an item whose removal had not seen an %s is shown, in either order", (_, asked, shown) => {
  const [a, b] = replicas(2) as [Replica, Replica];
  change(a, { type: "list-insert", at: 0, values: asked.type === "list-move" ? ["milk", "other"] : ["milk"] });
  meet([a, b]);
  const kept = change(a, asked);
  const removed = change(b, { type: "list-delete", at: 0 });
  expect(listLattice.apply(a.state, listLattice.decodeDelta(removed.op), removed.origin).concurrent).toBe(true);
  expect(listLattice.apply(b.state, listLattice.decodeDelta(kept.op), kept.origin).concurrent).toBe(true);
  meet([a, b]);
  expect(view(a)).toEqual(shown);
  change(b, { type: "list-delete", at: shown.length - 1 });
  meet([a, b]);
  expect(view(a)).toEqual(shown.slice(0, -1));
});

test("[LST7][T7] a removal that claims to have seen what came after it removes nothing more", () => {
  const [a, b] = replicas(2) as [Replica, Replica];
  change(a, { type: "list-insert", at: 0, values: ["milk"] });
  meet([a, b]);
  const removed = change(b, { type: "list-delete", at: 0 });
  const honest = listLattice.decodeDelta(removed.op);
  const edited = change(a, { type: "list-edit", at: 0, value: "kept" });
  const lie = { ...honest, edited: { lamport: 2 ** 50, replica: historyReplicaId(3), counter: 1 } } as typeof honest;
  const state = listLattice.apply(
    listLattice.apply(b.state, lie, { ...removed.origin, dot: { ...removed.origin.dot, counter: 2 } }).state,
    listLattice.decodeDelta(edited.op),
    edited.origin,
  ).state;
  expect(listLattice.view(state, undefined)).toEqual(["kept"]);
});

test("[LST8] a place is an index or an item's key; any other is out of range, and nothing changes", () => {
  const [a] = replicas(1) as [Replica];
  change(a, { type: "list-insert", at: 0, values: ["x", "y"] });
  const keys = listItems(a.state).map(({ key }) => key);
  expect(keys.map((key) => elementToKey(keyToElement(key) as never))).toEqual(keys);
  change(a, { type: "list-insert", at: keys[1] as string, values: ["between"] });
  expect(view(a)).toEqual(["x", "between", "y"]);
  const places = [-1, 4, 1.5, Number.NaN, "", "no such key", `${"f".repeat(32)}:1:0`];
  for (const place of places)
    expect(listLattice.plan(a.state, { type: "list-insert", at: place, values: [1] }, origin)).toMatchObject({
      ok: false,
      code: "out-of-range",
    });
  for (const place of [...places, 3]) {
    for (const asked of [
      { type: "list-edit", at: place, value: 1 },
      { type: "list-delete", at: place },
      { type: "list-move", from: place, to: 0 },
      { type: "list-move", from: 0, to: place },
    ] as const) {
      expect(listLattice.plan(a.state, asked, origin)).toMatchObject({ ok: false, code: "out-of-range" });
    }
  }
  change(a, { type: "list-delete", at: keys[0] as string });
  expect(listLattice.plan(a.state, { type: "list-edit", at: keys[0] as string, value: 1 }, origin)).toMatchObject({
    ok: false,
    code: "out-of-range",
  });
  expect(listLattice.plan(a.state, { type: "increment", by: 1 }, origin)).toMatchObject({ ok: false, code: "wrong-kind" });
});

test("[LST9] a change that changes nothing makes no operation", () => {
  const [a] = replicas(1) as [Replica];
  change(a, { type: "list-insert", at: 0, values: ["x", "y"] });
  expect(listLattice.plan(a.state, { type: "list-insert", at: 1, values: [] }, origin)).toEqual({ ok: true, delta: undefined });
  expect(listLattice.plan(a.state, { type: "list-move", from: 1, to: 1 }, origin)).toEqual({ ok: true, delta: undefined });
});

test("[LST10] a list shows at most itemsMax items and keeps at most nodesMax places", () => {
  const [a] = replicas(1) as [Replica];
  change(a, { type: "list-insert", at: 0, values: Array.from({ length: listLimits.itemsMax }, (_, i) => i) });
  expect(listLattice.plan(a.state, { type: "list-insert", at: 5, values: [1] }, origin)).toMatchObject({ ok: false, code: "too-large" });
  let state = a.state as ListState;
  for (let counter = 2; state.nodes.length < listLimits.nodesMax; counter++) {
    const at = { ...origin, dot: { ...origin.dot, counter }, lamport: counter };
    state = joinLists(
      state,
      listLattice.lift(
        { type: "insert", place: { parent: undefined, side: "right" }, values: Array.from({ length: 10_000 }, () => 0) },
        at,
      ),
    );
  }
  const crowded: ListState = { nodes: state.nodes, items: state.items.slice(0, 2) };
  expect(listLattice.plan(crowded, { type: "list-insert", at: 0, values: [1] }, origin)).toMatchObject({ ok: false, code: "too-large" });
  expect(listLattice.plan(crowded, { type: "list-move", from: 0, to: 1 }, origin)).toMatchObject({ ok: false, code: "too-large" });
});

const perItemBytesMax = 8;
test.each([
  ["the front", () => 0],
  ["the end", (i: number) => i],
  ["the middle, alternately before and behind the last", (i: number) => Math.ceil(i / 2)],
] as const)("[LST11] 10,000 inserts at %s: few bytes an item, no recursion, and no walk of the whole list for each", (_, place) => {
  const [a] = replicas(1) as [Replica];
  // Walking all items at each insert takes longer than a test may: the carried order is what keeps this within it.
  const expected: number[] = [];
  for (let i = 0; i < 10_000; i++) {
    const at = place(i);
    change(a, { type: "list-insert", at, values: [i % 100] });
    expected.splice(at, 0, i % 100);
  }
  expect(view(a)).toEqual(expected);
  const bytes = latticeToBytes(listLattice, a.state as ListState);
  expect(bytes.length / 10_000).toBeLessThan(perItemBytesMax);
  for (const written of a.applied) expect(written.op.length).toBeLessThan(16);
  const { reader, table } = readWithTable(bytes);
  const read = listLattice.decodeState(reader, table);
  expect(listLattice.view(read, undefined)).toEqual(expected);
});

test("[LST11] a run of one operation costs its values and a few bytes", () => {
  const [a] = replicas(1) as [Replica];
  const values = Array.from({ length: 5_000 }, (_, i) => i % 100);
  const written = change(a, { type: "list-insert", at: 0, values });
  expect(latticeToBytes(listLattice, a.state as ListState).length - written.op.length).toBeLessThan(40);
});

test("[LST12] states and deltas survive their bytes, and equal states have equal bytes", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(0xffff), { minLength: 1, maxLength: 60, size: "max" }), (picks) => {
      const all = replicas(2);
      picks.forEach((pick, i) => {
        writeAt(model, all[i % 2] as Replica, pick, 1);
        if (pick % 5 === 0) meet(all);
      });
      for (const { state } of all) {
        if (state === undefined) continue;
        const bytes = latticeToBytes(listLattice, state);
        const { reader, table } = readWithTable(bytes);
        const read = listLattice.decodeState(reader, table);
        reader.end();
        expect(read).toEqual(state);
        expect(latticeToBytes(listLattice, read)).toEqual(bytes);
      }
    }),
    { seed: historySeed, numRuns: 100 },
  );
});

test("[LST12] so does a state that has heard of items before their insertion", () => {
  const [a] = replicas(1) as [Replica];
  change(a, { type: "list-insert", at: 0, values: ["x", "y"] });
  change(a, { type: "list-insert", at: 2, values: ["z"] });
  const edit = { type: "edit", item: { replica: undefined, counter: 1, index: 1 }, value: "Y" } as const;
  const lifted = listLattice.lift(edit, { ...origin, dot: { ...origin.dot, counter: 9 }, lamport: 9 });
  const early = joinLists(
    lifted,
    listLattice.lift(
      { type: "insert", place: { parent: undefined, side: "right" }, values: ["w"] },
      { ...origin, dot: { ...origin.dot, counter: 3 } },
    ),
  );
  const { reader, table } = readWithTable(latticeToBytes(listLattice, early));
  expect(listLattice.decodeState(reader, table)).toEqual(early);
});

test("[LST13] hostile bytes are a fault or a delta that applies, never a hang or a defect", () => {
  const [a] = replicas(1) as [Replica];
  for (let i = 0; i < 40; i++) writeAt(model, a, i * 977, 1);
  const state = a.state as ListState;
  const samples = [...a.applied.map(({ op }) => op), latticeToBytes(listLattice, state)];
  const huge = { dot: { replica: historyReplicaId(1), counter: 1 }, lamport: 99, context: a.vector, sequence: undefined };
  fc.assert(
    fc.property(
      fc.nat(samples.length - 1),
      fc.array(fc.tuple(fc.nat(500), fc.nat(255)), { maxLength: 4 }),
      fc.nat(3),
      (which, flips, cut) => {
        const bytes = (samples[which] as Uint8Array).slice();
        for (const [at, value] of flips) bytes[at % bytes.length] = value;
        const hostile = bytes.slice(0, bytes.length - cut);
        const delta = decodeSafely(() => listLattice.decodeDelta(hostile));
        if (delta.ok) listLattice.view(listLattice.apply(state, delta.value, huge).state, undefined);
        const read = decodeSafely(() => {
          const { reader, table } = readWithTable(hostile);
          return listLattice.decodeState(reader, table);
        });
        if (read.ok) listLattice.view(read.value, undefined);
      },
    ),
    { seed: historySeed, numRuns: 3_000 },
  );
  // A count that the bytes cannot hold.
  expect(decodeSafely(() => listLattice.decodeDelta(new Uint8Array([0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]))).ok).toBe(false);
  const many = listLattice.encodeDelta({
    type: "insert",
    place: { parent: undefined, side: "right" },
    values: Array.from({ length: listLimits.itemsMax + 1 }, () => 0),
  });
  expect(decodeSafely(() => listLattice.decodeDelta(many)).ok).toBe(false);
  // Two nodes, each the other's parent: nobody reaches them, and every walk ends.
  const circle = (counter: number, parent: number, replica: ReplicaId) =>
    listLattice.lift(
      { type: "insert", place: { parent: { replica, counter: parent, index: 0 }, side: "left" }, values: ["lost"] },
      { ...huge, dot: { replica, counter } },
    );
  const hostile = historyReplicaId(2);
  let circled = joinLists(joinLists(state, circle(1, 2, hostile)), circle(2, 1, hostile));
  expect(listLattice.view(circled, undefined)).toEqual(view(a));
  circled = joinLists(circled, circle(3, 1, hostile));
  expect(listLattice.view(circled, undefined)).toEqual(view(a));
});

test("[LST13][T11] what hangs on a place that is not here is shown at the root, and in its place once that has come", () => {
  const [a, b] = replicas(2) as [Replica, Replica];
  const items = (): readonly Value[] => listItems(a.state).map(({ value }) => value);
  change(a, { type: "list-insert", at: 0, values: ["own"] });
  const parent = change(b, { type: "list-insert", at: 0, values: ["parent"] });
  const first = listLattice.apply(a.state, listLattice.decodeDelta(change(b, { type: "list-insert", at: 1, values: ["x", "z"] }).op), {
    ...parent.origin,
    dot: { ...parent.origin.dot, counter: 2 },
    lamport: 2,
  });
  a.state = first.state;
  expect(items()).toEqual(["own", "x", "z"]);
  // What is written in between stands in between, and takes no order with it that the parent would not be in.
  change(a, { type: "list-insert", at: 2, values: ["y"] });
  expect(items()).toEqual(["own", "x", "y", "z"]);
  a.state = listLattice.apply(a.state, listLattice.decodeDelta(parent.op), parent.origin).state;
  expect(items()).toEqual(["own", "parent", "x", "y", "z"]);
  change(a, { type: "list-delete", at: 1 });
  expect(items()).toEqual(["own", "x", "y", "z"]);
});

test("[LST14][T4] a delta restamped for a new replica id names what it named before", () => {
  const [old] = replicas(1) as [Replica];
  const confirmed = change(old, { type: "list-insert", at: 0, values: ["a", "b"] });
  const before = old.state as ListState;
  const pending = [
    change(old, { type: "list-insert", at: 1, values: ["c"] }),
    change(old, { type: "list-move", from: 1, to: 2 }),
    change(old, { type: "list-edit", at: 0, value: "A" }),
  ];
  const renamed = historyReplicaId(5);
  const restamp = (own: { replica: ReplicaId; counter: number }) =>
    own.counter <= confirmed.origin.dot.counter ? own : { replica: renamed, counter: own.counter - 1 };
  let state = before;
  for (const { op, origin: was } of pending) {
    const delta = restampListDelta(listLattice.decodeDelta(op), old.id, renamed, restamp);
    state = listLattice.apply(state, listLattice.decodeDelta(listLattice.encodeDelta(delta)), { ...was, dot: restamp(was.dot) }).state;
  }
  expect(listLattice.view(state, undefined)).toEqual(view(old));
});
