import { expect, test } from "vitest";
import { defined } from "../base/assert.ts";
import type { Value } from "../base/value.ts";
import { emptyVector } from "../causality/version-vector.ts";
import type { Origin } from "./lattice.ts";
import { historyReplicaId, latticeModel } from "./reference/history.ts";
import { checkConvergence, checkJoin, checkTwin } from "./reference/laws.ts";
import { registerTwin } from "./reference/twins.ts";
import { registerLattice } from "./register.ts";

const model = latticeModel(registerLattice, (_state, pick) => ({ type: "assign", value: pick % 5 }));
const a = historyReplicaId(0);
const b = historyReplicaId(1);
const c = historyReplicaId(2);

function write(replica: typeof a, counter: number, lamport: number, context: ReadonlyMap<typeof a, number> = emptyVector): Origin {
  return { dot: { replica, counter }, lamport, context, sequence: undefined };
}

test("[REG1][T2] any order with duplicates gives one state", () => checkConvergence(model));

test("[REG1] join is commutative, associative and idempotent, and agrees with applying", () => checkJoin(model));

test("[REG2] the value is that of the highest stamp among all writes", () => {
  checkTwin(model, (operations) => registerTwin(operations.map(({ op, origin }) => ({ op: registerLattice.decodeDelta(op), origin }))));
});

test("[REG2][T1] merging never makes a stamp heavier: three writers end alike in every order", () => {
  // Taken literally (paper 5.2 and 5.3), the winner's version grows with each merge, and the third write loses or wins by its time of arrival.
  const writes: readonly (readonly [Value, Origin])[] = [
    ["x", write(a, 1, 1)],
    ["y", write(b, 1, 2)],
    ["z", write(c, 1, 2)],
  ];
  for (const order of ["012", "021", "102", "120", "201", "210"]) {
    const lifted = [...order].map((i) =>
      registerLattice.lift({ value: writes[Number(i)]?.[0] ?? null }, defined(writes[Number(i)], "a write")[1]),
    );
    const joined = lifted.reduce((left, right) => registerLattice.join(left, right));
    expect(joined).toEqual({ dot: { replica: c, counter: 1 }, lamport: 2, value: "z" });
  }
});

test("[REG3] a write that has seen the value replaces it without a conflict", () => {
  const first = registerLattice.apply(undefined, { value: "old" }, write(a, 1, 1)).state;
  const second = registerLattice.apply(first, { value: "new" }, write(b, 1, 2, new Map([[a, 1]])));
  expect(second).toEqual({ state: { dot: { replica: b, counter: 1 }, lamport: 2, value: "new" }, concurrent: false, losers: [] });
});

test("[REG3] of two concurrent writes the one that is not kept is the loser, whichever came first", () => {
  const loser = { dot: { replica: a, counter: 1 }, winner: { replica: b, counter: 1 }, value: "from a" };
  const atB = registerLattice.apply(registerLattice.lift({ value: "from b" }, write(b, 1, 1)), { value: "from a" }, write(a, 1, 1));
  const atA = registerLattice.apply(registerLattice.lift({ value: "from a" }, write(a, 1, 1)), { value: "from b" }, write(b, 1, 1));
  expect(atA).toEqual({ state: atB.state, concurrent: true, losers: [loser] });
  expect(atB.losers).toEqual([loser]);
});

test("[REG3] two concurrent writes of one value are a conflict that lost nothing", () => {
  const held = registerLattice.lift({ value: { n: [1n] } }, write(b, 1, 1));
  expect(registerLattice.apply(held, { value: { n: [1n] } }, write(a, 1, 1))).toMatchObject({ concurrent: true, losers: [] });
});

test("[REG2][T7] a stamp below what its author had seen loses visibly, and by apply as by join", () => {
  const held = registerLattice.lift({ value: "held" }, write(a, 1, 9));
  const low = write(b, 1, 3, new Map([[a, 1]]));
  const applied = registerLattice.apply(held, { value: "low" }, low);
  expect(applied.state).toEqual(registerLattice.join(held, registerLattice.lift({ value: "low" }, low)));
  expect(applied.losers).toEqual([{ dot: { replica: b, counter: 1 }, winner: { replica: a, counter: 1 }, value: "low" }]);
});

test("[REG4] nobody has written: the schema's value shows; every other change is of the wrong kind", () => {
  expect(registerLattice.view(undefined, "initial")).toBe("initial");
  expect(registerLattice.view(undefined, undefined)).toBe(null);
  expect(registerLattice.plan(undefined, { type: "increment", by: 1 }, { ...write(a, 1, 1), textSession: 1 })).toMatchObject({
    ok: false,
    code: "wrong-kind",
  });
});
