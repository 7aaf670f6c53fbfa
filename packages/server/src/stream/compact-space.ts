/**
 * One space is compacted: the horizon moves, the stream behind it is dropped, tombstones behind it are collected, long vectors folded. In steps, each a short
 * transaction with a pause behind it: whoever writes meanwhile waits for one of them at most. Any instance may do it, two at once too, and one
 * that dies in between leaves nothing half: the next one goes on.
 */
import type { Notice, RecordRow, ServerStore, SpaceId } from "@holdfast/core/engine";
import type { DecisionContext } from "../pipeline/context.ts";
import { noticeOf } from "../pipeline/notice.ts";
import { Turn } from "../pipeline/turn.ts";
import { collectTombstones } from "./collect-tombstones.ts";
import { foldVectors } from "./fold-vectors.ts";

export interface CompactionHost {
  readonly store: ServerStore;
  readonly context: DecisionContext;
  readonly publish: (notice: Notice) => void;
  readonly isClosed: () => boolean;
  /** Between two steps. */
  readonly pause: () => Promise<void>;
}

export interface Compacted {
  /** Rows of the stream that were dropped. */
  readonly rows: number;
  readonly tombstones: number;
  /** Records whose vectors were folded. */
  readonly folded: number;
}

/** By the limits: what all active replicas have passed and is old enough; more where the stream is too large. */
export async function compactSpace(host: CompactionHost, space: SpaceId): Promise<Compacted> {
  const { store, context } = host;
  const { limits, runtime } = context;
  const wallMs = runtime.wallMs();
  // What another had begun, or its bytes would count.
  const left = await dropRows(host, space);
  const [lowest] = await store.readPositions(space, wallMs - limits.replicaExpiryMs, 1);
  const [row] = await store.readSpaces([space]);
  if (row === undefined) return { rows: left, tombstones: 0, folded: 0 };
  const passed = Math.min(row.head, lowest?.sequence ?? row.head);
  let { horizon } = row;
  const forced = await forcedHorizon(host, space, row.head, horizon);
  if (forced > horizon) await store.compact(space, (horizon = forced));
  while (!host.isClosed()) {
    const aged = await store.readAged(space, passed, wallMs - limits.streamRetentionMs, limits.compactionRowsMax);
    if (aged <= horizon) break;
    await store.compact(space, (horizon = aged));
    await host.pause();
  }
  return { rows: left + (await dropRows(host, space)), tombstones: await collectAll(host, space), folded: await foldAll(host, space) };
}

/** All but the last `keep` changes, whoever has passed them. */
export async function compactTo(host: CompactionHost, space: SpaceId, keep: number): Promise<Compacted> {
  const [row] = await host.store.readSpaces([space]);
  if (row === undefined) return { rows: 0, tombstones: 0, folded: 0 };
  await host.store.compact(space, Math.max(0, row.head - keep));
  return { rows: await dropRows(host, space), tombstones: await collectAll(host, space), folded: await foldAll(host, space) };
}

/** Cut to nine tenths, so that it is not cut for each change from then on. */
async function forcedHorizon({ store, context }: CompactionHost, space: SpaceId, head: number, horizon: number): Promise<number> {
  const { streamRowsMax, streamBytesMax } = context.limits;
  const rows = head - horizon;
  if (rows === 0) return horizon;
  const { streamBytes } = await store.sizeOf(space);
  const keep = Math.min(
    rows > streamRowsMax ? Math.floor(streamRowsMax * 0.9) : rows,
    streamBytes > streamBytesMax ? Math.floor((rows * streamBytesMax * 0.9) / streamBytes) : rows,
  );
  return head - keep;
}

async function dropRows(host: CompactionHost, space: SpaceId): Promise<number> {
  let rows = 0;
  while (!host.isClosed()) {
    const dropped = await host.store.dropStream(space, host.context.limits.compactionRowsMax);
    if (dropped === 0) break;
    rows += dropped;
    await host.pause();
  }
  return rows;
}

function collectAll(host: CompactionHost, space: SpaceId): Promise<number> {
  const { collectedRecordsMax, collectedBytesMax } = host.context.limits;
  const bounds = { countMax: collectedRecordsMax, bytesMax: collectedBytesMax };
  return inSteps(host, space, (horizon) => host.store.readTombstones(space, horizon, bounds), collectTombstones);
}

function foldAll(host: CompactionHost, space: SpaceId): Promise<number> {
  const { collectedRecordsMax, collectedBytesMax, vectorEntriesMax } = host.context.limits;
  const bounds = { countMax: collectedRecordsMax, bytesMax: collectedBytesMax };
  return inSteps(host, space, (horizon) => host.store.readCrowded(space, horizon, vectorEntriesMax, bounds), foldVectors);
}

/** How many records `deal` has dealt with, page by page. */
async function inSteps(
  host: CompactionHost,
  space: SpaceId,
  find: (horizon: number) => Promise<readonly RecordRow[]>,
  deal: typeof collectTombstones,
): Promise<number> {
  let total = 0;
  while (!host.isClosed()) {
    const [row] = await host.store.readSpaces([space]);
    const found = row === undefined ? [] : await find(row.horizon);
    if (found.length === 0) break;
    const dealtWith = await dealWith(host, space, found, deal);
    // Another instance was first.
    if (dealtWith === 0) break;
    total += dealtWith;
    await host.pause();
  }
  return total;
}

async function dealWith(
  host: CompactionHost,
  space: SpaceId,
  found: readonly RecordRow[],
  deal: typeof collectTombstones,
): Promise<number> {
  const { count, notice } = await host.store.transact(space, async (reader) => {
    const turn = new Turn(reader, host.context, await reader.space());
    const before = turn.head;
    const dealtWith = await deal(host.context, turn, found);
    const news = turn.changes.length === 0 ? undefined : noticeOf(turn, before, host.context.limits.pokeBytesMax);
    return { batch: turn.toBatch(), result: { count: dealtWith, notice: news } };
  });
  if (notice !== undefined) host.publish(notice);
  return count;
}
