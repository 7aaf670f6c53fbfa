import fc from "fast-check";
import { expect, test } from "vitest";
import { emptyVector } from "../causality/version-vector.ts";
import { type CounterState, counterLattice } from "./counter.ts";
import type { PlanOrigin } from "./lattice.ts";
import { historyReplicaId, historySeed, historySteps, latticeModel, runHistory } from "./reference/history.ts";
import { checkConvergence, checkJoin, checkTwin, deliver } from "./reference/laws.ts";
import { counterTwin } from "./reference/twins.ts";

const model = latticeModel(counterLattice, (_state, pick) => ({ type: "increment", by: (pick % 41) - 20 }));
const a = historyReplicaId(0);
const b = historyReplicaId(1);
const max = Number.MAX_SAFE_INTEGER;

function by(amount: number, state: CounterState | undefined, counter = 1): ReturnType<typeof counterLattice.plan> {
  const origin: PlanOrigin = { dot: { replica: a, counter }, lamport: 1, context: emptyVector, sequence: undefined, textSession: 1 };
  return counterLattice.plan(state, { type: "increment", by: amount }, origin);
}

test("[CNT1] any order with duplicates gives one state", () => checkConvergence(model));

test("[CNT1] join is commutative, associative and idempotent, and agrees with applying", () => checkJoin(model));

test("[CNT2][F58] the value is the sum of all increments", () => {
  checkTwin(model, (operations) => counterTwin(operations.map(({ op, origin }) => ({ op: counterLattice.decodeDelta(op), origin }))));
});

test("[CNT2][F58] an operation applied twice, or met again within a snapshot, counts once", () => {
  fc.assert(
    fc.property(historySteps(), ({ replicas, steps }) => {
      const history = runHistory(model, replicas, steps);
      const once = deliver(model, history.operations);
      let twice = once;
      for (const { op, origin } of history.operations) twice = model.apply(twice, op, origin);
      for (const { state } of history.replicas) if (state !== undefined && twice !== undefined) twice = model.join(twice, state);
      expect(twice).toEqual(once);
    }),
    { seed: historySeed, numRuns: 200 },
  );
});

test("[CNT3] a write that has not seen another replica's is concurrent, and nothing is lost", () => {
  const held: CounterState = new Map([[b, { up: 3, down: 0, counter: 4 }]]);
  const origin = { dot: { replica: a, counter: 1 }, lamport: 1, sequence: undefined };
  expect(counterLattice.apply(held, { up: 1, down: 0 }, { ...origin, context: new Map([[b, 3]]) })).toMatchObject({
    concurrent: true,
    losers: [],
  });
  expect(counterLattice.apply(held, { up: 1, down: 0 }, { ...origin, context: new Map([[b, 4]]) })).toMatchObject({ concurrent: false });
});

test("[CNT4][T20] an increment is a whole number, and one replica's totals stay exact", () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 0.5, 2 ** 53])
    expect(by(bad, undefined)).toMatchObject({ ok: false, code: "out-of-range", reason: expect.stringContaining("An increment") });
  const full: CounterState = new Map([[a, { up: max, down: 5, counter: 1 }]]);
  expect(by(1, full)).toMatchObject({ ok: false, code: "out-of-range" });
  expect(by(-1, full)).toEqual({ ok: true, delta: { up: max, down: 6 } });
  expect(by(max, undefined)).toEqual({ ok: true, delta: { up: max, down: 0 } });
});

test("[CNT4] an increment of nothing is no operation", () => {
  expect(by(0, undefined)).toEqual({ ok: true, delta: undefined });
  expect(by(-0, undefined)).toEqual({ ok: true, delta: undefined });
});

test("[CNT5][T20] a sum past 2^53 is a bigint, exact; one that comes back within is a number", () => {
  const above: CounterState = new Map([
    [a, { up: max, down: 0, counter: 1 }],
    [b, { up: max, down: 1, counter: 1 }],
  ]);
  expect(counterLattice.view(above, undefined)).toBe(2n * BigInt(max) - 1n);
  const within: CounterState = new Map([
    [a, { up: max, down: 0, counter: 1 }],
    [b, { up: max, down: max, counter: 1 }],
  ]);
  expect(counterLattice.view(within, undefined)).toBe(max);
});
