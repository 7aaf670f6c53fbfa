/**
 * A record's state as bytes: on disk beside its row, and in snapshots. Canonical: equal states have equal bytes.
 *
 *     format, flags, vector, [removed, deletes], [folds], fields, [opaque operations], replica table
 *
 * A field is its kind's number, its name and its state. States of the kinds that every version knows stand as they are; those
 * of others stand in a block with a table of their own, so that a version that cannot read one keeps it byte for byte.
 */
import { ByteReader, ByteWriter, type Decoded, decodeSafely } from "../base/bytes.ts";
import { type VersionVector, emptyVector } from "../causality/version-vector.ts";
import { type AnyLattice, type Applied, kindCodes } from "./lattice.ts";
import { coveringRemoved } from "./fold.ts";
import type { FieldState, FoldedVector, OpaqueOperation, RecordState } from "./record-state.ts";
import { type LatticeTable, emptyRecord, fieldKey, latticeOf, originOfOpaque } from "./record.ts";
import {
  ReplicaIndex,
  ascending,
  finishWithTable,
  readDot,
  readStamp,
  readVector,
  readWithTable,
  writeDot,
  writeStamp,
  writeVector,
} from "./replica-table.ts";

const format = 1;
const hasPresence = 1;
const hasOpaque = 2;
const hasFolds = 4;

/** These states stand without a block. A kind never moves in or out of this list: it is the format. */
const inlineKinds: ReadonlySet<number> = new Set([
  kindCodes.register,
  kindCodes.counter,
  kindCodes.set,
  kindCodes.list,
  kindCodes.arbitrated,
]);

export function encodeRecordState(lattices: LatticeTable, state: RecordState): Uint8Array {
  const writer = new ByteWriter(256);
  const table = new ReplicaIndex();
  const isDeleted = state.removed.size > 0;
  writer.byte(format);
  const { folded } = state;
  writer.byte((isDeleted ? hasPresence : 0) | (state.opaque.length > 0 ? hasOpaque : 0) | (folded === undefined ? 0 : hasFolds));
  writeVector(writer, table, state.vector);
  if (isDeleted) {
    writeVector(writer, table, state.removed);
    writeVector(writer, table, state.deletes);
  }
  if (folded !== undefined) writeFolds(writer, table, [...state.kept, folded]);
  writeFields(writer, table, lattices, state);
  if (state.opaque.length > 0) writeOpaque(writer, table, state.opaque);
  return finishWithTable(writer, table);
}

/** What every holder of the same operations agrees on to the byte, in whatever pieces its texts are stored. */
export function encodeForDigest(lattices: LatticeTable, state: RecordState): Uint8Array {
  const writer = new ByteWriter(256);
  const table = new ReplicaIndex();
  writeVector(writer, table, state.vector);
  writeVector(writer, table, coveringRemoved(state));
  writeVector(writer, table, state.deletes);
  // What else is kept of folds is what the fields refer to, and follows from them.
  if (state.folded !== undefined) writeFolds(writer, table, [state.folded]);
  for (const [key, field] of ascending(state.fields)) {
    const lattice = latticeOf(lattices, field.kind);
    writer.text(key);
    if (lattice.canonical === undefined) lattice.encodeState(field.state, writer, table);
    else writer.block(lattice.canonical(field.state));
  }
  return finishWithTable(writer, table);
}

function writeFolds(writer: ByteWriter, table: ReplicaIndex, folds: readonly FoldedVector[]): void {
  writer.varint(folds.length);
  for (const { by, vector } of folds) {
    writeDot(writer, table, by);
    writeVector(writer, table, vector);
  }
}

function readFolds(reader: ByteReader, table: ReplicaIndex): Pick<RecordState, "folded" | "kept"> {
  const folds: FoldedVector[] = [];
  for (let count = reader.bounded(reader.remaining); count > 0; count--)
    folds.push({ by: readDot(reader, table), vector: readVector(reader, table) });
  const folded = folds.pop() ?? reader.fail("nothing");
  return { folded, kept: folds };
}

function writeFields(writer: ByteWriter, table: ReplicaIndex, lattices: LatticeTable, state: RecordState): void {
  const entries: ReadonlyMap<string, FieldState | Uint8Array> =
    state.opaqueFields.size === 0 ? state.fields : new Map<string, FieldState | Uint8Array>([...state.fields, ...state.opaqueFields]);
  writer.varint(entries.size);
  for (const [key, entry] of ascending(entries)) {
    const slash = key.indexOf("/");
    const code = Number(key.slice(0, slash));
    writer.varint(code);
    writer.text(key.slice(slash + 1));
    if (entry instanceof Uint8Array) writer.block(entry);
    else if (inlineKinds.has(code)) latticeOf(lattices, entry.kind).encodeState(entry.state, writer, table);
    else writer.block(encodeBlock(latticeOf(lattices, entry.kind), entry.state));
  }
}

function encodeBlock(lattice: AnyLattice, state: unknown): Uint8Array {
  const writer = new ByteWriter(256);
  const table = new ReplicaIndex();
  lattice.encodeState(state, writer, table);
  return finishWithTable(writer, table);
}

function writeOpaque(writer: ByteWriter, table: ReplicaIndex, opaque: readonly OpaqueOperation[]): void {
  writer.varint(opaque.length);
  for (const operation of opaque) {
    writeStamp(writer, table, operation, operation.lamport);
    writer.text(operation.field);
    writer.varint(operation.kind);
    writer.block(operation.delta);
    writeVector(writer, table, operation.context);
  }
}

/** What an older version had to leave opaque and this one can read, it reads: nothing that the device holds stays out of sight after an update. */
export function decodeRecordState(lattices: LatticeTable, bytes: Uint8Array): Decoded<RecordState> {
  return decodeSafely(() => {
    if (bytes[0] !== format) new ByteReader(bytes).fail("unknown format");
    const { reader, table } = readWithTable(bytes);
    reader.byte();
    const flags = reader.byte();
    if (flags > (hasPresence | hasOpaque | hasFolds)) reader.fail("unknown flags");
    const vector = readVector(reader, table);
    let removed: VersionVector = emptyVector;
    let deletes: VersionVector = emptyVector;
    if ((flags & hasPresence) !== 0) {
      removed = readVector(reader, table);
      deletes = readVector(reader, table);
      if (removed.size === 0) reader.fail("nothing");
    }
    const folds = (flags & hasFolds) === 0 ? emptyRecord : readFolds(reader, table);
    const fields = new Map<string, FieldState>();
    const opaqueFields = readFields(reader, table, lattices, fields);
    const opaque = (flags & hasOpaque) === 0 ? emptyRecord.opaque : readOpaque(reader, table, lattices, fields);
    reader.end();
    return { vector, folded: folds.folded, kept: folds.kept, removed, deletes, fields, opaque, opaqueFields };
  });
}

function readFields(
  reader: ByteReader,
  table: ReplicaIndex,
  lattices: LatticeTable,
  fields: Map<string, FieldState>,
): ReadonlyMap<string, Uint8Array> {
  let opaqueFields: Map<string, Uint8Array> | undefined;
  let last = "";
  for (let count = reader.bounded(reader.remaining); count > 0; count--) {
    const code = reader.varint();
    const key = fieldKey(reader.text(), code);
    if (key <= last) reader.fail("out of order");
    last = key;
    const lattice = lattices.get(code);
    if (inlineKinds.has(code)) {
      if (lattice === undefined) reader.fail(`kind ${code} without its lattice`);
      fields.set(key, { kind: lattice.kind, state: lattice.decodeState(reader, table) });
    } else if (lattice === undefined) (opaqueFields ??= new Map()).set(key, reader.block().slice());
    else fields.set(key, { kind: lattice.kind, state: decodeBlock(lattice, reader.block()) });
  }
  return opaqueFields ?? emptyRecord.opaqueFields;
}

function decodeBlock(lattice: AnyLattice, bytes: Uint8Array): unknown {
  const { reader, table } = readWithTable(bytes);
  const state: unknown = lattice.decodeState(reader, table);
  reader.end();
  return state;
}

function readOpaque(
  reader: ByteReader,
  table: ReplicaIndex,
  lattices: LatticeTable,
  fields: Map<string, FieldState>,
): readonly OpaqueOperation[] {
  const opaque: OpaqueOperation[] = [];
  const readable: OpaqueOperation[] = [];
  for (let count = reader.bounded(reader.remaining); count > 0; count--) {
    const { dot, lamport } = readStamp(reader, table);
    const field = reader.text();
    const kind = reader.varint();
    const delta = reader.block().slice();
    const operation: OpaqueOperation = { ...dot, lamport, field, kind, delta, context: readVector(reader, table) };
    (lattices.has(kind) ? readable : opaque).push(operation);
  }
  // By Lamport time: an operation comes after all that its author had seen.
  for (const operation of readable.sort((a, b) => a.lamport - b.lamport)) {
    const lattice = lattices.get(operation.kind) as AnyLattice;
    const key = fieldKey(operation.field, operation.kind);
    const applied: Applied<unknown> = lattice.apply(
      fields.get(key)?.state,
      lattice.decodeDelta(operation.delta),
      originOfOpaque(operation),
    );
    fields.set(key, { kind: lattice.kind, state: applied.state });
  }
  return opaque;
}
