/** What one operation does to a list, its bytes, and the state that it is by itself. */
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { readValue, type Value, writeValue } from "../base/value.ts";
import type { Dot } from "../causality/dot.ts";
import { readReplicaId, type ReplicaId, writeReplicaId } from "../causality/replica-id.ts";
import type { Origin } from "./lattice.ts";
import { renameDots } from "./rename-dots.ts";
import { readCounter } from "./replica-table.ts";
import type { ElementId, ListNode, ListStamp, ListState, Side } from "./list-state.ts";

/** An element that the author has seen. `replica` is absent for the author's own, earlier ones. */
export interface ElementRef {
  readonly replica: ReplicaId | undefined;
  readonly counter: number;
  readonly index: number;
}

export interface StampRef {
  readonly lamport: number;
  readonly replica: ReplicaId | undefined;
  readonly counter: number;
}

export interface NodePlace {
  /** Absent: the root. */
  readonly parent: ElementRef | undefined;
  readonly side: Side;
}

export type ListDelta =
  /** A run: the first value hangs at the place, each further one is the right child of the one before. */
  | { readonly type: "insert"; readonly place: NodePlace; readonly values: readonly Value[] }
  | { readonly type: "edit"; readonly item: ElementRef; readonly value: Value }
  | { readonly type: "move"; readonly item: ElementRef; readonly place: NodePlace }
  /** With the last edit and the last move of the item that the author had seen. */
  | { readonly type: "remove"; readonly item: ElementRef; readonly edited: StampRef | undefined; readonly moved: StampRef | undefined };

export const listLimits = {
  /** Items that one list shows. */
  itemsMax: 10_000,
  /** Position nodes: every insertion and every move leaves one, and removals leave them all. */
  nodesMax: 100_000,
  /** Nodes that a decoder accepts: concurrent writers together may pass `nodesMax`. */
  decodedNodesMax: 1_000_000,
} as const;

export function elementToRef(id: ElementId, author: ReplicaId): ElementRef {
  return { replica: id.replica === author ? undefined : id.replica, counter: id.counter, index: id.index };
}

export function stampToRef(stamp: ListStamp | undefined, author: ReplicaId): StampRef | undefined {
  return stamp === undefined
    ? undefined
    : { lamport: stamp.lamport, replica: stamp.replica === author ? undefined : stamp.replica, counter: stamp.counter };
}

export function resolveElement(ref: ElementRef, author: ReplicaId): ElementId {
  return { replica: ref.replica ?? author, counter: ref.counter, index: ref.index };
}

/** A stamp that is not below the removal's own was not seen by its author: a lie, taken as nothing seen (trap 7). */
function resolveStamp(ref: StampRef | undefined, origin: Origin): ListStamp | undefined {
  if (ref === undefined || ref.lamport >= origin.lamport) return undefined;
  return { lamport: ref.lamport, replica: ref.replica ?? origin.dot.replica, counter: ref.counter };
}

function bornNodes(delta: ListDelta, origin: Origin): readonly ListNode[] {
  if (delta.type !== "insert" && delta.type !== "move") return [];
  const { replica, counter } = origin.dot;
  const { place } = delta;
  const parent = place.parent === undefined ? undefined : resolveElement(place.parent, replica);
  const id = { replica, counter, index: 0 };
  if (delta.type === "move") return [{ id, parent, side: place.side, item: resolveElement(delta.item, replica) }];
  const nodes: ListNode[] = [{ id, parent, side: place.side, item: id }];
  let before: ElementId = id;
  for (let index = 1; index < delta.values.length; index++) {
    const next = { replica, counter, index };
    nodes.push({ id: next, parent: before, side: "right", item: next });
    before = next;
  }
  return nodes;
}

export function liftList(delta: ListDelta, origin: Origin): ListState {
  const nodes = bornNodes(delta, origin);
  const none = { value: undefined, edited: undefined, moved: undefined, removed: undefined };
  if (delta.type === "insert") return { nodes, items: nodes.map(({ id }, index) => ({ ...none, id, value: delta.values[index] })) };
  const id = resolveElement(delta.item, origin.dot.replica);
  const stamp = { lamport: origin.lamport, replica: origin.dot.replica, counter: origin.dot.counter };
  if (delta.type === "edit") return { nodes, items: [{ ...none, id, value: delta.value, edited: stamp }] };
  if (delta.type === "move") return { nodes, items: [{ ...none, id, moved: stamp }] };
  return {
    nodes,
    items: [{ ...none, id, removed: { edited: resolveStamp(delta.edited, origin), moved: resolveStamp(delta.moved, origin) } }],
  };
}

/**
 * The delta under other dots: for a replica that must take a new id and restamp what it had pending (trap 4). `restamp` gives each of the
 * author's own dots its new one; a dot that stays with the old id is then named in full.
 */
export function restampListDelta(delta: ListDelta, author: ReplicaId, newAuthor: ReplicaId, restamp: (own: Dot) => Dot): ListDelta {
  return renameDots(delta, (ref) => {
    const { replica, counter } = ref.replica === undefined ? restamp({ replica: author, counter: ref.counter }) : ref;
    return { replica: replica === newAuthor ? undefined : replica, counter };
  });
}

const types = ["insert", "edit", "move", "remove"] as const;
const leftBit = 4;
const parentBit = 8;
const editedBit = 16;
const movedBit = 32;

/** One byte says the type and which parts follow. */
export function encodeListDelta(delta: ListDelta): Uint8Array {
  const writer = new ByteWriter();
  let head = types.indexOf(delta.type);
  if ("place" in delta) head |= (delta.place.side === "left" ? leftBit : 0) | (delta.place.parent === undefined ? 0 : parentBit);
  if (delta.type === "remove") head |= (delta.edited === undefined ? 0 : editedBit) | (delta.moved === undefined ? 0 : movedBit);
  writer.byte(head);
  if (delta.type !== "insert") writeRef(writer, delta.item);
  if ("place" in delta && delta.place.parent !== undefined) writeRef(writer, delta.place.parent);
  if (delta.type === "insert") {
    writer.varint(delta.values.length);
    for (const value of delta.values) writeValue(writer, value);
  } else if (delta.type === "edit") writeValue(writer, delta.value);
  else if (delta.type === "remove") {
    if (delta.edited !== undefined) writeStamp(writer, delta.edited);
    if (delta.moved !== undefined) writeStamp(writer, delta.moved);
  }
  return writer.finish();
}

export function decodeListDelta(bytes: Uint8Array): ListDelta {
  const reader = new ByteReader(bytes);
  const delta = readDelta(reader);
  reader.end();
  return delta;
}

function readDelta(reader: ByteReader): ListDelta {
  const head = reader.byte();
  const type = types[head & 3] as (typeof types)[number];
  const isPlaced = type === "insert" || type === "move";
  const allowed = 3 | (isPlaced ? leftBit | parentBit : 0) | (type === "remove" ? editedBit | movedBit : 0);
  if ((head & ~allowed) !== 0) reader.fail("unknown flags");
  if (type === "insert") {
    const place = readPlace(reader, head);
    const count = reader.bounded(listLimits.itemsMax);
    if (count === 0) reader.fail("nothing");
    const values: Value[] = [];
    for (let i = 0; i < count; i++) values.push(readValue(reader));
    return { type, place, values };
  }
  const item = readRef(reader);
  if (type === "edit") return { type, item, value: readValue(reader) };
  if (type === "move") return { type, item, place: readPlace(reader, head) };
  const edited = (head & editedBit) === 0 ? undefined : readStamp(reader);
  return { type, item, edited, moved: (head & movedBit) === 0 ? undefined : readStamp(reader) };
}

function readPlace(reader: ByteReader, head: number): NodePlace {
  const parent = (head & parentBit) === 0 ? undefined : readRef(reader);
  const side: Side = (head & leftBit) === 0 ? "right" : "left";
  if (parent === undefined && side === "left") reader.fail("nothing");
  return { parent, side };
}

/** Whose, its counter, and the place within the operation. */
function writeRef(writer: ByteWriter, ref: ElementRef): void {
  writeOwner(writer, ref);
  writer.varint(ref.index);
}

function readRef(reader: ByteReader): ElementRef {
  return { ...readOwner(reader), index: reader.bounded(listLimits.itemsMax) };
}

function writeStamp(writer: ByteWriter, stamp: StampRef): void {
  writer.varint(stamp.lamport);
  writeOwner(writer, stamp);
}

function readStamp(reader: ByteReader): StampRef {
  return { lamport: reader.varint(), ...readOwner(reader) };
}

function writeOwner(writer: ByteWriter, ref: { readonly replica: ReplicaId | undefined; readonly counter: number }): void {
  writer.byte(ref.replica === undefined ? 0 : 1);
  if (ref.replica !== undefined) writeReplicaId(writer, ref.replica);
  writer.varint(ref.counter);
}

function readOwner(reader: ByteReader): { readonly replica: ReplicaId | undefined; readonly counter: number } {
  const named = reader.byte();
  if (named > 1) reader.fail("unknown flags");
  return { replica: named === 1 ? readReplicaId(reader) : undefined, counter: readCounter(reader) };
}
