import { expect, test } from "vitest";
import type { Value } from "../base/value.ts";
import { emptyVector, type VersionVector } from "../causality/version-vector.ts";
import type { Origin } from "./lattice.ts";
import { createReplica, historyReplicaId, latticeModel, receive, writeAt } from "./reference/history.ts";
import { checkConvergence, checkJoin, checkTwin } from "./reference/laws.ts";
import { setTwin } from "./reference/twins.ts";
import { type SetDelta, type SetState, setLattice } from "./set.ts";

const elements: readonly Value[] = ["a", "b", "👩‍👩‍👧", 1, 1n];
const model = latticeModel(setLattice, (_state, pick) => {
  const values = [elements[pick % 5] as Value, elements[(pick >> 3) % 5] as Value].slice(0, 1 + ((pick >> 6) % 2));
  return { type: (pick >> 8) % 5 < 3 ? "set-add" : "set-delete", values };
});
const a = historyReplicaId(0);
const b = historyReplicaId(1);
const c = historyReplicaId(2);

function write(replica: typeof a, counter: number, context: VersionVector = emptyVector): Origin {
  return { dot: { replica, counter }, lamport: counter, context, sequence: undefined };
}

function plan(state: SetState | undefined, type: "set-add" | "set-delete", values: readonly Value[], replica = a): SetDelta | undefined {
  const planned = setLattice.plan(state, { type, values }, { ...write(replica, 1), textSession: 1 });
  return planned.ok ? planned.delta : undefined;
}

function add(state: SetState | undefined, values: readonly Value[], origin: Origin): SetState {
  return setLattice.apply(state, { added: values, removed: [] }, origin).state;
}

test("[SET1] any order with duplicates gives one state", () => checkConvergence(model, { numRuns: 500 }));

test("[SET1] join is commutative, associative and idempotent, and agrees with applying", () => checkJoin(model, { numRuns: 500 }));

test("[SET2] an element is there while an add stands that no later writer had seen and removed", () => {
  checkTwin(model, (operations) => setTwin(operations.map(({ op, origin }) => ({ op: setLattice.decodeDelta(op), origin }))), {
    numRuns: 500,
  });
});

test("[SET2] an add survives a remove that has not seen it", () => {
  const shared = add(undefined, ["x"], write(a, 1));
  const removal = plan(shared, "set-delete", ["x"], b) as SetDelta;
  const added = add(shared, ["x"], write(a, 2, new Map([[a, 1]])));
  const met = setLattice.apply(added, removal, write(b, 1, new Map([[a, 1]])));
  expect(setLattice.view(met.state, undefined)).toEqual(["x"]);
  expect(met.concurrent).toBe(true);
});

test("[SET3][T23] a delta claims what it observed of its own elements: live ones elsewhere stay", () => {
  // b has seen a's add of "milk" and adds "bread"; c gets b's operation first. Were b's whole vector the delta's context,
  // c would take a's add of "milk", when it comes, for one that b had removed.
  const atB = add(undefined, ["milk"], write(a, 1));
  const bread = plan(atB, "set-add", ["bread"], b) as SetDelta;
  expect(bread).toEqual({ added: ["bread"], removed: [] });
  const context = new Map([[a, 1]]);
  let atC = setLattice.apply(undefined, bread, write(b, 1, context)).state;
  atC = add(atC, ["milk"], write(a, 1));
  expect(setLattice.view(atC, undefined)).toEqual(["milk", "bread"].sort((x, y) => x.length - y.length));
  // The same, where c had "milk" before.
  const kept = setLattice.apply(add(undefined, ["milk"], write(a, 1)), bread, write(b, 1, context)).state;
  expect(kept).toEqual(atC);
});

test("[SET3][T23] removing one of two elements that one operation added leaves the other, in any order", () => {
  const both = add(undefined, ["x", "y"], write(a, 1));
  const removal = plan(both, "set-delete", ["x"], b) as SetDelta;
  const origin = write(b, 1, new Map([[a, 1]]));
  const after = setLattice.apply(both, removal, origin).state;
  expect(setLattice.view(after, undefined)).toEqual(["y"]);
  const early = setLattice.apply(undefined, removal, origin).state;
  expect(add(early, ["x", "y"], write(a, 1))).toEqual(after);
});

test("[SET4][T7] a removal of a dot outside its operation's context does nothing", () => {
  const held = add(undefined, ["x"], write(a, 5));
  const lie: SetDelta = { added: [], removed: [{ value: "x", dots: [{ replica: a, counter: 5 }] }] };
  expect(setLattice.view(setLattice.apply(held, lie, write(b, 1, new Map([[a, 4]]))).state, undefined)).toEqual(["x"]);
  expect(setLattice.view(setLattice.apply(held, lie, write(b, 1, new Map([[a, 5]]))).state, undefined)).toEqual([]);
});

test("[SET5] adding again replaces the adds that the writer has observed, so an element's dots stay few", () => {
  const replica = createReplica<SetState, Uint8Array>(a);
  const other = createReplica<SetState, Uint8Array>(b);
  for (let i = 0; i < 20; i++) {
    const written = writeAt(model, i % 2 === 0 ? replica : other, 0, 0);
    if (written !== undefined) receive(model, i % 2 === 0 ? other : replica, written);
  }
  expect([...(replica.state?.elements.values() ?? [])].map((element) => element.dots.length)).toEqual([1]);
});

test("[SET5] what was removed leaves nothing behind once its adds have been seen", () => {
  let state = add(undefined, ["x"], write(a, 1));
  state = setLattice.apply(state, plan(state, "set-delete", ["x"], b) as SetDelta, write(b, 1, new Map([[a, 1]]))).state;
  expect(state).toEqual({
    seen: new Map([
      [a, 1],
      [b, 1],
    ]),
    elements: new Map(),
  });
});

test("[SET5] a remove that came before the add it removes waits for it, and then goes", () => {
  const removal: SetDelta = { added: [], removed: [{ value: "x", dots: [{ replica: a, counter: 1 }] }] };
  const early = setLattice.apply(undefined, removal, write(c, 1, new Map([[a, 1]]))).state;
  expect(early.elements.size).toBe(1);
  expect(add(early, ["x"], write(a, 1)).elements.size).toBe(0);
});

test("[SET6][T19][T20] elements are told apart by kind, and the view has one order everywhere", () => {
  const values: readonly Value[] = ["__proto__", "👍🏽", "👍", 1, 1n, { __proto__: null, a: 1 }, new Uint8Array([1])];
  const forwards = values.reduce(
    (state: SetState | undefined, value, i) => add(state, [value], write(a, i + 1, new Map([[a, i]]))),
    undefined,
  );
  const state = [...values]
    .reverse()
    .reduce((held: SetState | undefined, value, i) => add(held, [value], write(b, i + 1, new Map([[b, i]]))), undefined);
  expect(setLattice.view(forwards, undefined)).toHaveLength(7);
  expect(setLattice.view(state, undefined)).toEqual(setLattice.view(forwards, undefined));
});

test("[SET7] removing what is not there is no operation; another kind's change is refused", () => {
  expect(plan(undefined, "set-delete", ["x"])).toBe(undefined);
  expect(setLattice.plan(undefined, { type: "assign", value: 1 }, { ...write(a, 1), textSession: 1 })).toMatchObject({
    ok: false,
    code: "wrong-kind",
  });
});
