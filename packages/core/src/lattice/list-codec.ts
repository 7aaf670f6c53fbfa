/**
 * A list's state as bytes: nodes in id order, each said by its difference from the one before. A run is one entry, whatever its length;
 * typing one item after another costs two bytes an item beside its value. Equal states have equal bytes.
 */
import type { ByteReader, ByteWriter } from "../base/bytes.ts";
import { readValue, type Value, writeValue } from "../base/value.ts";
import { isSameDot } from "../causality/dot.ts";
import type { ReplicaTable } from "./lattice.ts";
import { listLimits } from "./list-delta.ts";
import {
  compareElements,
  type ElementId,
  findElement,
  type ListItem,
  type ListNode,
  type ListRemoval,
  type ListStamp,
  type ListState,
} from "./list-state.ts";

const sameReplica = 1;
const nextCounter = 2;
const single = 4;
const leftSide = 8;
/** Two bits: the root; the node before in id order; another of the same replica; any. */
const parentShift = 4;
const moved = 64;
const withIndex = 128;

export function encodeList(state: ListState, writer: ByteWriter, replicas: ReplicaTable): void {
  writer.varint(state.nodes.length);
  for (let at = 0; at < state.nodes.length; ) at += writeRun(state.nodes, at, writer, replicas);
  writeItems(state, writer, replicas);
}

export function decodeList(reader: ByteReader, replicas: ReplicaTable): ListState {
  const count = reader.bounded(listLimits.decodedNodesMax);
  const nodes: ListNode[] = [];
  while (nodes.length < count) readRun(nodes, count, reader, replicas);
  return { nodes, items: readItems(nodes, reader, replicas) };
}

function isChained(before: ListNode, node: ListNode): boolean {
  const { id, parent } = node;
  if (parent === undefined || node.side !== "right" || node.item !== id) return false;
  return id.index === before.id.index + 1 && isSameDot(id, before.id) && compareElements(parent, before.id) === 0;
}

function writeRun(nodes: readonly ListNode[], at: number, writer: ByteWriter, replicas: ReplicaTable): number {
  const node = nodes[at] as ListNode;
  const before = nodes[at - 1]?.id;
  const { id, parent } = node;
  const isMove = compareElements(node.item, id) !== 0;
  let length = 1;
  while (!isMove && at + length < nodes.length && isChained(nodes[at + length - 1] as ListNode, nodes[at + length] as ListNode)) length++;
  const isSame = before?.replica === id.replica;
  const base = isSame ? before.counter : 0;
  const kind =
    parent === undefined ? 0 : before !== undefined && compareElements(parent, before) === 0 ? 1 : parent.replica === id.replica ? 2 : 3;
  let head = kind << parentShift;
  if (isSame) head |= sameReplica;
  if (id.counter === base + 1) head |= nextCounter;
  if (length === 1) head |= single;
  if (node.side === "left") head |= leftSide;
  if (isMove) head |= moved;
  if (id.index !== 0) head |= withIndex;
  writer.byte(head);
  if (!isSame) writer.varint(replicas.indexOf(id.replica));
  if (id.counter !== base + 1) writer.varint(id.counter - base);
  if (id.index !== 0) writer.varint(id.index);
  if (length !== 1) writer.varint(length);
  if (parent !== undefined && kind >= 2) writeElement(writer, parent, kind === 2 ? id : undefined, replicas);
  if (isMove) writeElement(writer, node.item, undefined, replicas);
  return length;
}

function readRun(nodes: ListNode[], count: number, reader: ByteReader, replicas: ReplicaTable): void {
  const head = reader.byte();
  const before = nodes.at(-1)?.id;
  const same = (head & sameReplica) === 0 ? undefined : (before ?? reader.fail("nothing"));
  const replica = same === undefined ? replicas.at(reader.varint(), reader) : same.replica;
  const counter = (same?.counter ?? 0) + ((head & nextCounter) !== 0 ? 1 : reader.varint());
  const index = (head & withIndex) !== 0 ? reader.bounded(listLimits.itemsMax) : 0;
  const length = (head & single) !== 0 ? 1 : reader.bounded(count - nodes.length);
  const kind = (head >> parentShift) & 3;
  let id: ElementId = { replica, counter, index };
  if (kind === 1 && before === undefined) reader.fail("nothing");
  let parent = kind === 0 ? undefined : kind === 1 ? before : readElement(reader, kind === 2 ? id : undefined, replicas);
  const side = (head & leftSide) === 0 ? "right" : "left";
  if (parent === undefined && side === "left") reader.fail("nothing");
  const isMove = (head & moved) !== 0;
  const item = isMove ? readElement(reader, undefined, replicas) : id;
  if (length === 0 || (isMove && length > 1)) reader.fail("nothing");
  if (before !== undefined && compareElements(before, id) >= 0) reader.fail("out of order");
  nodes.push({ id, parent, side, item });
  for (let i = 1; i < length; i++) {
    parent = id;
    id = { replica, counter, index: index + i };
    nodes.push({ id, parent, side: "right", item: id });
  }
}

/** With `near`: of the same replica, mostly a little earlier, so its counter is said backwards (twice, plus 1 for one that is later). */
function writeElement(writer: ByteWriter, id: ElementId, near: ElementId | undefined, replicas: ReplicaTable): void {
  if (near === undefined) {
    writer.varint(replicas.indexOf(id.replica));
    writer.varint(id.counter);
  } else writer.varint(id.counter <= near.counter ? (near.counter - id.counter) * 2 : (id.counter - near.counter) * 2 + 1);
  writer.varint(id.index);
}

function readElement(reader: ByteReader, near: ElementId | undefined, replicas: ReplicaTable): ElementId {
  if (near === undefined)
    return {
      replica: replicas.at(reader.varint(), reader),
      counter: reader.varint(),
      index: reader.bounded(listLimits.itemsMax),
    };
  const distance = reader.varint();
  const counter = near.counter + (distance % 2 === 0 ? -distance / 2 : (distance - 1) / 2);
  if (counter < 1 || !Number.isSafeInteger(counter)) reader.fail("out of range");
  return { replica: near.replica, counter, index: reader.bounded(listLimits.itemsMax) };
}

const hasEdited = 1;
const hasMoved = 2;
const hasRemoved = 4;
const removedEdited = 8;
const removedMoved = 16;
const hasValue = 32;
/** In the order in which they are written. */
const stampBits = [hasEdited, hasMoved, removedEdited, removedMoved];

/**
 * In id order. A plain item is just its value, and a run of them says its length once; the others say what happened to them. What is
 * known of items whose insertion has not arrived follows at the end, each with its id.
 */
function writeItems(state: ListState, writer: ByteWriter, replicas: ReplicaTable): void {
  const known: ListItem[] = [];
  const early: ListItem[] = [];
  for (const item of state.items) (isBorn(state.nodes, item.id) ? known : early).push(item);
  for (let at = 0; at < known.length; ) {
    let plain = at;
    while (plain < known.length && isPlain(known[plain] as ListItem)) plain++;
    writer.varint(plain - at);
    for (; at < plain; at++) writeValue(writer, (known[at] as ListItem).value as Value);
    if (at < known.length) writeHistory(known[at++] as ListItem, writer, replicas);
  }
  writer.varint(early.length);
  for (const item of early) {
    writeElement(writer, item.id, undefined, replicas);
    writeHistory(item, writer, replicas);
  }
}

function isBorn(nodes: readonly ListNode[], id: ElementId): boolean {
  const node = nodes[findElement(nodes, id)];
  return node !== undefined && compareElements(node.item, id) === 0;
}

function isPlain(item: ListItem): boolean {
  return item.value !== undefined && item.edited === undefined && item.moved === undefined && item.removed === undefined;
}

function readItems(nodes: readonly ListNode[], reader: ByteReader, replicas: ReplicaTable): readonly ListItem[] {
  const born = nodes.filter((node) => compareElements(node.item, node.id) === 0);
  const items: ListItem[] = [];
  while (items.length < born.length) {
    const plain = reader.bounded(born.length - items.length);
    for (let i = 0; i < plain; i++) {
      const id = (born[items.length] as ListNode).id;
      items.push({ id, value: readValue(reader), edited: undefined, moved: undefined, removed: undefined });
    }
    if (items.length < born.length) items.push(readHistory((born[items.length] as ListNode).id, reader, replicas));
  }
  const early = reader.bounded(listLimits.decodedNodesMax);
  for (let i = 0; i < early; i++) items.push(readHistory(readElement(reader, undefined, replicas), reader, replicas));
  if (early > 0) items.sort((a, b) => compareElements(a.id, b.id));
  for (let i = 1; early > 0 && i < items.length; i++) {
    if (compareElements((items[i - 1] as ListItem).id, (items[i] as ListItem).id) === 0) reader.fail("out of order");
  }
  return items;
}

function writeHistory(item: ListItem, writer: ByteWriter, replicas: ReplicaTable): void {
  const { edited, moved: movedTo, removed, value } = item;
  const stamps = [edited, movedTo, removed?.edited, removed?.moved];
  let head = (removed === undefined ? 0 : hasRemoved) | (value === undefined ? 0 : hasValue);
  for (const [i, stamp] of stamps.entries()) if (stamp !== undefined) head |= stampBits[i] as number;
  writer.byte(head);
  for (const stamp of stamps) if (stamp !== undefined) writeStamp(stamp, writer, replicas);
  if (value !== undefined) writeValue(writer, value);
}

function readHistory(id: ElementId, reader: ByteReader, replicas: ReplicaTable): ListItem {
  const head = reader.byte();
  if (head >= 64) reader.fail("unknown flags");
  const stamp = (bit: number): ListStamp | undefined => ((head & bit) === 0 ? undefined : readStamp(reader, replicas));
  const edited = stamp(hasEdited);
  const movedTo = stamp(hasMoved);
  const seen: ListRemoval = { edited: stamp(removedEdited), moved: stamp(removedMoved) };
  const value = (head & hasValue) === 0 ? undefined : readValue(reader);
  if (edited !== undefined && value === undefined) reader.fail("nothing");
  return { id, value, edited, moved: movedTo, removed: (head & hasRemoved) === 0 ? undefined : seen };
}

function writeStamp(stamp: ListStamp, writer: ByteWriter, replicas: ReplicaTable): void {
  writer.varint(stamp.lamport);
  writer.varint(replicas.indexOf(stamp.replica));
  writer.varint(stamp.counter);
}

function readStamp(reader: ByteReader, replicas: ReplicaTable): ListStamp {
  return { lamport: reader.varint(), replica: replicas.at(reader.varint(), reader), counter: reader.varint() };
}
