import { expect, test } from "vitest";
import { emptyVector } from "../causality/version-vector.ts";
import { arbitratedLattice } from "./arbitrated.ts";
import type { Origin } from "./lattice.ts";
import { historyReplicaId, latticeModel, latticeToBytes, type Model } from "./reference/history.ts";
import { checkConvergence, checkJoin, checkTwin } from "./reference/laws.ts";
import { ReplicaIndex, readWithTable } from "./replica-table.ts";

type ArbitratedState = Parameters<typeof arbitratedLattice.join>[0];
const model: Model<ArbitratedState, Uint8Array> = {
  ...latticeModel(arbitratedLattice, (_state, pick) => ({ type: "assign", value: pick % 5 })),
  writersMax: 1,
};
const r0 = historyReplicaId(0);

function write(counter: number, lamport: number, sequence: number | undefined): Origin {
  return { dot: { replica: r0, counter }, lamport, context: emptyVector, sequence };
}

test("[ARB1] any order with duplicates gives one state", () => checkConvergence(model));

test("[ARB1] join is commutative, associative and idempotent, and agrees with applying", () => checkJoin(model));

test("[ARB2] the value is that of r0's latest decision", () => {
  checkTwin(
    model,
    (operations) =>
      arbitratedLattice.decodeDelta(operations.reduce((a, b) => ((a.origin.sequence ?? 0) > (b.origin.sequence ?? 0) ? a : b)).op).value,
  );
});

test("[ARB2] the higher sequence number wins, whatever the stamps say, and nothing is concurrent", () => {
  const first = arbitratedLattice.apply(undefined, { value: "pro" }, write(2, 50, 7)).state;
  expect(arbitratedLattice.apply(first, { value: "free" }, write(1, 60, 6))).toEqual({ state: first, concurrent: false, losers: [] });
});

test("[ARB2] within one transaction the later operation wins", () => {
  const first = arbitratedLattice.apply(undefined, { value: 1 }, write(1, 1, 7)).state;
  expect(arbitratedLattice.apply(first, { value: 2 }, write(2, 2, 7)).state.value).toBe(2);
});

test("[ARB3] a provisional value stands above every decision, and survives its encoding", () => {
  const provisional = arbitratedLattice.lift({ value: "pro" }, write(1, 1, undefined));
  const decided = arbitratedLattice.lift({ value: "free" }, write(9, 90, 1_000_000));
  expect(arbitratedLattice.join(provisional, decided)).toEqual(provisional);
  const { reader, table } = readWithTable(latticeToBytes(arbitratedLattice, provisional));
  expect(table).toBeInstanceOf(ReplicaIndex);
  expect(arbitratedLattice.decodeState(reader, table)).toEqual(provisional);
});
