/**
 * Records that were deleted, and whose tombstones r0 has collected: the replica forgets them at the same place of the order (trap 10). What
 * may come after that of an own operation on one is its answer, if that was lost on the way: it must not bring the record back.
 */
import {
  type Dot,
  knowsDot,
  type Operation,
  type Origin,
  presenceLattice,
  type RecordState,
  type SpaceId,
  vectorContains,
} from "@holdfast/core/engine";
import type { ReplicaContext } from "../context.ts";
import { readLog } from "../store/change-log.ts";
import type { SpaceRow } from "../store/spaces.ts";
import type { Staging } from "../write/staging.ts";
import { rebuildRecord } from "./rebuild.ts";

/**
 * Whether r0 has taken this own operation into a record that is forgotten, or whose vectors have let it go: it was decided by then, and the
 * confirmed state does not name it.
 */
export function isForgotten(answeredOwn: number, base: RecordState | undefined, dot: Dot): boolean {
  return dot.counter <= answeredOwn && !(base !== undefined && knowsDot(base, dot));
}

export function notePull({ pulledOwn, pulledIdle, answers, spaces }: ReplicaContext, space: SpaceId, ownThrough: number): void {
  pulledOwn.set(space, ownThrough);
  if (spaces.get(space)?.counter === ownThrough) pulledIdle.add(space);
  else pulledIdle.delete(space);
  answers.delete(space);
}

const answersKeptMax = 64;

/**
 * An answer to a push. What it decided is at or below r0's head as it was then: if the confirmed state, or the snapshot in progress, reaches
 * as far, it holds all of that which was not forgotten.
 */
export function noteAnswer(
  { answers }: ReplicaContext,
  row: SpaceRow,
  { mark, head }: { readonly mark: number; readonly head: number },
): number {
  answers.set(row.space, [...(answers.get(row.space) ?? []), { mark, head }].slice(-answersKeptMax));
  return head <= (row.bootstrapping ? row.snapshotHead : row.sequence) ? Math.max(row.answeredOwn, mark) : row.answeredOwn;
}

/** Of a snapshot that began at `head`: what r0 had decided by then. */
export function answeredBefore({ answers, pulledOwn, welcomedMarks }: ReplicaContext, row: SpaceRow, head: number): number {
  const marks = (answers.get(row.space) ?? []).filter((answer) => answer.head <= head).map(({ mark }) => mark);
  const known = Math.min(row.settledThrough, pulledOwn.get(row.space) ?? row.settledThrough);
  return Math.min(row.counter, Math.max(known, welcomedMarks.get(row.space) ?? 0, ...marks));
}

/**
 * Own changes that r0 took after the collection may be here before it: they stand alone, as they do at r0, and so does what is pending, which r0
 * will refuse unless it may create the record. Others' changes that the collection has not seen are from a snapshot, which was read after it.
 * Gives the highest own counter that has gone with the record; 0 for none.
 */
export function stageCollection(
  context: ReplicaContext,
  staging: Staging,
  { space, settledThrough, counter: last }: SpaceRow,
  operation: Operation,
  origin: Origin,
  /** See `SpaceRow`: what r0 had decided by then and is not named here has gone with an earlier record of the same id. */
  answeredOwn: number,
): number {
  const { collection, record: id } = operation;
  const seen = presenceLattice.decodeDelta(operation.delta).vector ?? origin.context;
  const gone = seen.get(context.replica) ?? 0;
  const record = staging.get(space, collection, id);
  const base = staging.baseOf(record);
  if (base === undefined) return gone;
  for (const [replica, counter] of base.vector) if (replica !== context.replica && !vectorContains(seen, { replica, counter })) return gone;
  const isAhead = (base.vector.get(context.replica) ?? 0) > gone;
  const after = Math.max(gone, isAhead ? answeredOwn : settledThrough);
  const own = isAhead || record.pending > 0 ? readLog(context.port, space, after, last) : [];
  const name = { collection, id };
  const confirmed = rebuildRecord(
    context,
    space,
    name,
    undefined,
    own.filter(({ transaction }) => transaction.counter <= settledThrough),
  ).solid;
  const pending = own.filter(({ transaction }) => transaction.counter > settledThrough);
  const rebuilt = rebuildRecord(context, space, name, confirmed, pending);
  staging.rebase(record, confirmed, rebuilt.solid, rebuilt.pending);
  return gone;
}
