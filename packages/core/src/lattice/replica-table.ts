/** Replica ids said once a blob, and the dots and vectors that refer to them. Everything is written in one order, so that equal states have equal bytes. */
import { assert } from "../base/assert.ts";
import { ByteReader, type ByteWriter } from "../base/bytes.ts";
import type { Dot } from "../causality/dot.ts";
import { type ReplicaId, readReplicaId, replicaIdBytes, writeReplicaId } from "../causality/replica-id.ts";
import type { VersionVector } from "../causality/version-vector.ts";
import type { ReplicaTable } from "./lattice.ts";

/** More replicas than this in one blob is a fault: two bytes say how many there are. */
export const tableReplicasMax = 0xffff;

/** Ids get their index when they are first named: an encoder that walks its state in one order makes one table. */
export class ReplicaIndex implements ReplicaTable {
  readonly ids: ReplicaId[] = [];
  readonly counters: number[] = [];
  readonly lamports: number[] = [];

  /** Few: a linear search beats a map for a record's two or three writers. */
  indexOf(replica: ReplicaId): number {
    const at = this.ids.indexOf(replica);
    return at >= 0 ? at : this.ids.push(replica) - 1;
  }

  at(index: number, reader: ByteReader): ReplicaId {
    return this.ids[index] ?? reader.fail("unknown replica");
  }
}

/** Ends the blob: what came before has filled the table, and nothing has to be moved to make room for it. */
export function finishWithTable(writer: ByteWriter, table: ReplicaIndex): Uint8Array {
  const { ids } = table;
  assert(ids.length <= tableReplicasMax, "out of range");
  for (const id of ids) writeReplicaId(writer, id);
  writer.byte(ids.length >>> 8);
  writer.byte(ids.length & 0xff);
  return writer.finish();
}

/** The table at the end of `bytes`, and a reader of what stands before it. */
export function readWithTable(bytes: Uint8Array): { readonly reader: ByteReader; readonly table: ReplicaIndex } {
  const table = new ReplicaIndex();
  if (bytes.length < 2) new ByteReader(bytes).fail("cut off");
  const count = ((bytes[bytes.length - 2] as number) << 8) | (bytes[bytes.length - 1] as number);
  const start = bytes.length - 2 - count * replicaIdBytes;
  if (start < 0) new ByteReader(bytes).fail("cut off");
  const ids = new ByteReader(bytes, start);
  for (let i = 0; i < count; i++) table.ids.push(readReplicaId(ids));
  return { reader: new ByteReader(bytes, 0, start), table };
}

export function writeVector(writer: ByteWriter, replicas: ReplicaTable, vector: VersionVector): void {
  writer.varint(vector.size);
  for (const [replica, counter] of ascending(vector)) {
    const index = replicas.indexOf(replica);
    writer.varint(index);
    writer.varint(counter);
    replicas.counters[index] = counter;
  }
}

export function readVector(reader: ByteReader, replicas: ReplicaTable): VersionVector {
  const count = reader.bounded(reader.remaining);
  const vector = new Map<ReplicaId, number>();
  let last = "";
  for (let i = 0; i < count; i++) {
    const index = reader.varint();
    const replica = replicas.at(index, reader);
    if (replica <= last) reader.fail("out of order");
    const counter = readCounter(reader);
    vector.set(replica, counter);
    replicas.counters[index] = counter;
    last = replica;
  }
  return vector;
}

export function readCounter(reader: ByteReader): number {
  const counter = reader.varint();
  return counter === 0 ? reader.fail("out of range") : counter;
}

/**
 * A dot by its difference from the last one of its replica in the blob. A record's fields are mostly written together, so that nearly
 * every difference is a small number, the same in one record as in the next: one byte instead of three, and next to nothing compressed.
 */
export function writeDot(writer: ByteWriter, replicas: ReplicaTable, dot: Dot): void {
  const index = replicas.indexOf(dot.replica);
  writer.varint(index);
  writeDifference(writer, dot.counter - (replicas.counters[index] ?? 0));
  replicas.counters[index] = dot.counter;
}

export function readDot(reader: ByteReader, replicas: ReplicaTable): Dot {
  const index = reader.varint();
  const replica = replicas.at(index, reader);
  const counter = (replicas.counters[index] ?? 0) + readDifference(reader);
  if (!Number.isSafeInteger(counter) || counter < 1) reader.fail("out of range");
  replicas.counters[index] = counter;
  return { replica, counter };
}

/** A dot and its Lamport time, by its difference from the last one of the replica; the first from the counter, which it often equals. */
export function writeStamp(writer: ByteWriter, replicas: ReplicaTable, dot: Dot, lamport: number): void {
  writeDot(writer, replicas, dot);
  const index = replicas.indexOf(dot.replica);
  writeDifference(writer, lamport - (replicas.lamports[index] ?? dot.counter));
  replicas.lamports[index] = lamport;
}

export function readStamp(reader: ByteReader, replicas: ReplicaTable): { readonly dot: Dot; readonly lamport: number } {
  const dot = readDot(reader, replicas);
  const index = replicas.indexOf(dot.replica);
  const lamport = (replicas.lamports[index] ?? dot.counter) + readDifference(reader);
  if (!Number.isSafeInteger(lamport) || lamport < 0) reader.fail("out of range");
  replicas.lamports[index] = lamport;
  return { dot, lamport };
}

/** Sign, six bits of the size, and the rest as a varint. Of two safe integers that are not negative it is exact. */
function writeDifference(writer: ByteWriter, difference: number): void {
  const size = Math.abs(difference);
  const head = ((size % 64) << 1) | (difference < 0 ? 1 : 0);
  if (size < 64) writer.byte(head);
  else {
    writer.byte(head | 0x80);
    writer.varint(Math.floor(size / 64));
  }
}

function readDifference(reader: ByteReader): number {
  const head = reader.byte();
  const low = (head & 0x7f) >> 1;
  if (head < 0x80) {
    if (head === 1) reader.fail("out of range");
    return (head & 1) === 0 ? low : -low;
  }
  const rest = reader.varint();
  if (rest === 0) reader.fail("out of range");
  const size = rest * 64 + low;
  return (head & 1) === 0 ? size : -size;
}

/** A map's entries by key. Nearly always they lie so already, and nothing is sorted. */
export function ascending<Key extends string, Item>(map: ReadonlyMap<Key, Item>): Iterable<readonly [Key, Item]> {
  if (map.size < 2) return map;
  let last: Key | undefined;
  for (const key of map.keys()) {
    if (last !== undefined && key < last) return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
    last = key;
  }
  return map;
}
