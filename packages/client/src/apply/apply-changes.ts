/**
 * A page of the change stream, or a poke that carries its changes: joined into what is here and committed with the cursor, in one
 * SQL transaction (paper 5.2, the second transactional point). What the replica has already is a duplicate by its dot (trap 24):
 * no operation is skipped for being its own.
 */
import {
  compareBytes,
  decodeSafely,
  dotToKey,
  elementToKey,
  encodeTransaction,
  identityOf,
  isCollect,
  isFold,
  isLoserOverwritten,
  kindCodes,
  knowsDot,
  lastCounter,
  lastLamport,
  listLattice,
  type Operation,
  type Origin,
  originOf,
  presenceLattice,
  type RecordState,
  resolveElement,
  type Sequenced,
  type ServerMessage,
  type SpaceId,
  type Transaction,
  unfoldContext,
} from "@holdfast/core/engine";
import { dropIntent } from "../store/intents.ts";
import { dropSetAside } from "../store/set-aside.ts";
import { type ReplicaContext, undecidedIn } from "../context.ts";
import { addConflict, conflictsOn, countConflicts, deleteConflict, trimConflicts, type NewConflict } from "../store/conflict-log.ts";
import { readEntry, readLog } from "../store/change-log.ts";
import { factsOf, type SpaceRow, writeSpace } from "../store/spaces.ts";
import { Staging } from "../write/staging.ts";
import { collectConflicts } from "./collect-conflicts.ts";
import { forkNextSession } from "./fork-next-session.ts";
import { stageCollection } from "./gone.ts";
import { type ApplyOutcome, outcomeOf, PeerFault } from "./outcome.ts";
import { rerunProvisional } from "./provisional.ts";
import { withdrawnEntries } from "./put-back.ts";
import { rebuildRecords, recordsOf } from "./rebuild.ts";

type ChangesMessage = {
  readonly space: SpaceId;
  readonly changes: readonly Sequenced[];
  readonly cursor: Uint8Array;
  readonly sequence: number;
  /** What the first change that is held back need not wait for: r0 does not have it. */
  readonly released?: ReadonlyMap<SpaceId, number> | undefined;
};

export async function applyPoke(context: ReplicaContext, message: Extract<ServerMessage, { type: "poke" }>): Promise<ApplyOutcome> {
  const row = context.spaces.get(message.space);
  const first = message.changes[0]?.sequence ?? 0;
  // It must follow on what is here without a gap; otherwise the head that it named makes the cycle pull.
  if (row === undefined || row.bootstrapping || row.cursor.length === 0 || first === 0 || first > row.sequence + 1)
    return unchanged(context, message.space);
  const sequence = message.changes.at(-1)?.sequence ?? row.sequence;
  return applyChanges(context, row, { space: message.space, changes: message.changes, cursor: message.cursor, sequence });
}

export async function applyPageOfChanges(
  context: ReplicaContext,
  message: Extract<ServerMessage, { type: "page" }>,
  changes: readonly Sequenced[],
  released?: ReadonlyMap<SpaceId, number>,
): Promise<ApplyOutcome> {
  const row = context.spaces.get(message.space);
  if (row === undefined) return unchanged(context, message.space);
  const last = changes.at(-1)?.sequence ?? row.sequence;
  return applyChanges(context, row, {
    space: message.space,
    changes,
    cursor: message.cursor,
    sequence: message.more ? Math.max(last, row.sequence) : message.head,
    released,
  });
}

export function unchanged(context: ReplicaContext, space: SpaceId): ApplyOutcome {
  const row = context.spaces.get(space);
  return row === undefined ? { applied: [], changes: [] } : outcomeOf(row);
}

async function applyChanges(context: ReplicaContext, row: SpaceRow, message: ChangesMessage): Promise<ApplyOutcome> {
  const { port } = context;
  const undecided = undecidedIn(context, row.space) > 0;
  const staging = new Staging(context.store, () => undecided);
  const conflicts: NewConflict[] = [];
  const overwritten: number[] = [];
  const next: SpaceRow = { ...row };
  const waitingFor = new Map<SpaceId, number>();
  let { released } = message;
  for (const change of message.changes) {
    if (change.sequence <= row.sequence) continue;
    if (isAnothers(context, row, change.transaction)) return forkNextSession(context);
    collectUnmet(context, change, waitingFor);
    if (waitingFor.size > 0 && released !== undefined) {
      if ([...waitingFor].every(([space, sequence]) => released?.get(space) === sequence)) waitingFor.clear();
      released = undefined;
    }
    if (waitingFor.size > 0) break;
    next.answeredOwn = Math.max(next.answeredOwn, applyOne(context, staging, next, change, conflicts, overwritten));
    next.sequence = change.sequence;
    next.lamport = Math.max(next.lamport, lastLamport(change.transaction));
  }
  showWhatIsBack(context, staging, row, message);
  // Held back in the middle: what came before is applied, and the cursor stays; asked again, that part is a duplicate.
  if (waitingFor.size === 0) {
    next.sequence = Math.max(next.sequence, message.sequence);
    next.cursor = message.cursor;
    next.bootstrapping = false;
    next.resaying = false;
  }
  const arrived = arrivedIntents(context, row.space, next.sequence);
  if (undecided) await rerunProvisional(context, staging, row.space, [], new Set(arrived));
  const changes = [...staging.changed()];
  const newestConflict = conflicts.length === 0 ? 0 : newestConflictId(context);
  const commit = (): void => {
    staging.save();
    for (const conflict of conflicts) addConflict(port, conflict);
    for (const id of overwritten) deleteConflict(port, id);
    if (conflicts.length > 0) trimConflicts(port, context.limits.conflictsMax);
    for (const counter of arrived) dropIntent(port, row.space, counter);
    if (row.bootstrapping && !next.bootstrapping) dropSetAside(port, row.space);
    writeSpace(port, next);
  };
  // Asked in step, r0 answers with an empty page: it wakes no disk.
  if (isAdvance(row, next) || changes.length + arrived.length > 0) port.transaction(commit);
  Object.assign(row, next);
  if (arrived.length > 0) context.undecided.set(row.space, undecidedIn(context, row.space) - arrived.length);
  if (conflicts.length + overwritten.length > 0) context.conflictCount = countConflicts(port);
  return { applied: [{ facts: factsOf(row), waitingFor }], changes, ...(conflicts.length > 0 ? { conflictsAfter: newestConflict } : {}) };
}

/**
 * Under the own id, above what r0 has answered, is only what is pending here, word for word; else another copy of this file has written it
 * (trap 4), and nothing of the page may meet own operations under the same dots. A void stands for a write whose answer was lost: pushing
 * it tells.
 */
function isAnothers(context: ReplicaContext, row: SpaceRow, transaction: Transaction): boolean {
  if (transaction.replica !== context.replica || lastCounter(transaction) <= row.settledThrough) return false;
  const entry = readEntry(context.port, row.space, transaction.counter);
  if (entry === undefined) return true;
  return (
    entry.transaction.body.type !== "void" &&
    compareBytes(identityOf(entry.transaction, entry.bytes), identityOf(transaction, encodeTransaction(transaction))) !== 0
  );
}

function isAdvance(row: SpaceRow, next: SpaceRow): boolean {
  return next.sequence !== row.sequence || next.bootstrapping !== row.bootstrapping || compareBytes(next.cursor, row.cursor) !== 0;
}

/** Own writes that were withdrawn, and have come to r0 after all: what was written since counts beside them. */
function showWhatIsBack(context: ReplicaContext, staging: Staging, row: SpaceRow, { changes }: ChangesMessage): void {
  if (!changes.some(({ transaction: { replica, counter } }) => replica === context.replica && counter > row.settledThrough)) return;
  const pending = readLog(context.port, row.space, row.settledThrough, row.counter);
  const withdrawn = [...withdrawnEntries(context, row.space, pending).values()];
  rebuildRecords(context, staging, row.space, recordsOf(withdrawn).values(), pending, withdrawn);
}

/** Only spaces that this replica follows and may read can be waited for. */
function collectUnmet(context: ReplicaContext, { transaction }: Sequenced, waitingFor: Map<SpaceId, number>): void {
  for (const [space, sequence] of transaction.dependencies) {
    const other = context.spaces.get(space);
    if (other === undefined || !other.followed || other.access === "none" || other.access === "unknown") continue;
    if (other.sequence < sequence) waitingFor.set(space, sequence);
  }
}

/** The highest own counter that has gone with a collected record, or into a fold; 0 for none. */
function applyOne(
  context: ReplicaContext,
  staging: Staging,
  row: SpaceRow,
  { sequence, transaction }: Sequenced,
  conflicts: NewConflict[],
  overwritten: number[],
): number {
  const { space } = row;
  let gone = 0;
  if (transaction.body.type !== "operations") return gone;
  for (const [index, operation] of transaction.body.operations.entries()) {
    const origin = originOf(transaction, index, sequence);
    if (isCollect(operation)) {
      gone = Math.max(gone, stageCollection(context, staging, row, operation, origin, Math.max(row.answeredOwn, gone)));
      continue;
    }
    const applied = decodeSafely(() => staging.confirm(space, operation, origin));
    if (!applied.ok) throw new PeerFault(`${space} ${dotToKey(origin.dot)}: ${applied.fault}`);
    const { collection, record } = operation;
    // What it names, r0 had decided by then: a late answer brings none of it back.
    if (isFold(operation)) gone = Math.max(gone, presenceLattice.decodeDelta(operation.delta).vector?.get(context.replica) ?? 0);
    const place = { space, collection, record, at: context.runtime.wallMs() };
    collectConflicts(applied.value, place, conflicts);
    if (applied.value.duplicate || isFold(operation)) continue;
    const seen = { ...origin, context: unfoldContext(applied.value.record, origin.context) };
    const isSettled = (found: NewConflict): boolean => isOverwritten(found, operation, seen, applied.value.record);
    // What this message has brought up so far is in no row yet.
    for (let at = conflicts.length - 1; at >= 0; at--) {
      const found = conflicts[at] as NewConflict;
      if (found.record === record && found.collection === collection && isSettled(found)) conflicts.splice(at, 1);
    }
    if (context.conflictCount === 0) continue;
    for (const known of conflictsOn(context.port, space, collection, record)) if (isSettled(known)) overwritten.push(known.id);
  }
  return gone;
}

/** A value of a list's item is overwritten by an edit or a removal of that item alone: another item of the same field is another value. */
function isOverwritten(
  { field, item, loser, winner, value }: NewConflict,
  operation: Operation,
  origin: Origin,
  record: RecordState,
): boolean {
  if (field !== operation.field || !isLoserOverwritten({ dot: keyToDot(loser), winner: keyToDot(winner), value }, origin)) return false;
  // Whether a dot that the record has let go was seen, nobody can tell any more.
  if (record.folded !== undefined && !knowsDot(record, keyToDot(winner))) return false;
  if (item === "") return true;
  if (operation.kind !== kindCodes.list) return false;
  const delta = listLattice.decodeDelta(operation.delta);
  return (delta.type === "edit" || delta.type === "remove") && elementToKey(resolveElement(delta.item, origin.dot.replica)) === item;
}

function keyToDot(key: string) {
  const [replica, counter] = key.split(":");
  return { replica: replica as never, counter: Number(counter) };
}

/** Accepted intents whose effect is in by now: from here on it is shown by itself (F20). */
export function arrivedIntents(context: ReplicaContext, space: SpaceId, sequence: number): readonly number[] {
  if (undecidedIn(context, space) === 0) return [];
  return context.port
    .all("SELECT counter FROM _intents WHERE space = ? AND sequence <= ?", [space, sequence])
    .map((row) => row["counter"] as number);
}

export function newestConflictId(context: ReplicaContext): number {
  return (context.port.all("SELECT max(id) AS id FROM _conflicts")[0]?.["id"] as number | null) ?? 0;
}
