import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hexToBytes } from "../base/bytes.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import { emptyVector, type VersionVector } from "../causality/version-vector.ts";
import type { Operation } from "../operation/operation.ts";
import { knownThrough, knownVector } from "./fold.ts";
import { kindCodes } from "./lattice.ts";
import { presenceLattice } from "./presence.ts";
import { applyOperation, baseLattices, emptyRecord, isFold, isVisible } from "./record.ts";
import { decodeRecordState } from "./record-codec.ts";
import type { RecordState } from "./record-state.ts";
import { bytesOf, foldSteps, FoldWorld } from "./reference/fold-world.ts";
import { historyReplicaId, historySeed } from "./reference/history.ts";
import { operationOf, presenceOperation } from "./reference/record-model.ts";
import { registerLattice } from "./register.ts";

const [a, b, c, r0] = [0, 1, 2, 9].map(historyReplicaId) as [ReplicaId, ReplicaId, ReplicaId, ReplicaId];

function at(record: RecordState, replica: ReplicaId, counter: number, context: VersionVector, operation: Operation, lamport = counter) {
  return applyOperation(baseLattices, record, operation, { dot: { replica, counter }, lamport, context, sequence: undefined });
}

function assign(value: string, field = "title"): Operation {
  return operationOf(field, kindCodes.register, registerLattice.encodeDelta({ value }));
}

function fold(record: RecordState, counter: number): RecordState {
  const operation = operationOf("", kindCodes.presence, presenceLattice.encodeDelta({ type: "fold", vector: record.vector }));
  expect(isFold(operation)).toBe(true);
  return at(record, r0, counter, emptyVector, operation, 1_000).record;
}

/** Written by two, then folded, then written by one more and folded again. */
const written = at(at(emptyRecord, a, 1, emptyVector, assign("x")).record, b, 1, new Map([[a, 1]]), assign("y", "note")).record;
const once = fold(written, 1);
const twice = fold(at(once, c, 1, new Map([[r0, 1]]), assign("z"), 50).record, 2);

describe("folds", () => {
  test("[VEC1][VEC2][F28][T23] hide nothing and change nothing that is shown: beside a record that keeps its vectors for ever", () => {
    const seen = { runs: 0, folds: 0, late: 0, conflicts: 0 };
    fc.assert(
      fc.property(foldSteps(), (steps) => {
        const world = new FoldWorld();
        world.run(steps);
        world.checkEqual();
        seen.runs++;
        seen.folds += world.folds;
        seen.late += world.late;
        seen.conflicts += world.conflicts;
      }),
      { numRuns: 800, seed: historySeed },
    );
    // Of 800 runs, or of the fewer that a slow engine makes.
    expect(seen.folds).toBeGreaterThan(0.75 * seen.runs);
    expect(seen.late).toBeGreaterThan(1.25 * seen.runs);
    expect(seen.conflicts).toBeGreaterThan(1.25 * seen.runs);
  });

  test("[VEC1] leave one dot in the vector, know what they hold, and come back from their bytes", () => {
    expect([...once.vector]).toEqual([[r0, 1]]);
    expect([...knownVector(once)].sort()).toEqual([...written.vector, [r0, 1]].sort());
    expect(at(once, a, 1, emptyVector, assign("x")).duplicate).toBe(true);
    for (const record of [once, twice]) {
      const decoded = decodeRecordState(baseLattices, hexToBytes(bytesOf(record)));
      expect(decoded).toEqual({ ok: true, value: record });
    }
    // A fold of a record that is not here makes none, and one that is here already changes nothing.
    const folded = operationOf("", kindCodes.presence, presenceLattice.encodeDelta({ type: "fold", vector: written.vector }));
    expect(at(emptyRecord, r0, 1, emptyVector, folded)).toMatchObject({ record: emptyRecord, duplicate: true });
    expect(at(twice, r0, 1, emptyVector, folded)).toMatchObject({ record: twice, duplicate: true });
  });

  test("[VEC3] keep what a register refers to, and let go of the rest", () => {
    expect(twice.kept).toEqual([{ by: { replica: r0, counter: 1 }, vector: new Map([[b, 1]]) }]);
    expect([knownThrough(twice, a), knownThrough(twice, b), knownThrough(twice, c)]).toEqual([0, 1, 1]);
    // Who has passed the first fold alone has seen "y", and not "z".
    const context = new Map([[r0, 1]]);
    expect(at(twice, a, 2, context, assign("note", "note"), 60)).toMatchObject({ concurrent: false, losers: [] });
    expect(at(twice, a, 2, context, assign("title"), 60)).toMatchObject({ concurrent: true, losers: [{ value: "z" }] });
    expect(at(twice, a, 2, emptyVector, assign("note", "note"), 60)).toMatchObject({ concurrent: true, losers: [{ value: "y" }] });
    expect(at(twice, a, 2, new Map([[r0, 2]]), assign("title"), 60)).toMatchObject({ concurrent: false, losers: [] });
  });

  test("[VEC2][F28] a delete covers a fold whose dot it has seen, or all of what that holds while it is whole; else the record stays, and both learn of it", () => {
    const remove = presenceOperation("delete");
    expect(isVisible(at(once, c, 1, new Map([[r0, 1]]), remove).record)).toBe(false);
    expect(isVisible(at(once, b, 2, new Map([...written.vector]), remove).record)).toBe(false);
    const partly = at(once, b, 2, new Map([[b, 1]]), remove);
    expect(isVisible(partly.record)).toBe(true);
    expect(partly.revived).toEqual({ edit: { replica: a, counter: 1 }, deletions: [{ replica: b, counter: 2 }] });
    // The second fold has let go of what the first held: its dot alone says that it was seen.
    const late = at(twice, b, 2, new Map([...written.vector, [c, 1]]), remove);
    expect(isVisible(late.record)).toBe(true);
    expect(late.revived?.deletions).toEqual([{ replica: b, counter: 2 }]);
    expect(isVisible(at(twice, b, 2, new Map([[r0, 2]]), remove).record)).toBe(false);
  });

  test("[VEC2] a delete that is here before a fold that stands before it: the record comes back, and that is said", () => {
    const shown = at(fold(written, 1), b, 2, new Map([...written.vector]), presenceOperation("delete")).record;
    expect(isVisible(shown)).toBe(false);
    const through = new Map([[r0, 1]]);
    const next = operationOf("", kindCodes.presence, presenceLattice.encodeDelta({ type: "fold", vector: through }));
    const applied = at(shown, r0, 2, emptyVector, next, 1_000);
    expect(isVisible(applied.record)).toBe(true);
    expect(applied.revived).toEqual({ edit: { replica: r0, counter: 2 }, deletions: [{ replica: b, counter: 2 }] });
  });
});
