import { describe, expect, test } from "vitest";
import { defined } from "../base/assert.ts";
import { decodeSafely } from "../base/bytes.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import { emptyVector, type VersionVector } from "../causality/version-vector.ts";
import type { Operation, Transaction } from "../operation/operation.ts";
import { counterLattice } from "./counter.ts";
import { kindCodes, type Origin } from "./lattice.ts";
import {
  type AppliedOperation,
  applyOperation,
  baseLattices,
  emptyRecord,
  fieldKey,
  isCollect,
  isKnown,
  isLoserOverwritten,
  isVisible,
  joinRecords,
  originOf,
} from "./record.ts";
import { decodeRecordState, encodeRecordState } from "./record-codec.ts";
import type { RecordState } from "./record-state.ts";
import { historyReplicaId } from "./reference/history.ts";
import { checkConvergence, checkJoin, checkTwin } from "./reference/laws.ts";
import { operationOf, presenceOperation, recordModel, recordTwin } from "./reference/record-model.ts";
import { presenceLattice } from "./presence.ts";
import { registerLattice } from "./register.ts";

const [a, b, c] = [0, 1, 2].map(historyReplicaId) as [ReplicaId, ReplicaId, ReplicaId];

interface Write {
  readonly operation: Operation;
  readonly origin: Origin;
}

function write(replica: ReplicaId, counter: number, lamport: number, context: VersionVector, operation: Operation): Write {
  return { operation, origin: { dot: { replica, counter }, lamport, context, sequence: undefined } };
}

function assign(value: string, field = "title"): Operation {
  return operationOf(field, kindCodes.register, registerLattice.encodeDelta({ value }));
}

function applyAll(
  writes: readonly Write[],
  from?: RecordState,
): { readonly record: RecordState; readonly steps: readonly AppliedOperation[] } {
  let record = from ?? emptyRecord;
  const steps = writes.map(({ operation, origin }) => {
    const applied = applyOperation(baseLattices, record, operation, origin);
    record = applied.record;
    return applied;
  });
  return { record, steps };
}

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

function hex(record: RecordState): string {
  return Buffer.from(encodeRecordState(baseLattices, record)).toString("hex");
}

describe("laws", () => {
  test("[REC1][T2] any order with duplicates gives one record", () => checkConvergence(recordModel));

  test("[REC1] join is commutative, associative and idempotent, and agrees with applying", () => checkJoin(recordModel));

  test("[REC1][REC3] a record is what its set of operations means by definition", () => checkTwin(recordModel, recordTwin));
});

describe("duplicates", () => {
  const first = write(a, 1, 1, emptyVector, operationOf("n", kindCodes.counter, counterLattice.encodeDelta({ up: 5, down: 0 })));
  const later = Array.from({ length: 50 }, (_, i) => write(b, i + 1, i + 2, new Map([[a, 1]]), assign(`edit ${i}`)));

  test("[REC2][T3][F58] a dot is recognised however much has happened since", () => {
    const { record } = applyAll([first, ...later]);
    for (const { operation, origin } of [first, ...later]) {
      expect(applyOperation(baseLattices, record, operation, origin)).toEqual({
        record,
        duplicate: true,
        concurrent: false,
        losers: [],
        revived: undefined,
      });
    }
  });

  test("[REC2][T3] also after the record went through its bytes", () => {
    const { record } = applyAll([first, ...later]);
    const decoded = decodeRecordState(baseLattices, encodeRecordState(baseLattices, record));
    expect(decoded.ok && applyOperation(baseLattices, decoded.value, first.operation, first.origin).duplicate).toBe(true);
  });

  test("[REC2] what is not contained is applied, though its replica's earlier operations went to other records", () => {
    const { record, steps } = applyAll([first, write(a, 9, 9, emptyVector, assign("x"))]);
    expect(steps[1]?.duplicate).toBe(false);
    expect(record.vector).toEqual(new Map([[a, 9]]));
  });
});

describe("deletes and edits", () => {
  const known = new Map([[a, 1]]);
  const create = write(a, 1, 1, emptyVector, assign("Groceries"));
  const remove = write(a, 2, 2, known, presenceOperation("delete"));
  const editB = write(b, 1, 2, known, assign("Shopping"));
  const editC = write(c, 1, 2, known, assign("8 pm", "due"));

  test("[REC3][REC4][F32] in all six orders of a delete and two edits it had not seen, one record comes back whole, and it is said once", () => {
    const outcomes = permutations([remove, editB, editC]).map((order) => {
      const { record, steps } = applyAll([create, ...order]);
      expect(isVisible(record)).toBe(true);
      expect(record.fields.get(fieldKey("title", "register"))?.state).toMatchObject({ value: "Shopping" });
      expect(record.fields.get(fieldKey("due", "register"))?.state).toMatchObject({ value: "8 pm" });
      const revivals = steps.flatMap(({ revived }) => (revived === undefined ? [] : [revived]));
      expect(revivals).toHaveLength(1);
      expect(revivals[0]?.deletions).toEqual([remove.origin.dot]);
      expect([b, c]).toContain(revivals[0]?.edit.replica);
      expect(steps.find(({ revived }) => revived !== undefined)?.concurrent).toBe(true);
      return hex(record);
    });
    expect(new Set(outcomes).size).toBe(1);
  });

  test("[REC3][F32] in all orders of two edits and the delete that had seen both, the record is gone, and nobody lost unknowingly", () => {
    const knowing = write(a, 2, 3, new Map([...known, [b, 1], [c, 1]]), presenceOperation("delete"));
    const outcomes = permutations([knowing, editB, editC]).map((order) => {
      const { record, steps } = applyAll([create, ...order]);
      expect(isVisible(record)).toBe(false);
      expect(isKnown(record)).toBe(true);
      expect(steps.every(({ revived }) => revived === undefined)).toBe(true);
      return hex(record);
    });
    expect(new Set(outcomes).size).toBe(1);
  });

  test("[REC3][F32] joining the two sides' records, either way round, gives what applying gives", () => {
    const deleted = applyAll([create, remove]).record;
    const edited = applyAll([create, editB]).record;
    const expected = hex(applyAll([create, remove, editB]).record);
    expect(hex(joinRecords(baseLattices, deleted, edited))).toBe(expected);
    expect(hex(joinRecords(baseLattices, edited, deleted))).toBe(expected);
  });

  test("[REC4] an edit that meets two deletes it had not seen names both; two deletes alone are a conflict that lost nothing", () => {
    const other = write(b, 1, 2, known, presenceOperation("delete"));
    const { steps } = applyAll([create, remove, other, editC]);
    expect(steps[2]).toMatchObject({ concurrent: true, losers: [], revived: undefined });
    expect(steps[3]?.revived).toEqual({ edit: editC.origin.dot, deletions: [remove.origin.dot, other.origin.dot] });
  });

  test("[REC4] a delete that arrives at an edit it had not seen reports that edit", () => {
    const { steps } = applyAll([create, editB, remove]);
    expect(steps[2]?.revived).toEqual({ edit: editB.origin.dot, deletions: [remove.origin.dot] });
  });

  test("[REC5][F32] re-creating the same id after a delete works, and is no conflict", () => {
    const again = write(b, 1, 5, new Map([[a, 2]]), assign("Again"));
    const { record, steps } = applyAll([create, remove, again]);
    expect(steps.map(({ record: state }) => isVisible(state))).toEqual([true, false, true]);
    expect(steps[2]).toMatchObject({ concurrent: false, losers: [], revived: undefined });
    const touched = applyAll([create, remove, write(b, 1, 5, new Map([[a, 2]]), presenceOperation("touch"))]);
    expect(isVisible(touched.record)).toBe(true);
    expect(touched.steps[2]?.revived).toBe(undefined);
    const removedAgain = applyAll(
      [
        write(
          c,
          1,
          6,
          new Map([
            [a, 2],
            [b, 1],
          ]),
          presenceOperation("delete"),
        ),
      ],
      record,
    );
    expect(isVisible(removedAgain.record)).toBe(false);
  });

  test("[REC3] a touch alone makes a record; nothing makes none", () => {
    expect(isVisible(applyAll([write(a, 1, 1, emptyVector, presenceOperation("touch"))]).record)).toBe(true);
    expect([isVisible(emptyRecord), isKnown(emptyRecord)]).toEqual([false, false]);
  });
});

describe("losers", () => {
  const ours = write(a, 1, 1, emptyVector, assign("ours"));
  const theirs = write(b, 1, 1, emptyVector, assign("theirs"));

  test("[REC6] a loser names its field and kind", () => {
    const { steps } = applyAll([theirs, ours]);
    expect(steps[1]).toMatchObject({
      concurrent: true,
      losers: [{ field: "title", kind: "register", dot: ours.origin.dot, winner: theirs.origin.dot, value: "ours" }],
    });
  });

  test("[REC9] an author who goes on from the loser, without the winner, shows that it was not lost; one who knew both does not", () => {
    const loser = defined(applyAll([theirs, ours]).steps[1]?.losers[0], "a loser");
    const goesOn = write(a, 2, 2, new Map([[a, 1]]), assign("ours, corrected")).origin;
    const knewBoth = write(
      c,
      1,
      2,
      new Map([
        [a, 1],
        [b, 1],
      ]),
      assign("settled"),
    ).origin;
    const knewNeither = write(c, 1, 2, emptyVector, assign("elsewhere")).origin;
    expect([goesOn, knewBoth, knewNeither].map((origin) => isLoserOverwritten(loser, origin))).toEqual([true, false, false]);
  });
});

describe("kinds", () => {
  test("[REC7][T25] a field written as a register and as a counter keeps both", () => {
    const count = write(b, 1, 1, emptyVector, operationOf("title", kindCodes.counter, counterLattice.encodeDelta({ up: 2, down: 0 })));
    const { record } = applyAll([write(a, 1, 1, emptyVector, assign("text")), count]);
    expect([...record.fields.keys()].sort()).toEqual([fieldKey("title", "register"), fieldKey("title", "counter")].sort());
  });

  test("[REC8][T17] an operation of an unknown kind is kept once, in any order, and keeps the record alive", () => {
    const unknown = write(a, 1, 1, emptyVector, operationOf("sketch", 99, Uint8Array.of(1, 2, 3)));
    const other = write(b, 1, 1, emptyVector, operationOf("sketch", 99, Uint8Array.of(4)));
    const outcomes = permutations([unknown, other, write(c, 1, 1, emptyVector, assign("x"))]).map((order) =>
      hex(applyAll([...order, unknown]).record),
    );
    expect(new Set(outcomes).size).toBe(1);
    const { record } = applyAll([unknown, other]);
    expect(record.opaque.map(({ delta }) => [...delta])).toEqual([[1, 2, 3], [4]]);
    expect(isVisible(record)).toBe(true);
  });

  test("[REC11] a delta that cannot be decoded is a fault and changes nothing", () => {
    const { record } = applyAll([write(a, 1, 1, emptyVector, assign("x"))]);
    const before = hex(record);
    for (const kind of [kindCodes.presence, kindCodes.register, kindCodes.counter, kindCodes.set, kindCodes.arbitrated]) {
      const bad = write(b, 1, 1, emptyVector, operationOf("title", kind, Uint8Array.of(0xff, 0xff)));
      expect(decodeSafely(() => applyOperation(baseLattices, record, bad.operation, bad.origin))).toMatchObject({ ok: false });
    }
    expect(hex(record)).toBe(before);
  });
});

describe("origins", () => {
  const transaction: Transaction = {
    replica: a,
    counter: 4,
    lamport: 10,
    schemaVersion: 1,
    wallMs: 0,
    dependencies: new Map(),
    body: { type: "operations", operations: [{ ...assign("x"), context: new Map([[b, 7]]) }, assign("y")] },
    extensions: [],
  };

  test("[REC10] dot, stamp and context follow from the transaction; the author's own past is implied", () => {
    expect(originOf(transaction, 0, 3)).toEqual({
      dot: { replica: a, counter: 4 },
      lamport: 10,
      context: new Map([
        [b, 7],
        [a, 3],
      ]),
      sequence: 3,
    });
    expect(originOf(transaction, 1, undefined)).toEqual({
      dot: { replica: a, counter: 5 },
      lamport: 11,
      context: new Map([[a, 4]]),
      sequence: undefined,
    });
    expect(originOf({ ...transaction, counter: 1 }, 0, undefined).context).toEqual(new Map([[b, 7]]));
  });
});

describe("a collection", () => {
  const collect = (replica: ReplicaId, counter: number, context: VersionVector): Write =>
    write(replica, counter, counter + 50, context, {
      ...operationOf("", kindCodes.presence, presenceLattice.encodeDelta({ type: "collect" })),
      creates: false,
    });
  const written = [write(a, 1, 1, emptyVector, assign("x")), write(b, 1, 2, new Map([[a, 1]]), presenceOperation("delete"))];

  test("[REC12][T10] leaves no record where it has seen all of it, and none is made where there is none", () => {
    const { record, steps } = applyAll([...written, collect(c, 1, new Map([...([[a, 1]] as const), [b, 1]]))]);
    expect(record).toEqual(emptyRecord);
    expect(steps.at(-1)).toMatchObject({ duplicate: false, concurrent: false, losers: [], revived: undefined });
    const none = applyOperation(
      baseLattices,
      undefined,
      collect(c, 1, new Map([[a, 1]])).operation,
      collect(c, 1, new Map([[a, 1]])).origin,
    );
    expect(none).toMatchObject({ record: emptyRecord, duplicate: true });
  });

  test("[REC12][F05] leaves a record as it is that holds what it has not seen", () => {
    const later = applyAll([write(c, 7, 60, emptyVector, assign("new"))]).record;
    const { record, steps } = applyAll([collect(b, 9, new Map([[a, 1]]))], later);
    expect(record).toBe(later);
    expect(steps[0]?.duplicate).toBe(true);
    expect(isCollect(collect(b, 9, emptyVector).operation)).toBe(true);
    expect(isCollect(presenceOperation("delete"))).toBe(false);
  });
});
