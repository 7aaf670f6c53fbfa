import fc from "fast-check";
import { expect, test } from "vitest";
import { Defect } from "../base/assert.ts";
import { historyReplicaId, historySeed, historySteps, latticeModel, runHistory } from "../lattice/reference/history.ts";
import { registerLattice } from "../lattice/register.ts";
import { compareStamps, nextLamport, observeLamport, type Stamped } from "./lamport.ts";
import { vectorContains } from "./version-vector.ts";

test("[CAU6] a write's stamp is above the stamp of every write that its author had seen", () => {
  const model = latticeModel(registerLattice, (_state, pick) => ({ type: "assign", value: pick }));
  fc.assert(
    fc.property(historySteps(), ({ replicas, steps }) => {
      const { operations } = runHistory(model, replicas, steps);
      for (const { origin } of operations) {
        for (const earlier of operations)
          if (vectorContains(origin.context, earlier.origin.dot)) expect(compareStamps(origin, earlier.origin)).toBeGreaterThan(0);
      }
    }),
    { seed: historySeed, numRuns: 100 },
  );
});

test("[CAU6] the order is total: Lamport time, then replica, then counter", () => {
  const stamp = (lamport: number, replica: number, counter: number): Stamped => ({
    lamport,
    dot: { replica: historyReplicaId(replica), counter },
  });
  const ascending = [stamp(1, 2, 9), stamp(2, 0, 5), stamp(2, 1, 1), stamp(2, 1, 2), stamp(3, 0, 1)];
  for (const [i, a] of ascending.entries())
    for (const [j, b] of ascending.entries()) expect(Math.sign(compareStamps(a, b))).toBe(Math.sign(i - j));
});

test("[CAU6][T20] the clock only rises, and ends before it would lose exactness", () => {
  expect(nextLamport(0)).toBe(1);
  expect(observeLamport(7, 3)).toBe(7);
  expect(observeLamport(3, 7)).toBe(7);
  for (const bad of [Number.MAX_SAFE_INTEGER, -1, 0.5, Number.NaN]) expect(() => nextLamport(bad)).toThrow(Defect);
});
