/** What an operator sees of a space. */
import type { ReplicaId, ServerStore, SpaceId } from "@holdfast/core/engine";

export interface StoredReport {
  readonly head: number;
  readonly lamport: number;
  /** Changes up to here are not in the stream any more. */
  readonly horizon: number;
  /** Changes that are. */
  readonly streamRows: number;
  readonly streamBytes: number;
  readonly stateBytes: number;
  readonly records: number;
  /** Deleted, and not collected yet. */
  readonly tombstones: number;
  /** Those who were heard of lately, the furthest behind first: they hold the horizon. At most 100. */
  readonly replicas: readonly ReplicaReport[];
}

export interface ReplicaReport {
  readonly replica: ReplicaId;
  /** It has everything up to here. */
  readonly sequence: number;
  /** When it last said so, by r0's clock. */
  readonly atMs: number;
}

const replicasShownMax = 100;

/** Counts record by record: for people, not for a loop. */
export async function inspectSpace(store: ServerStore, space: SpaceId, sinceMs: number): Promise<StoredReport> {
  const [row] = await store.readSpaces([space]);
  const { streamBytes, stateBytes } = await store.sizeOf(space);
  const { records, tombstones } = await store.countRecords(space);
  const replicas = await store.readPositions(space, sinceMs, replicasShownMax);
  const [head, horizon] = [row?.head ?? 0, row?.horizon ?? 0];
  return {
    head,
    lamport: row?.lamport ?? 0,
    horizon,
    streamRows: head - horizon,
    streamBytes,
    stateBytes,
    records,
    tombstones,
    replicas: replicas.map(({ replica, sequence, atMs }) => ({ replica, sequence, atMs })),
  };
}
