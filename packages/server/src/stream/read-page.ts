/**
 * What a pull is answered with: changes after the cursor, or the space's state where the cursor says nothing here (empty, of another
 * epoch, behind the horizon, ahead of the head). Pages hold whole transactions without gaps (trap 11), and the cursor that comes with
 * one stands exactly behind what it holds.
 *
 * A snapshot begins at the head of its first page and keeps that number in its cursor. Later pages may hold states that are newer:
 * the changes after that head are pulled next, and applying one that a state holds already changes nothing (F05). It begins anew if the
 * horizon has passed that number: then tombstones may have been collected that these changes build on.
 */
import {
  assert,
  type Cursor,
  type CursorCodec,
  type CursorPosition,
  type DecodeMemo,
  decodeTransaction,
  type PageContent,
  type RecordKey,
  type ReplicaId,
  type Sequenced,
  type ServerStore,
  type SpaceId,
  type SpaceRow,
  type StreamRow,
  type Transaction,
} from "@holdfast/core/engine";
import type { ServerLimits } from "../limits.ts";

export interface PageRequest {
  readonly space: SpaceId;
  readonly replica: ReplicaId;
  readonly cursor: Cursor;
  readonly ownThrough: number;
  readonly bytesMax: number;
}

export interface PageReply {
  readonly content: PageContent;
  readonly cursor: Cursor;
  /** With `more: false` the position of `cursor`. */
  readonly head: number;
  readonly more: boolean;
  /** Where a replica stands in the stream once it has applied the page; undefined within a snapshot. */
  readonly position: number | undefined;
}

/** What pages are read with. */
export interface PageSource {
  readonly store: ServerStore;
  readonly limits: ServerLimits;
  /** What was pushed a moment ago, for those who pull it now. */
  readonly transactions: DecodeMemo<Transaction>;
  /** The cursor that a replica asks with is on its disk, and with it everything before. */
  readonly passed: (space: SpaceId, replica: ReplicaId, sequence: number) => void;
}

export async function readPage(source: PageSource, codec: CursorCodec, request: PageRequest): Promise<PageReply> {
  const { store, limits } = source;
  const [row] = await store.readSpaces([request.space]);
  assert(row !== undefined, "the store answers for each space");
  const bounds = { ...request, bytesMax: Math.min(Math.max(request.bytesMax, limits.pageBytesMin), limits.pageBytesMax) };
  const decoded = codec.decode(request.cursor);
  const position = decoded.ok && decoded.value.sequence <= row.head && decoded.value.sequence >= row.horizon ? decoded.value : undefined;
  if (position !== undefined) source.passed(request.space, request.replica, position.sequence);
  if (position?.type === "stream" && !(await isStateLighter(source, row, position.sequence))) {
    const page = await readChanges(source, codec, row, position.sequence, bounds);
    if (page !== undefined) return page;
  }
  return readSnapshot(store, codec, limits, row, position?.type === "snapshot" ? position : undefined, bounds);
}

/** Who has been away for long is given what has become of the records, if that is less than all that has happened to them (F70). */
async function isStateLighter({ store, limits }: PageSource, row: SpaceRow, after: number): Promise<boolean> {
  const behind = row.head - after;
  if (behind < limits.catchUpRowsMin) return false;
  const { streamBytes, stateBytes } = await store.sizeOf(row.space);
  return (streamBytes * behind) / (row.head - row.horizon) > stateBytes * limits.catchUpFactor;
}

/** Undefined if compaction has overtaken the reading: the cursor is behind the horizon after all. */
async function readChanges(
  { store, limits, transactions }: PageSource,
  codec: CursorCodec,
  row: SpaceRow,
  after: number,
  request: PageRequest,
): Promise<PageReply | undefined> {
  const bounds = { countMax: limits.pageTransactionsMax, bytesMax: request.bytesMax };
  const rows = after === row.head ? [] : await store.readStream(request.space, after, row.head, bounds);
  const reached = rows.at(-1)?.sequence ?? after;
  if (reached !== after + rows.length || (rows.length === 0 && after < row.head)) return undefined;
  // The replica's own, which it has on disk, stay here; its cursor passes them all the same (trap 24).
  const changes = rows
    .filter((each) => each.replica !== request.replica || each.counterLast > request.ownThrough)
    .map((each) => toSequenced(each, transactions));
  return {
    content: { type: "changes", changes },
    cursor: codec.encode({ type: "stream", sequence: reached }),
    head: row.head,
    more: reached < row.head,
    position: reached,
  };
}

function toSequenced(row: StreamRow, transactions: DecodeMemo<Transaction>): Sequenced {
  const known = transactions.get(row.bytes);
  if (known !== undefined) return { sequence: row.sequence, transaction: known };
  const transaction = decodeTransaction(row.bytes);
  assert(transaction.ok, "the stream holds what this version can read");
  // Devices that were away pull the same changes, one after another.
  transactions.set(row.bytes, transaction.value);
  return { sequence: row.sequence, transaction: transaction.value };
}

/**
 * Tombstones come along until compaction drops them: an edit that a delete had not seen brings the whole record back at every replica,
 * which needs its fields; and digests stay equal.
 */
async function readSnapshot(
  store: ServerStore,
  codec: CursorCodec,
  limits: ServerLimits,
  row: SpaceRow,
  from: Extract<CursorPosition, { type: "snapshot" }> | undefined,
  request: PageRequest,
): Promise<PageReply> {
  const sequence = from?.sequence ?? row.head;
  const after: RecordKey | undefined = from === undefined ? undefined : { collection: from.collection, record: from.record };
  const records = await store.readRecords(request.space, after, { countMax: limits.pageRecordsMax, bytesMax: request.bytesMax });
  const last = records.at(-1);
  const more = last !== undefined && (await store.readRecords(request.space, last, { countMax: 1, bytesMax: 1 })).length > 0;
  const [now] = await store.readSpaces([request.space]);
  if (now !== undefined && now.horizon > sequence) return readSnapshot(store, codec, limits, now, undefined, request);
  const next: CursorPosition = more
    ? { type: "snapshot", sequence, collection: last.collection, record: last.record }
    : { type: "stream", sequence };
  return {
    content: {
      type: "snapshot",
      first: from === undefined,
      lamport: row.lamport,
      records: records.map(({ collection, record, state }) => ({ collection, record, state })),
    },
    cursor: codec.encode(next),
    head: sequence,
    more,
    position: more ? undefined : sequence,
  };
}
