/**
 * What a pull is answered with: changes after the cursor, or the space's state where the cursor says nothing here (empty, of another
 * epoch, behind the horizon, ahead of the head). Pages hold whole transactions without gaps (trap 11), and the cursor that comes with
 * one stands exactly behind what it holds.
 *
 * A snapshot begins at the head of its first page and keeps that number in its cursor. Later pages may hold states that are newer, and with them
 * parts of transactions: at its end the records that were changed meanwhile come again (`read-changed.ts`), so that all of it is of one head
 * (trap 11). It begins anew if the horizon has passed its number: then tombstones may have been collected that these changes build on.
 */
import {
  assert,
  type Cursor,
  type CursorCodec,
  type CursorPosition,
  type DecodeMemo,
  type PageContent,
  type RecordKey,
  type ReplicaId,
  type ServerStore,
  type SpaceId,
  type SpaceRow,
  type Transaction,
} from "@holdfast/core/engine";
import type { ServerLimits } from "../limits.ts";
import { decodeRow, readChanged } from "./read-changed.ts";

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
  return readSnapshot(source, codec, row, position?.type === "snapshot" ? position : undefined, bounds);
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
    .map((each) => ({ sequence: each.sequence, transaction: decodeRow(each, transactions) }));
  return {
    content: { type: "changes", changes },
    cursor: codec.encode({ type: "stream", sequence: reached }),
    head: row.head,
    more: reached < row.head,
    position: reached,
  };
}

/**
 * Tombstones come along until compaction drops them: an edit that a delete had not seen brings the whole record back at every replica,
 * which needs its fields; and digests stay equal.
 */
async function readSnapshot(
  source: PageSource,
  codec: CursorCodec,
  row: SpaceRow,
  from: Extract<CursorPosition, { type: "snapshot" }> | undefined,
  request: PageRequest,
): Promise<PageReply> {
  const { store, limits } = source;
  const begun = from?.sequence ?? row.head;
  const after: RecordKey | undefined = from === undefined ? undefined : { collection: from.collection, record: from.record };
  const records = await store.readRecords(request.space, after, { countMax: limits.pageRecordsMax, bytesMax: request.bytesMax });
  const last = records.at(-1) ?? after;
  const isLast =
    records.length === 0 || (await store.readRecords(request.space, records.at(-1), { countMax: 1, bytesMax: 1 })).length === 0;
  const [now] = await store.readSpaces([request.space]);
  if (now !== undefined && now.horizon > begun) return readSnapshot(source, codec, now, undefined, request);
  // What a page holds is bounded: what was changed meanwhile comes with one of its own.
  const isChanged = isLast && last !== undefined && now !== undefined && now.head > begun;
  const changed = isChanged && records.length === 0 ? await readChanged(source, request, begun, now.head) : undefined;
  if (changed === "collected") return readSnapshot(source, codec, now as SpaceRow, undefined, request);
  const sequence = changed?.through ?? begun;
  const more = !isLast || (isChanged && changed?.ends !== true);
  const next: CursorPosition =
    more && last !== undefined
      ? { type: "snapshot", sequence, collection: last.collection, record: last.record }
      : { type: "stream", sequence };
  return {
    content: {
      type: "snapshot",
      first: from === undefined,
      lamport: changed?.lamport ?? now?.lamport ?? row.lamport,
      records: [...records, ...(changed?.records ?? [])].map(({ collection, record, state }) => ({ collection, record, state })),
    },
    cursor: codec.encode(next),
    head: sequence,
    more,
    position: more ? undefined : sequence,
  };
}
