/**
 * A snapshot arrives in pages. They are set aside, and take the place of everything confirmed in one SQL transaction when the last
 * is here: until then reads go on over the old state, a kill resumes where it was, and nothing half is ever shown.
 * Pending operations stand on the new state as they stood on the old (trap 10).
 */
import { decodeRecordState, isVisible, type RecordState, type ServerMessage, type SpaceId } from "@holdfast/core/engine";
import { countIntents, dropIntent } from "../store/intents.ts";
import { type ReplicaContext, undecidedIn } from "../context.ts";
import { type LogEntry, readLog } from "../store/change-log.ts";
import { addConflict, countConflicts, type NewConflict, trimConflicts } from "../store/conflict-log.ts";
import { encodeState, noRecord, saveRecord } from "../store/record-store.ts";
import { dropSetAside, readSetAside, setAside } from "../store/set-aside.ts";
import { type SpaceRow, writeSpace } from "../store/spaces.ts";
import { Staging } from "../write/staging.ts";
import { arrivedIntents, newestConflictId, unchanged } from "./apply-changes.ts";
import { answeredBefore, isForgotten } from "./gone.ts";
import { type ApplyOutcome, everything, outcomeOf, PeerFault } from "./outcome.ts";
import { rerunProvisional } from "./provisional.ts";
import { withdrawnEntries } from "./put-back.ts";
import { keyOf, rebuildRecord, type RecordName, recordsOf } from "./rebuild.ts";
import { withoutWithdrawn } from "./recount.ts";
import { drawTextSession } from "../write/text-session.ts";

type Page = Extract<ServerMessage, { type: "page" }>;
type Snapshot = Extract<Page["content"], { type: "snapshot" }>;

export async function applySnapshotPage(context: ReplicaContext, message: Page, content: Snapshot): Promise<ApplyOutcome> {
  const row = context.spaces.get(message.space);
  if (row === undefined) return unchanged(context, message.space);
  // A page from the middle of a snapshot whose beginning is not here: ask again from nothing.
  if (!content.first && !row.bootstrapping) return restart(context, row);
  // Written since it was asked for, on the old rows and on what r0 may have lost: that is said first, and what comes with it stays in sight (CLI70).
  if (row.resaying && row.counter > row.settledThrough && context.pulledIdle.has(row.space)) return unchanged(context, row.space);
  const next: SpaceRow = { ...row, cursor: message.cursor, lamport: Math.max(row.lamport, content.lamport), bootstrapping: message.more };
  if (content.first) {
    next.snapshotOwn = Math.min(row.settledThrough, context.pulledOwn.get(row.space) ?? row.settledThrough);
    next.snapshotHead = message.head;
    // What of these is not in the snapshot was refused, or is in a record that is forgotten.
    next.answeredOwn = answeredBefore(context, row, message.head);
  }
  if (message.more) {
    context.port.transaction(() => {
      if (content.first) dropSetAside(context.port, row.space);
      setAside(context.port, row.space, content.records);
      writeSpace(context.port, next);
    });
    Object.assign(row, next);
    return outcomeOf(row);
  }
  return swap(context, row, { ...next, sequence: message.head, bootstrapping: false, resaying: false }, content);
}

function restart(context: ReplicaContext, row: SpaceRow): ApplyOutcome {
  const next: SpaceRow = { ...row, cursor: new Uint8Array(0), bootstrapping: false };
  context.port.transaction(() => {
    dropSetAside(context.port, row.space);
    writeSpace(context.port, next);
  });
  Object.assign(row, next);
  return outcomeOf(row);
}

async function swap(context: ReplicaContext, row: SpaceRow, next: SpaceRow, content: Snapshot): Promise<ApplyOutcome> {
  const { port } = context;
  const { space } = row;
  context.textSession = drawTextSession(context.runtime);
  // With what was confirmed since the snapshot began: it may lack that, and what it has is a duplicate by its dot.
  const pending = readLog(port, space, next.snapshotOwn, row.counter);
  const withdrawn = [...withdrawnEntries(context, space, pending).values()];
  const touched = recordsOf(pending);
  const conflicts: NewConflict[] = [];
  const newestConflict = newestConflictId(context);
  port.transaction(() => {
    if (content.first) dropSetAside(port, space);
    clearRecords(context, space);
    const received = new Map<string, Uint8Array>();
    for (const records of [readSetAside(port, space), content.records])
      for (const { collection, record, state } of records) {
        const name = { collection, id: record };
        if (touched.has(keyOf(name))) received.set(keyOf(name), state.slice());
        else insertConfirmed(context, space, name, state);
      }
    for (const [key, name] of touched) insertOwn(context, next, name, received.get(key), pending, withdrawn, conflicts);
    dropSetAside(port, space);
    for (const conflict of conflicts) addConflict(port, conflict);
    trimConflicts(port, context.limits.conflictsMax);
    for (const counter of arrivedIntents(context, space, next.sequence)) dropIntent(port, space, counter);
    writeSpace(port, next);
  });
  Object.assign(row, next);
  context.undecided.set(space, countIntents(port, space));
  if (conflicts.length > 0) context.conflictCount = countConflicts(port);
  await showProvisionally(context, space);
  return {
    ...outcomeOf(row, [{ space, collection: everything, id: everything }]),
    ...(conflicts.length > 0 ? { conflictsAfter: newestConflict } : {}),
  };
}

/** Every record of the space leaves the tables. */
export function clearRecords(context: ReplicaContext, space: SpaceId): void {
  for (const { table } of context.store.collections.values()) context.port.run(`DELETE FROM ${table} WHERE space = ?`, [space]);
  context.port.run("DELETE FROM _hidden WHERE space = ?", [space]);
  context.port.run("DELETE FROM _overlay WHERE space = ?", [space]);
}

function decodePeerState(context: ReplicaContext, name: RecordName, bytes: Uint8Array): RecordState {
  const decoded = decodeRecordState(context.store.lattices, bytes);
  if (!decoded.ok) throw new PeerFault(`${name.collection} ${name.id}: ${decoded.fault}`);
  return decoded.value;
}

/** Its bytes are kept as they came: they have just been read without a fault. It may have come before, deleted or not yet (PAG6). */
function insertConfirmed(context: ReplicaContext, space: SpaceId, name: RecordName, bytes: Uint8Array): void {
  const state = decodePeerState(context, name, bytes);
  const elsewhere = !isVisible(state) && context.store.collections.has(name.collection) ? "table" : "hidden";
  const before = { ...noRecord, place: elsewhere } as const;
  const { collection, id } = name;
  saveRecord(context.store, space, collection, id, before, {
    visible: state,
    solid: state,
    base: undefined,
    pending: 0,
    overlaid: false,
    meta: bytes,
  });
}

function insertOwn(
  context: ReplicaContext,
  row: SpaceRow,
  name: RecordName,
  bytes: Uint8Array | undefined,
  own: readonly LogEntry[],
  withdrawn: readonly LogEntry[],
  conflicts: NewConflict[],
): void {
  const { space, settledThrough, answeredOwn } = row;
  const received = bytes === undefined ? undefined : decodePeerState(context, name, bytes);
  const isConfirmed = ({ transaction }: LogEntry): boolean => transaction.counter <= settledThrough;
  const base = rebuildRecord(context, space, name, received, own.filter(isConfirmed), undefined, (held, dot) =>
    isForgotten(answeredOwn, held, dot),
  ).solid;
  const pending = own.filter((entry) => !isConfirmed(entry));
  const rebuilt = rebuildRecord(context, space, name, base, withoutWithdrawn(base, withdrawn, pending), conflicts);
  saveRecord(context.store, space, name.collection, name.id, noRecord, {
    visible: rebuilt.solid,
    solid: rebuilt.solid,
    base: rebuilt.pending === 0 ? undefined : encodeState(context.store, base),
    pending: rebuilt.pending,
    overlaid: false,
  });
}

/** App code runs, so it is a commit of its own; live queries hear of both at once. */
export async function showProvisionally(context: ReplicaContext, space: SpaceId): Promise<void> {
  if (undecidedIn(context, space) === 0) return;
  const staging = new Staging(context.store, () => true);
  await rerunProvisional(context, staging, space, []);
  context.port.transaction(() => staging.save());
}
