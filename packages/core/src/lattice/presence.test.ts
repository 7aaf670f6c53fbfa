import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeSafely } from "../base/bytes.ts";
import { emptyVector } from "../causality/version-vector.ts";
import { type PresenceState, presenceLattice } from "./presence.ts";
import { historyReplicaId } from "./reference/history.ts";

const replica = fc.nat(2).map(historyReplicaId);
const lifted = fc
  .record({ replica, counter: fc.integer({ min: 2, max: 5 }), other: replica, seen: fc.nat(3) })
  .map(({ replica: author, counter, other, seen }): PresenceState => {
    const context = new Map(seen === 0 ? emptyVector : [[other, seen]]).set(author, counter - 1);
    return presenceLattice.lift({ type: "delete" }, { dot: { replica: author, counter }, lamport: counter, context, sequence: undefined });
  });

test("[REC3] the join of what deletes had seen is commutative, associative and idempotent", () => {
  fc.assert(
    fc.property(lifted, lifted, lifted, (a, b, c) => {
      const join = (x: PresenceState, y: PresenceState): PresenceState => presenceLattice.join(x, y);
      expect(join(a, b)).toEqual(join(b, a));
      expect(join(join(a, b), c)).toEqual(join(a, join(b, c)));
      expect(join(a, a)).toEqual(a);
    }),
    { seed: 20261123, numRuns: 500 },
  );
});

test("[REC3] a delete had seen its context and its own dot; a touch removes nothing", () => {
  const [a, b] = [historyReplicaId(0), historyReplicaId(1)];
  const origin = {
    dot: { replica: a, counter: 3 },
    lamport: 9,
    context: new Map([
      [a, 2],
      [b, 7],
    ]),
    sequence: undefined,
  };
  expect(presenceLattice.lift({ type: "delete" }, origin)).toEqual({
    removed: new Map([
      [a, 3],
      [b, 7],
    ]),
    deletes: new Map([[a, 3]]),
  });
  expect(presenceLattice.lift({ type: "touch" }, origin)).toEqual({ removed: emptyVector, deletes: emptyVector });
});

test("[REC11] a delta is a touch, a delete or a collection, which may name what it has seen, and anything else a fault", () => {
  for (const type of ["touch", "delete"] as const)
    expect(presenceLattice.decodeDelta(presenceLattice.encodeDelta({ type }))).toEqual({ type });
  const vector = new Map([[historyReplicaId(0), 3]]);
  for (const delta of [{ type: "collect" } as const, { type: "collect", vector } as const, { type: "fold", vector } as const])
    expect(presenceLattice.decodeDelta(presenceLattice.encodeDelta(delta))).toEqual(delta);
  for (const bytes of [[], [0], [5], [1, 1], [2, 0], [3, 1], [4, 1]])
    expect(decodeSafely(() => presenceLattice.decodeDelta(Uint8Array.from(bytes)))).toMatchObject({ ok: false });
});
