/**
 * An observed-remove set: an element is there while one of its adds has not been removed, and a remove takes exactly the adds
 * that its author had observed; so an add survives a remove that has not seen it.
 *
 * A delta claims to have seen its own dot and the dots that it removes, of the elements that it names, and nothing else: were
 * it to claim its author's whole vector, it would remove elements elsewhere whose adds it never carried (trap 23). Dots are
 * kept by element, since one operation may add several and a remove of one says nothing about the rest.
 */
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { type Value, readValue, valueToKey, writeValue } from "../base/value.ts";
import { dotsBeyond, dotsInclude, joinDots, noDots } from "../causality/causal-context.ts";
import { type Dot, compareDots } from "../causality/dot.ts";
import { addDot, emptyVector, joinVectors, vectorContains, vectorCovers, type VersionVector } from "../causality/version-vector.ts";
import { type Lattice, type Origin, refuseChange, type ReplicaTable } from "./lattice.ts";
import { readReplicaId, writeReplicaId } from "../causality/replica-id.ts";
import { ascending, readCounter, readDot, readVector, writeDot, writeVector } from "./replica-table.ts";

export interface SetState {
  /** Every operation of a replica on this set up to here is in `elements`: a dot that this covers and an element lacks was removed from it. */
  readonly seen: VersionVector;
  /** By `valueToKey`. */
  readonly elements: ReadonlyMap<string, SetElement>;
}

export interface SetElement {
  readonly value: Value;
  /** The adds that stand; without one the element is not in the set. Sorted. */
  readonly dots: readonly Dot[];
  /** Adds that were removed before they were seen. Sorted; they go when `seen` reaches them. */
  readonly removed: readonly Dot[];
}

export interface SetDelta {
  /** Ascending by key, as `removed` is. */
  readonly added: readonly Value[];
  readonly removed: readonly SetRemoval[];
}

export interface SetRemoval {
  readonly value: Value;
  /** Sorted, at least one. */
  readonly dots: readonly Dot[];
}

const emptySet: SetState = { seen: emptyVector, elements: new Map() };

export const setLattice: Lattice<SetState, SetDelta> = {
  kind: "set",
  apply(state, delta, origin) {
    const held = state ?? emptySet;
    return { state: absorb(join(held, lift(delta, origin)), origin.dot), concurrent: !vectorCovers(origin.context, held.seen), losers: [] };
  },
  plan(state, change) {
    if (change.type === "set-add") return { ok: true, delta: planAdd(state ?? emptySet, change.values) };
    if (change.type === "set-delete") return { ok: true, delta: planDelete(state ?? emptySet, change.values) };
    return refuseChange("set");
  },
  lift,
  join,
  view(state) {
    const values: Value[] = [];
    if (state !== undefined) for (const [, element] of ascending(state.elements)) if (element.dots.length > 0) values.push(element.value);
    return values;
  },
  encodeState,
  decodeState,
  encodeDelta,
  decodeDelta,
  refer(state, name) {
    for (const [replica, counter] of state.seen) name(replica, counter);
    for (const { dots } of state.elements.values()) for (const { replica, counter } of dots) name(replica, counter);
  },
  valuesOf: (delta) => delta.added,
};

/** The small element. A dot that the operation's context does not hold was never observed, and removing it does nothing (trap 7). */
function lift(delta: SetDelta, origin: Origin): SetState {
  const elements = new Map<string, SetElement>();
  for (const value of delta.added) elements.set(valueToKey(value), { value, dots: [origin.dot], removed: noDots });
  for (const { value, dots } of delta.removed) {
    const key = valueToKey(value);
    const observed = dots.filter((dot) => vectorContains(origin.context, dot));
    if (observed.length > 0) elements.set(key, { value, dots: elements.get(key)?.dots ?? noDots, removed: observed });
  }
  return { seen: emptyVector, elements };
}

function join(a: SetState, b: SetState): SetState {
  const seen = joinVectors(a.seen, b.seen);
  const elements = new Map<string, SetElement>();
  // A lifted delta has seen nothing outside its own elements: the rest stands as it is, which keeps one write from walking them all.
  const isSmall = b.seen.size === 0;
  for (const [key, element] of a.elements) {
    const other = b.elements.get(key);
    keep(elements, key, isSmall && other === undefined ? element : joinElements(a.seen, element, b.seen, other, seen));
  }
  for (const [key, element] of b.elements) {
    if (!a.elements.has(key)) keep(elements, key, joinElements(b.seen, element, a.seen, undefined, seen));
  }
  return { seen, elements };
}

function keep(elements: Map<string, SetElement>, key: string, element: SetElement): void {
  if (element.dots.length > 0 || element.removed.length > 0) elements.set(key, element);
}

/** A dot stands if both sides have it, or one has it and the other has not seen it. */
function joinElements(
  aSeen: VersionVector,
  a: SetElement,
  bSeen: VersionVector,
  b: SetElement | undefined,
  seen: VersionVector,
): SetElement {
  const bDots = b?.dots ?? noDots;
  const bRemoved = b?.removed ?? noDots;
  const standing: Dot[] = [];
  for (const dot of a.dots) {
    if (dotsInclude(bDots, dot) || !(vectorContains(bSeen, dot) || dotsInclude(bRemoved, dot))) standing.push(dot);
  }
  for (const dot of bDots) {
    if (!dotsInclude(a.dots, dot) && !(vectorContains(aSeen, dot) || dotsInclude(a.removed, dot))) standing.push(dot);
  }
  if (standing.length > 1) standing.sort(compareDots);
  return { value: a.value, dots: standing, removed: dotsBeyond(joinDots(a.removed, bRemoved), seen) };
}

/** The operation is applied, and operations of one replica come in counter order: everything up to its dot has been seen. */
function absorb(state: SetState, dot: Dot): SetState {
  const seen = addDot(state.seen, dot);
  let elements: Map<string, SetElement> | undefined;
  for (const [key, element] of state.elements) {
    if (element.removed.length === 0) continue;
    elements ??= new Map(state.elements);
    const removed = dotsBeyond(element.removed, seen);
    if (element.dots.length === 0 && removed.length === 0) elements.delete(key);
    else elements.set(key, { value: element.value, dots: element.dots, removed });
  }
  return { seen, elements: elements ?? state.elements };
}

/** Also an element that is there: the new add replaces those that the writer has observed, and outlives a remove that has not seen it. */
function planAdd(state: SetState, values: readonly Value[]): SetDelta | undefined {
  const added = byKey(values);
  if (added.length === 0) return undefined;
  return { added: added.map(([, value]) => value), removed: removalsOf(state, added) };
}

function planDelete(state: SetState, values: readonly Value[]): SetDelta | undefined {
  const removed = removalsOf(state, byKey(values));
  return removed.length === 0 ? undefined : { added: [], removed };
}

function byKey(values: readonly Value[]): readonly (readonly [string, Value])[] {
  if (values.length === 1) return [[valueToKey(values[0] as Value), values[0] as Value]];
  return [...ascending(new Map(values.map((value) => [valueToKey(value), value])))];
}

function removalsOf(state: SetState, values: readonly (readonly [string, Value])[]): readonly SetRemoval[] {
  const removals: SetRemoval[] = [];
  for (const [key, value] of values) {
    const dots = state.elements.get(key)?.dots ?? noDots;
    if (dots.length > 0) removals.push({ value, dots });
  }
  return removals;
}

function encodeState(state: SetState, writer: ByteWriter, replicas: ReplicaTable): void {
  writeVector(writer, replicas, state.seen);
  writer.varint(state.elements.size);
  for (const [, element] of ascending(state.elements)) {
    writeValue(writer, element.value);
    writeDots(writer, replicas, element.dots);
    writeDots(writer, replicas, element.removed);
  }
}

function writeDots(writer: ByteWriter, replicas: ReplicaTable, dots: readonly Dot[]): void {
  writer.varint(dots.length);
  for (const dot of dots) writeDot(writer, replicas, dot);
}

function decodeState(reader: ByteReader, replicas: ReplicaTable): SetState {
  const seen = readVector(reader, replicas);
  const count = reader.bounded(reader.remaining);
  const elements = new Map<string, SetElement>();
  let last = "";
  for (let i = 0; i < count; i++) {
    const value = readValue(reader);
    last = nextKey(reader, last, value);
    const dots = readDots(reader, replicas);
    const removed = readDots(reader, replicas);
    if (dots.length === 0 && removed.length === 0) reader.fail("nothing");
    elements.set(last, { value, dots, removed });
  }
  return { seen, elements };
}

function nextKey(reader: ByteReader, last: string, value: Value): string {
  const key = valueToKey(value);
  return key > last ? key : reader.fail("out of order");
}

function readDots(reader: ByteReader, replicas: ReplicaTable | undefined): readonly Dot[] {
  const count = reader.bounded(reader.remaining);
  if (count === 0) return noDots;
  const dots: Dot[] = [];
  for (let i = 0; i < count; i++) {
    const dot = replicas === undefined ? { replica: readReplicaId(reader), counter: readCounter(reader) } : readDot(reader, replicas);
    const previous = dots[i - 1];
    if (previous !== undefined && compareDots(previous, dot) >= 0) reader.fail("out of order");
    dots.push(dot);
  }
  return dots;
}

function encodeDelta(delta: SetDelta): Uint8Array {
  const writer = new ByteWriter(64);
  writer.varint(delta.added.length);
  for (const value of delta.added) writeValue(writer, value);
  writer.varint(delta.removed.length);
  for (const { value, dots } of delta.removed) {
    writeValue(writer, value);
    writer.varint(dots.length);
    for (const dot of dots) {
      writeReplicaId(writer, dot.replica);
      writer.varint(dot.counter);
    }
  }
  return writer.finish();
}

function decodeDelta(bytes: Uint8Array): SetDelta {
  const reader = new ByteReader(bytes);
  const added: Value[] = [];
  let last = "";
  for (let count = reader.bounded(reader.remaining); count > 0; count--) {
    const value = readValue(reader);
    last = nextKey(reader, last, value);
    added.push(value);
  }
  const removed: SetRemoval[] = [];
  last = "";
  for (let count = reader.bounded(reader.remaining); count > 0; count--) {
    const value = readValue(reader);
    last = nextKey(reader, last, value);
    const dots = readDots(reader, undefined);
    if (dots.length === 0) reader.fail("nothing");
    removed.push({ value, dots });
  }
  reader.end();
  return { added, removed };
}
