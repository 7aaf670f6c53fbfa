/**
 * A record is the product of its fields' lattices, and one operation changes one of them. The client and r0 apply operations
 * with this one function, so that the same operations give the same record wherever and in whatever order they arrive.
 *
 * The record's vector decides duplicates, for ever (trap 3): operations of one replica are applied in counter order, so a dot
 * that the vector contains has been applied (trap 2), and one that it does not contain has not.
 */
import { defined } from "../base/assert.ts";
import { compareBytes } from "../base/bytes.ts";
import { type Dot, compareDots, isSameDot } from "../causality/dot.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import { type VersionVector, addDot, emptyVector, joinVectors, vectorContains, vectorCovers } from "../causality/version-vector.ts";
import type { Operation, Transaction } from "../operation/operation.ts";
import { arbitratedLattice } from "./arbitrated.ts";
import { counterLattice } from "./counter.ts";
import { type AnyLattice, type Kind, type Loser, type Origin, kindCodes } from "./lattice.ts";
import { listLattice } from "./list.ts";
import { firstUnremoved, foldRecord, knowsDot, unfoldContext } from "./fold.ts";
import { collectByte, foldByte, presenceLattice } from "./presence.ts";
import type { FieldState, OpaqueOperation, RecordState } from "./record-state.ts";
import { registerLattice } from "./register.ts";
import { ascending } from "./replica-table.ts";
import { setLattice } from "./set.ts";

/** By kind number. A kind that is not in it is opaque: kept and passed on, never dropped. */
export type LatticeTable = ReadonlyMap<number, AnyLattice>;

/** All but `text`, which a schema brings along when it declares one (its code, Yjs, is then in the bundle). */
export const baseLattices: LatticeTable = new Map<number, AnyLattice>([
  [kindCodes.register, registerLattice],
  [kindCodes.counter, counterLattice],
  [kindCodes.set, setLattice],
  [kindCodes.list, listLattice],
  [kindCodes.arbitrated, arbitratedLattice],
]);

export const emptyRecord: RecordState = {
  vector: emptyVector,
  folded: undefined,
  kept: [],
  removed: emptyVector,
  deletes: emptyVector,
  fields: new Map(),
  opaque: [],
  opaqueFields: new Map(),
};

export interface FieldLoser extends Loser {
  readonly field: string;
  readonly kind: Kind;
}

/** A delete and an edit met that had not seen each other: the edit brought the record back whole, the deletes are the losers. */
export interface Revival {
  readonly edit: Dot;
  readonly deletions: readonly Dot[];
}

export interface AppliedOperation {
  readonly record: RecordState;
  /** The record has this dot already: nothing has changed. */
  readonly duplicate: boolean;
  readonly concurrent: boolean;
  readonly losers: readonly FieldLoser[];
  /** Said once for each deletion: when the edit that it had not seen arrives, or when it arrives itself and the record stays. */
  readonly revived: Revival | undefined;
}

/** A field that was written with two kinds has a state of each (trap 25). */
export function fieldKey(field: string, kind: Kind | number): string {
  return `${typeof kind === "number" ? kind : kindCodes[kind]}/${field}`;
}

/** Some operation on this record has been applied, a delete perhaps. */
export function isKnown(record: RecordState): boolean {
  return record.vector.size > 0;
}

/** It exists for the app: not every operation on it was seen by a delete. */
export function isVisible(record: RecordState): boolean {
  if (record.folded !== undefined) return firstUnremoved(record) !== undefined;
  return !vectorCovers(record.removed, record.vector);
}

export function isShown(record: RecordState | undefined): record is RecordState {
  return record !== undefined && isVisible(record);
}

/** The operation's dot, stamp and full context; its author's own earlier operations are implied on the wire. `sequence`: r0's, once given. */
export function originOf(transaction: Transaction, index: number, sequence: number | undefined): Origin {
  const { replica, body } = transaction;
  const counter = transaction.counter + index;
  const operation = body.type === "operations" ? body.operations[index] : undefined;
  const { context } = defined(operation, "no such operation");
  return { dot: { replica, counter }, lamport: transaction.lamport + index, context: withOwn(context, replica, counter - 1), sequence };
}

/** The same, of an operation that was kept without being understood. */
export function originOfOpaque({ replica, counter, lamport, context }: OpaqueOperation): Origin {
  return { dot: { replica, counter }, lamport, context: withOwn(context, replica, counter - 1), sequence: undefined };
}

function withOwn(context: VersionVector, replica: ReplicaId, counter: number): VersionVector {
  return counter < 1 ? context : new Map(context).set(replica, counter);
}

/**
 * Operations of one replica come in counter order (r0's stream is causal; the reorder buffer sees to it elsewhere).
 * Throws a decode fault for a delta that is none: whoever applies a peer's operations does so within `decodeSafely`.
 */
export function applyOperation(
  lattices: LatticeTable,
  held: RecordState | undefined,
  operation: Operation,
  origin: Origin,
): AppliedOperation {
  const record = held ?? emptyRecord;
  if (knowsDot(record, origin.dot)) return unchanged(record);
  // With what the context stands for. What is kept of it is what its author has said.
  const seen = record.folded === undefined ? origin : { ...origin, context: unfoldContext(record, origin.context) };
  if (operation.kind === kindCodes.presence) return applyPresence(lattices, record, operation, origin, seen);
  const lattice = lattices.get(operation.kind);
  return lattice === undefined ? applyOpaque(record, operation, seen) : applyToField(record, lattice, operation, seen);
}

function unchanged(record: RecordState): AppliedOperation {
  return { record, duplicate: true, concurrent: false, losers: noLosers, revived: undefined };
}

function changed(
  record: RecordState,
  revived: Revival | undefined,
  concurrent = revived !== undefined,
  losers = noLosers,
): AppliedOperation {
  return { record, duplicate: false, concurrent, losers, revived };
}

/** A record that nobody but its holder has seen: a transaction's operations change it in place, without a copy for each. */
export type OpenRecord = { -readonly [Part in keyof RecordState]: RecordState[Part] } & {
  readonly vector: Map<ReplicaId, number>;
  readonly fields: Map<string, FieldState>;
};

/** A copy to change. From then on it is the holder's alone until it hands it on, and never changed after that. */
export function openRecord(held: RecordState | undefined): OpenRecord {
  const record = held ?? emptyRecord;
  return { ...record, vector: new Map(record.vector), fields: new Map(record.fields) };
}

/** The planner's `applyOperation`: the delta is known already, and a field of a record without deletes, which is nearly every one, needs no copy. */
export function applyPlanned(lattices: LatticeTable, open: OpenRecord, operation: Operation, delta: unknown, origin: Origin): OpenRecord {
  const lattice = lattices.get(operation.kind);
  if (lattice === undefined || open.deletes.size > 0 || open.folded !== undefined)
    return openRecord(applyOperation(lattices, open, operation, origin).record);
  const key = fieldKey(operation.field, operation.kind);
  open.fields.set(key, { kind: lattice.kind, state: lattice.apply(open.fields.get(key)?.state, delta, origin).state });
  open.vector.set(origin.dot.replica, origin.dot.counter);
  return open;
}

function applyToField(record: RecordState, lattice: AnyLattice, operation: Operation, origin: Origin): AppliedOperation {
  const key = fieldKey(operation.field, operation.kind);
  const applied = lattice.apply(record.fields.get(key)?.state, lattice.decodeDelta(operation.delta), origin);
  const fields = new Map(record.fields).set(key, { kind: lattice.kind, state: applied.state });
  const edited: RecordState = { ...record, vector: addDot(record.vector, origin.dot), fields };
  const revived = revivalByEdit(record, edited, origin);
  const losers =
    applied.losers.length === 0 ? noLosers : applied.losers.map((loser) => ({ ...loser, field: operation.field, kind: lattice.kind }));
  return changed(edited, revived, applied.concurrent || revived !== undefined, losers);
}

const noLosers: readonly FieldLoser[] = [];

function applyOpaque(record: RecordState, operation: Operation, origin: Origin): AppliedOperation {
  const { field, kind, delta, context } = operation;
  const opaque: OpaqueOperation = { ...origin.dot, lamport: origin.lamport, field, kind, delta, context };
  const edited: RecordState = { ...record, vector: addDot(record.vector, origin.dot), opaque: joinOpaque(record.opaque, [opaque]) };
  return changed(edited, revivalByEdit(record, edited, origin));
}

function applyPresence(lattices: LatticeTable, record: RecordState, operation: Operation, origin: Origin, seen: Origin): AppliedOperation {
  const delta = presenceLattice.decodeDelta(operation.delta);
  if (delta.type === "fold") return applyFold(lattices, record, delta.vector ?? emptyVector, origin);
  if (delta.type === "collect") return applyCollect(record, delta.vector ?? origin.context);
  const { removed, deletes } = presenceLattice.apply(record, delta, origin).state;
  const after: RecordState = { ...record, vector: addDot(record.vector, origin.dot), removed, deletes };
  if (delta.type === "touch") return changed(after, revivalByEdit(record, after, seen));
  const revived = revivalByDelete(record, after, origin);
  return changed(after, revived, revived !== undefined || !vectorCovers(seen.context, record.deletes));
}

/**
 * The record is as if it had never been, if the collection has seen all of it: else it is a later one of the same id, from a snapshot that was
 * read after. r0 collects behind the horizon, so that whoever gets here along the stream holds just what r0 held.
 */
function applyCollect(record: RecordState, seen: VersionVector): AppliedOperation {
  return isKnown(record) && vectorCovers(seen, record.vector) ? changed(emptyRecord, undefined) : unchanged(record);
}

/** It changes nothing that is shown, but for a delete that is here before its place in the order, and had not seen what the last fold lets go. */
function applyFold(lattices: LatticeTable, record: RecordState, through: VersionVector, origin: Origin): AppliedOperation {
  if (!isKnown(record)) return unchanged(record);
  const folded = foldRecord((kind) => latticeOf(lattices, kind), record, through, origin.dot);
  return changed(folded, revivalByEdit(record, folded, { ...origin, context: through }), false);
}

/** Whether it is r0's word on how a record is remembered, and no change by anybody. */
export function isFold(operation: Operation): boolean {
  return operation.kind === kindCodes.presence && operation.delta[0] === foldByte;
}

/** Whether it is r0's word that a record is to be forgotten. */
export function isCollect(operation: Operation): boolean {
  return operation.kind === kindCodes.presence && operation.delta[0] === collectByte;
}

function revivalByEdit(before: RecordState, after: RecordState, origin: Origin): Revival | undefined {
  if (before.deletes.size === 0 || isVisible(before) || !isVisible(after)) return undefined;
  const deletions: Dot[] = [];
  for (const [replica, counter] of ascending(before.deletes)) {
    if (!vectorContains(origin.context, { replica, counter })) deletions.push({ replica, counter });
  }
  return deletions.length === 0 ? undefined : { edit: origin.dot, deletions };
}

function revivalByDelete(before: RecordState, after: RecordState, origin: Origin): Revival | undefined {
  if (!isVisible(before)) return undefined;
  const edit = firstUnremoved(after);
  return edit === undefined ? undefined : { edit, deletions: [origin.dot] };
}

/**
 * Whether `origin`'s operation, on the loser's key, shows that the loser's value was overwritten by somebody who had it before
 * them and did not know the winner: then it was not lost to the winner, and leaves the conflict log.
 */
export function isLoserOverwritten(loser: Loser, origin: Origin): boolean {
  return vectorContains(origin.context, loser.dot) && !vectorContains(origin.context, loser.winner);
}

/** Two states of one record: a snapshot over what is there. */
export function joinRecords(lattices: LatticeTable, a: RecordState, b: RecordState): RecordState {
  const fields = new Map<string, FieldState>(a.fields);
  for (const [key, field] of b.fields) {
    const mine = fields.get(key);
    if (mine === undefined) fields.set(key, field);
    else fields.set(key, { kind: field.kind, state: latticeOf(lattices, field.kind).join(mine.state, field.state) });
  }
  return {
    ...joinFolds(a, b),
    removed: joinVectors(a.removed, b.removed),
    deletes: joinVectors(a.deletes, b.deletes),
    fields,
    opaque: joinOpaque(a.opaque, b.opaque),
    opaqueFields: joinOpaqueFields(a.opaqueFields, b.opaqueFields),
  };
}

/** A fold is no join: of two states, the one that is further in r0's order says what is folded. */
function joinFolds(a: RecordState, b: RecordState): Pick<RecordState, "vector" | "folded" | "kept"> {
  const vector = joinVectors(a.vector, b.vector);
  if (a.folded === undefined && b.folded === undefined) return { vector, folded: undefined, kept: a.kept };
  const isBLater = b.folded !== undefined && !knowsDot(a, b.folded.by);
  const { folded, kept } = isBLater || a.folded === undefined ? b : a;
  return {
    vector: new Map([...vector].filter(([replica, counter]) => counter > (folded?.vector.get(replica) ?? 0))),
    folded,
    kept,
  };
}

export function latticeOf(lattices: LatticeTable, kind: Kind): AnyLattice {
  return defined(lattices.get(kindCodes[kind]), `kind ${kind} without its lattice`);
}

function joinOpaque(a: readonly OpaqueOperation[], b: readonly OpaqueOperation[]): readonly OpaqueOperation[] {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  const joined = [...a];
  for (const operation of b) if (!a.some((other) => isSameDot(other, operation))) joined.push(operation);
  return joined.sort(compareDots);
}

/** Nobody here can join what nobody here can read: the longer state is the one that has taken in more. r0's next snapshot is whole. */
function joinOpaqueFields(a: ReadonlyMap<string, Uint8Array>, b: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array> {
  if (b.size === 0) return a;
  const joined = new Map(a);
  for (const [key, bytes] of b) {
    const mine = joined.get(key);
    if (mine === undefined || bytes.length > mine.length || (bytes.length === mine.length && compareBytes(bytes, mine) > 0))
      joined.set(key, bytes);
  }
  return joined;
}
