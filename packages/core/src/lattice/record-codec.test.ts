import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesToHex } from "../base/bytes.ts";
import type { Value } from "../base/value.ts";
import { emptyVector } from "../causality/version-vector.ts";
import type { CollectionSpec, FieldSpec } from "../schema/schema.ts";
import { digestSpace } from "./digest.ts";
import { kindCodes, type AnyLattice } from "./lattice.ts";
import { applyOperation, baseLattices, emptyRecord, joinRecords, type LatticeTable } from "./record.ts";
import { decodeRecordState, encodeRecordState } from "./record-codec.ts";
import type { RecordState } from "./record-state.ts";
import { viewRecord } from "./record-view.ts";
import { historyReplicaId, historySeed, historySteps, reorder, runHistory } from "./reference/history.ts";
import { deliver } from "./reference/laws.ts";
import { operationOf, presenceOperation, recordModel } from "./reference/record-model.ts";
import { registerLattice } from "./register.ts";
import { setLattice } from "./set.ts";

const run = { seed: historySeed, numRuns: 300 };
const a = historyReplicaId(0);

function decoded(bytes: Uint8Array, lattices: LatticeTable = baseLattices): RecordState {
  const result = decodeRecordState(lattices, bytes);
  if (!result.ok) throw new Error(result.fault);
  return result.value;
}

function origin(counter: number): Parameters<typeof applyOperation>[3] {
  return {
    dot: { replica: a, counter },
    lamport: counter,
    context: counter === 1 ? emptyVector : new Map([[a, counter - 1]]),
    sequence: undefined,
  };
}

function withTitle(value: Value): RecordState {
  return applyOperation(
    baseLattices,
    undefined,
    operationOf("title", kindCodes.register, registerLattice.encodeDelta({ value })),
    origin(1),
  ).record;
}

/** A kind that a newer version knows: a grow-only log, here spelled with a register's code under another number. */
const newKind = 99;
const newerLattices: LatticeTable = new Map<number, AnyLattice>([...baseLattices, [newKind, { ...setLattice } as AnyLattice]]);

describe("bytes", () => {
  test("[RCD1] every record that a history makes comes back, and its bytes are its own", () => {
    fc.assert(
      fc.property(historySteps(), ({ replicas, steps }) => {
        for (const { state } of runHistory(recordModel, replicas, steps).replicas) {
          if (state === undefined) continue;
          const bytes = encodeRecordState(baseLattices, state);
          expect(decoded(bytes)).toEqual(state);
          expect(encodeRecordState(baseLattices, decoded(bytes))).toEqual(bytes);
        }
      }),
      run,
    );
  });

  test("[RCD1][T19][T20][F57] values in fields come back to the bit", () => {
    const values: readonly Value[] = [
      2n ** 53n + 1n,
      -(2n ** 63n),
      2 ** 53,
      1e308,
      0.1 + 0.2,
      "👩‍👩‍👧",
      "",
      null,
      Uint8Array.of(0, 255),
      { __proto__: null, k: [1, 1n] },
    ];
    for (const value of values) {
      const record = decoded(encodeRecordState(baseLattices, withTitle(value)));
      expect(record).toEqual(withTitle(value));
    }
  });

  test("[RCD2] any bytes give a state or a fault", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const result = decodeRecordState(baseLattices, Uint8Array.of(1, ...bytes));
        expect(typeof result.ok).toBe("boolean");
      }),
      { ...run, numRuns: 2000 },
    );
  });

  test("[RCD2] a true record with one byte changed, or cut short, gives a state or a fault", () => {
    fc.assert(
      fc.property(historySteps(12), fc.nat(0xffff), fc.nat(255), ({ replicas, steps }, at, byte) => {
        const state = runHistory(recordModel, replicas, steps).replicas.find((replica) => replica.state !== undefined)?.state;
        if (state === undefined) return;
        const bytes = encodeRecordState(baseLattices, state);
        const changed = Uint8Array.from(bytes);
        changed[at % bytes.length] = byte;
        expect(typeof decodeRecordState(baseLattices, changed).ok).toBe("boolean");
        expect(typeof decodeRecordState(baseLattices, bytes.subarray(0, at % bytes.length)).ok).toBe("boolean");
      }),
      { ...run, numRuns: 1000 },
    );
  });

  test("[RCD2] another format, no bytes, trailing bytes are faults", () => {
    const bytes = encodeRecordState(baseLattices, withTitle("x"));
    expect(decodeRecordState(baseLattices, new Uint8Array(0))).toMatchObject({ ok: false });
    expect(decodeRecordState(baseLattices, Uint8Array.of(2, ...bytes.subarray(1)))).toMatchObject({ ok: false });
    expect(decodeRecordState(baseLattices, Uint8Array.of(...bytes, 0, 0))).toMatchObject({ ok: false });
  });
});

describe("unknown kinds", () => {
  const add = operationOf("tags2", newKind, setLattice.encodeDelta({ added: ["x"], removed: [] }));

  test("[REC8][T17] an opaque operation goes through the bytes, and the first version that knows its kind reads it", () => {
    const old = applyOperation(baseLattices, withTitle("x"), add, origin(2)).record;
    const bytes = encodeRecordState(baseLattices, old);
    expect(decoded(bytes)).toEqual(old);
    const read = decoded(bytes, newerLattices);
    expect(read.opaque).toEqual([]);
    expect(setLattice.view(read.fields.get(`${newKind}/tags2`)?.state as never, undefined)).toEqual(["x"]);
    expect(read.vector).toEqual(old.vector);
  });

  test("[RCD3][T17] a newer version's field state is kept byte for byte, through joins too", () => {
    const bytes = newerBytes();
    const old = decoded(bytes);
    expect([...old.opaqueFields.keys()]).toEqual([`${newKind}/tags2`]);
    expect(encodeRecordState(baseLattices, old)).toEqual(bytes);
    expect(encodeRecordState(baseLattices, joinRecords(baseLattices, withTitle("x"), old))).toEqual(bytes);
    expect(encodeRecordState(baseLattices, joinRecords(baseLattices, old, withTitle("x")))).toEqual(bytes);
    expect(
      setLattice.view(
        decoded(encodeRecordState(baseLattices, old), newerLattices).fields.get(`${newKind}/tags2`)?.state as never,
        undefined,
      ),
    ).toEqual(["x"]);
  });

  /** What a program that has the new kind writes: its state stands under its number, in a block. */
  function newerBytes(): Uint8Array {
    const read = decoded(
      encodeRecordState(baseLattices, applyOperation(baseLattices, withTitle("x"), add, origin(2)).record),
      newerLattices,
    );
    const kindOnly = new Map<number, AnyLattice>([...newerLattices, [kindCodes.set, setLattice as AnyLattice]]);
    return encodeRecordState(kindOnly, read);
  }
});

describe("views", () => {
  const accept = (value: unknown): { readonly ok: true; readonly value: Value } => ({ ok: true, value: value as Value });
  const spec = (lattice: AnyLattice, initial: Value): FieldSpec => ({ kind: lattice.kind, lattice, initial, validate: accept });
  const collection: CollectionSpec = {
    fields: new Map([
      ["title", spec(registerLattice as AnyLattice, "untitled")],
      ["tags", spec(setLattice as AnyLattice, [])],
    ]),
    indexes: [],
  };

  test("[RCD4] a view holds the declared fields, initial values for what nobody wrote, and nothing else", () => {
    const record = applyOperation(
      baseLattices,
      withTitle("Milk"),
      operationOf("old", kindCodes.register, registerLattice.encodeDelta({ value: 1 })),
      origin(2),
    ).record;
    expect(viewRecord(collection, record)).toEqual({ title: "Milk", tags: [] });
    expect(viewRecord(collection, emptyRecord)).toEqual({ title: "untitled", tags: [] });
  });

  test("[RCD4][T25] the declared kind's state is the one shown", () => {
    const record = applyOperation(
      baseLattices,
      withTitle("Milk"),
      operationOf("title", kindCodes.set, setLattice.encodeDelta({ added: ["x"], removed: [] })),
      origin(2),
    ).record;
    expect(viewRecord(collection, record)).toMatchObject({ title: "Milk" });
  });
});

describe("digests", () => {
  test("[RCD5] equal operations in any order, equal digests", () => {
    fc.assert(
      fc.property(historySteps(), fc.array(fc.nat(0xffff), { minLength: 1 }), ({ replicas, steps }, order) => {
        const { operations } = runHistory(recordModel, replicas, steps);
        const [x, y] = [deliver(recordModel, operations), deliver(recordModel, reorder(operations, order))];
        if (x !== undefined && y !== undefined)
          expect(digestSpace(baseLattices, [["notes", "r", y]])).toBe(digestSpace(baseLattices, [["notes", "r", x]]));
      }),
      run,
    );
  });

  test("[RCD5] one operation more, a tombstone, another id or another collection gives another digest; an unknown record does not", () => {
    const record = withTitle("x");
    const deleted = applyOperation(baseLattices, record, presenceOperation("delete"), origin(2)).record;
    const digests = [
      digestSpace(baseLattices, []),
      digestSpace(baseLattices, [["notes", "r", record]]),
      digestSpace(baseLattices, [["notes", "r", deleted]]),
      digestSpace(baseLattices, [["notes", "s", record]]),
      digestSpace(baseLattices, [["tasks", "r", record]]),
    ];
    expect(new Set(digests).size).toBe(digests.length);
    expect(digests.every((digest) => /^[0-9a-f]{64}$/.test(digest))).toBe(true);
    expect(digestSpace(baseLattices, [["notes", "q", emptyRecord]])).toBe(digests[0]);
  });

  test("[RCD5] records out of order are a defect: the digest would be another", () => {
    const record = withTitle(bytesToHex(Uint8Array.of(1)));
    const inOrder: readonly (readonly [string, string, RecordState])[] = [
      ["notes", "\ufffd", record],
      ["notes", "😀", record],
    ];
    expect(() => digestSpace(baseLattices, inOrder)).not.toThrow();
    expect(() => digestSpace(baseLattices, [...inOrder].reverse())).toThrow(/out of order/);
  });
});
