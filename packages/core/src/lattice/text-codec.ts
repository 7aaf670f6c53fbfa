/** A text's state as bytes. Not canonical across replicas, which fold at different times: `textCanonical` is. */
import type { ByteReader, ByteWriter } from "../base/bytes.ts";
import { compareDots } from "../causality/dot.ts";
import type { ReplicaTable } from "./lattice.ts";
import { rememberClocks, settledClocks } from "./text-clocks.ts";
import type { CompactedText, TextEntry, TextState } from "./text-state.ts";
import { type TextClocks, textLimits } from "./text-update.ts";

const partsMax = 64;
const entriesMax = 1_000_000;

export function encodeText(state: TextState, writer: ByteWriter, replicas: ReplicaTable): void {
  writer.varint(state.compacted.length);
  for (const part of state.compacted) {
    const vector = [...part.covers].sort(([a], [b]) => (a < b ? -1 : 1));
    writer.varint(vector.length);
    for (const [replica, counter] of vector) {
      writer.varint(replicas.indexOf(replica));
      writer.varint(counter);
    }
    writeClocks(writer, part.clocks);
    writer.block(part.update);
  }
  const clocks = state.tail.length === 0 ? undefined : settledClocks(state);
  writer.byte(clocks === undefined ? 0 : 1);
  if (clocks !== undefined) writeClocks(writer, clocks);
  writer.varint(state.tail.length);
  for (const { dot, update } of state.tail) {
    writer.varint(replicas.indexOf(dot.replica));
    writer.varint(dot.counter);
    writer.block(update);
  }
}

export function decodeText(reader: ByteReader, replicas: ReplicaTable): TextState {
  const compacted: CompactedText[] = [];
  for (let left = reader.bounded(partsMax); left > 0; left--) compacted.push(readCompacted(reader, replicas));
  const known = reader.bounded(1) === 0 ? undefined : readClocks(reader);
  const tail: TextEntry[] = [];
  for (let left = reader.bounded(entriesMax); left > 0; left--) {
    const dot = { replica: replicas.at(reader.varint(), reader), counter: reader.varint() };
    const before = tail.at(-1);
    if (before !== undefined && compareDots(before.dot, dot) >= 0) reader.fail("text operations out of order");
    const update = reader.block();
    if (update.length > textLimits.updateBytesMax) reader.fail("a text update that is too long");
    tail.push({ dot, update: update.slice() });
  }
  const state = { compacted, tail };
  if (known !== undefined) rememberClocks(state, known);
  return state;
}

function readCompacted(reader: ByteReader, replicas: ReplicaTable): CompactedText {
  const vector = new Map();
  for (let left = reader.bounded(reader.remaining); left > 0; left--) vector.set(replicas.at(reader.varint(), reader), reader.varint());
  return { covers: vector, clocks: readClocks(reader), update: reader.block().slice() };
}

function writeClocks(writer: ByteWriter, clocks: TextClocks): void {
  writer.varint(clocks.size);
  for (const [client, clock] of [...clocks].sort(([a], [b]) => a - b)) {
    writer.varint(client);
    writer.varint(clock);
  }
}

function readClocks(reader: ByteReader): TextClocks {
  const clocks = new Map<number, number>();
  for (let left = reader.bounded(reader.remaining); left > 0; left--) clocks.set(reader.varint(), reader.varint());
  return clocks;
}
