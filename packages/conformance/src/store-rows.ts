/** Rows for the store suite, with everything that a test does not speak of filled in. */
import type { MarkRow, OutcomeRow, RecordRow, ReplicaId, ServerStore, SpaceId, StreamRow, WriteBatch } from "@holdfast/core/engine";

export function replicaOf(n: number): ReplicaId {
  return n.toString(16).padStart(32, "0") as ReplicaId;
}

export function bytesOf(byte: number): Uint8Array {
  return Uint8Array.of(byte, byte);
}

export function streamRow(sequence: number, replica: ReplicaId = replicaOf(1), bytes: Uint8Array = bytesOf(7)): StreamRow {
  return { sequence, replica, counterFirst: sequence, counterLast: sequence, bytes, atMs: 1 };
}

export function markRow(space: SpaceId, replica: ReplicaId, mark: number): MarkRow {
  return { space, replica, mark, chain: new Uint8Array(8).fill(mark), lamport: mark, recordedThrough: 0 };
}

export function recordRow(collection: string, record: string, sequence: number, state: Uint8Array = bytesOf(9)): RecordRow {
  return { collection, record, state, sequence, deleted: false };
}

export function outcomeRow(replica: ReplicaId, counter: number, bytes: Uint8Array = bytesOf(5), atMs = 1): OutcomeRow {
  return { replica, counter, bytes, atMs };
}

export function tombstoneRow(collection: string, record: string, sequence: number, state: Uint8Array = bytesOf(9)): RecordRow {
  return { ...recordRow(collection, record, sequence, state), deleted: true };
}

type Parts = Partial<Omit<WriteBatch, "space">> & { readonly head?: number; readonly lamport?: number };

export function batchOf(space: SpaceId, { head = 0, lamport = 0, ...parts }: Parts): WriteBatch {
  return {
    space: { space, head, lamport, horizon: 0 },
    marks: [],
    records: [],
    stream: [],
    outcomes: [],
    intents: [],
    imprints: [],
    collected: [],
    stateBytes: 0,
    settled: [],
    ...parts,
  };
}

export function commit(store: ServerStore, batch: WriteBatch): Promise<void> {
  return store.transact(batch.space.space, async () => ({ batch, result: undefined }));
}
