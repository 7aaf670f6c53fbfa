/**
 * What other systems follow: every committed change, at least once, from a cursor that the follower keeps. A page of changes comes with the
 * cursor behind it: whoever stores that after it has worked off the page misses nothing, and sees again what it had not finished. Changes
 * of a space are in order, those of different spaces in none. Pages are read only when they are asked for, so that a slow follower costs
 * nothing.
 */
import {
  callerError,
  decodeRecordState,
  decodeTransaction,
  type FeedRow,
  type HoldfastError,
  isVisible,
  type RecordKey,
  type ReplicaId,
  type ServerStore,
  type SpaceId,
  viewRow,
} from "@holdfast/core/engine";
import type { RecordView } from "../options.ts";
import type { DecisionContext } from "../pipeline/context.ts";
import { decodeFeedCursor, encodeFeedCursor, type FeedPlace } from "./feed-cursor.ts";
import { readFeedBySpaces } from "./feed-by-spaces.ts";

export interface ChangesOptions {
  /** One space; all of them by default. */
  readonly space?: SpaceId;
  /** The cursor of the last page that was worked off; from the beginning of what the stream holds by default. */
  readonly after?: string;
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
}

export interface ChangePage {
  /** At least one. */
  readonly changes: readonly Change[];
  /** Behind them. */
  readonly cursor: string;
}

export interface Change {
  readonly space: SpaceId;
  readonly sequence: number;
  /** The replica that made it; the epoch for r0's own. */
  readonly author: ReplicaId;
  /** Milliseconds since 1970 by r0's clock; for people only. */
  readonly atMs: number;
  readonly records: readonly ChangedRecord[];
}

export interface ChangedRecord extends RecordKey {
  /** The record as it is when the page is read, which may be newer than this change; undefined if it is not there (any more). */
  readonly value: RecordView | undefined;
}

export interface FeedHost {
  readonly store: ServerStore;
  readonly context: DecisionContext;
  readonly limits: { readonly feedRowsMax: number; readonly feedPollMs: number };
  readonly closed: () => boolean;
}

/** A follower that comes back after so long is asked for the last time whether compaction has overtaken it. */
const pauseMsMax = 60_000;

export async function* followChanges(host: FeedHost, { space, after, signal }: ChangesOptions): AsyncGenerator<ChangePage, void, void> {
  const { context } = host;
  const { runtime } = context;
  const scope = { epoch: context.epoch, space };
  let place = after === undefined ? undefined : decodeFeedCursor(after, scope);
  if (place === "foreign") throw expired();
  let checkedMs = Number.NEGATIVE_INFINITY;
  while (signal?.aborted !== true && !host.closed()) {
    const nowMs = runtime.nowMs();
    const page = await readPage(host, space, place, nowMs - checkedMs > pauseMsMax);
    if (page === undefined) throw expired();
    checkedMs = nowMs;
    place = page.place;
    if (page.rows.length > 0) yield { changes: await toChanges(host, page.rows), cursor: encodeFeedCursor(page.place, scope) };
    else if (!page.more) await pause(host, signal);
  }
}

async function readPage(
  { store, limits }: FeedHost,
  space: SpaceId | undefined,
  place: FeedPlace | undefined,
  intact: boolean,
): Promise<{ readonly rows: readonly FeedRow[]; readonly more: boolean; readonly place: FeedPlace } | undefined> {
  if (space !== undefined) return readSpace(store, space, place?.type === "space" ? place.sequence : undefined, limits.feedRowsMax);
  if (store.readFeed !== undefined) {
    const page = await store.readFeed(place?.type === "order" ? place.place : undefined, limits.feedRowsMax, intact);
    return page === undefined ? undefined : { ...page, place: { type: "order", place: page.place } };
  }
  const read = await readFeedBySpaces(store, place?.type === "spaces" ? place.sequences : new Map(), limits.feedRowsMax);
  return read === undefined ? undefined : { ...read.page, place: { type: "spaces", sequences: read.place } };
}

async function readSpace(store: ServerStore, space: SpaceId, after: number | undefined, countMax: number) {
  const [row] = await store.readSpaces([space]);
  const { head = 0, horizon = 0 } = row ?? {};
  const position = after ?? horizon;
  if (position < horizon || position > head) return undefined;
  const rows = position === head ? [] : await store.readStream(space, position, head, { countMax, bytesMax: pageBytesMax });
  const reached = rows.at(-1)?.sequence ?? position;
  if (rows.length > 0 && rows[0]?.sequence !== position + 1) return undefined; // compaction came in between
  return { rows: rows.map((each) => ({ ...each, space })), more: reached < head, place: { type: "space" as const, sequence: reached } };
}

const pageBytesMax = 4 * 1024 * 1024;

/** What a page's changes have touched is read once for each record, as it is now. */
async function toChanges({ store, context }: FeedHost, rows: readonly FeedRow[]): Promise<readonly Change[]> {
  const keysBySpace = new Map<SpaceId, Map<string, RecordKey>>();
  const keyed = rows.map((row) => {
    const keys = keysOf(row);
    const known = keysBySpace.get(row.space) ?? new Map<string, RecordKey>();
    keysBySpace.set(row.space, known);
    for (const [id, key] of keys) known.set(id, key);
    return { row, keys };
  });
  const values = new Map<string, RecordView | undefined>();
  await Promise.all(
    [...keysBySpace].map(async ([space, keys]) => {
      const found = await store.transact(space, async (reader) => ({ batch: undefined, result: await reader.records([...keys.values()]) }));
      for (const [i, id] of [...keys.keys()].entries()) values.set(`${space}\0${id}`, toView(context, found[i]));
    }),
  );
  return keyed.map(({ row, keys }) => ({
    space: row.space,
    sequence: row.sequence,
    author: row.replica,
    atMs: row.atMs,
    records: [...keys].map(([id, { collection, record }]) => ({ collection, record, value: values.get(`${row.space}\0${id}`) })),
  }));
}

function keysOf(row: FeedRow): ReadonlyMap<string, RecordKey> {
  const transaction = decodeTransaction(row.bytes);
  const operations = transaction.ok && transaction.value.body.type === "operations" ? transaction.value.body.operations : [];
  return new Map(operations.map(({ collection, record }) => [`${collection}\0${record}`, { collection, record }]));
}

function toView(
  context: DecisionContext,
  row: { readonly collection: string; readonly record: string; readonly state: Uint8Array } | undefined,
) {
  const spec = row === undefined ? undefined : context.rules.schema.collections.get(row.collection);
  if (row === undefined || spec === undefined) return undefined;
  const state = decodeRecordState(context.rules.lattices, row.state);
  return state.ok && isVisible(state.value) ? (viewRow(spec, row.record, state.value) as RecordView) : undefined;
}

/** Jittered, so that followers do not ask in step. */
function pause({ context: { runtime }, limits }: FeedHost, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const cancel = runtime.setTimer(limits.feedPollMs * (0.5 + runtime.random()), done);
    signal?.addEventListener("abort", done, { once: true });
    function done(): void {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    }
  });
}

function expired(): HoldfastError {
  return callerError(
    "cursor-expired",
    "What came after this cursor is not all there any more, or it is of another history.",
    "Read the records anew, and follow from then on.",
  );
}
