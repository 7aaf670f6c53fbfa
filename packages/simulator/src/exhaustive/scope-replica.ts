/** One holder of the one record, as values that are never changed: histories that begin alike share their beginnings. */
import {
  applyOperation,
  type FieldLoser,
  isVisible,
  latticesOf,
  originOf,
  planOperations,
  type RecordState,
  type ReplicaId,
  toSchemaSpec,
  type Transaction,
  transactionWidth,
  viewRecord,
} from "@holdfast/core/engine";
import { type Change, type Row, scopeRecord, scopeSchema } from "./alphabet.ts";

export const scopeSpec = toSchemaSpec(scopeSchema);
export const scopeLattices = latticesOf(scopeSpec);
const things = scopeSpec.collections.get("things");

export interface ScopeReplica {
  readonly id: ReplicaId;
  readonly record: RecordState | undefined;
  readonly counter: number;
  readonly lamport: number;
  /** Own transactions that r0 has not seen, oldest first. */
  readonly pending: readonly Transaction[];
  /** How far into r0's stream it has read. */
  readonly seen: number;
  /** Values that it has seen lose. */
  readonly losers: readonly FieldLoser[];
}

/** Not in the order of their use: ties must not follow the order of joining. */
export function scopeReplicaId(index: number): ReplicaId {
  return (["b", "c", "a", "f"][index] ?? "d").repeat(32) as ReplicaId;
}

export function createScopeReplica(index: number): ScopeReplica {
  return { id: scopeReplicaId(index), record: undefined, counter: 0, lamport: 0, pending: [], seen: 0, losers: [] };
}

export function rowOf(record: RecordState | undefined): Row | undefined {
  if (record === undefined || things === undefined || !isVisible(record)) return undefined;
  return viewRecord(things, record) as unknown as Row;
}

/** Undefined: the change changes nothing here. */
export function writeAt(replica: ScopeReplica, change: Change, unique: string, sequence?: number): ScopeReplica | undefined {
  const mutation = change(unique, rowOf(replica.record));
  if (mutation === undefined) return undefined;
  const planned = planOperations({
    schema: scopeSpec,
    lattices: scopeLattices,
    mutations: [mutation],
    read: (_, id) => (id === scopeRecord ? replica.record : undefined),
    replica: replica.id,
    counter: replica.counter + 1,
    lamport: replica.lamport + 1,
    textSession: 1_000 + replica.id.charCodeAt(0),
    sequence,
    arbitrated: sequence === undefined ? "refused" : "allowed",
  });
  if (planned.operations.length === 0) return undefined;
  const transaction: Transaction = {
    replica: replica.id,
    counter: replica.counter + 1,
    lamport: replica.lamport + 1,
    schemaVersion: 1,
    wallMs: 0,
    dependencies: new Map(),
    body: { type: "operations", operations: planned.operations },
    extensions: [],
  };
  const width = transactionWidth(transaction);
  return {
    ...replica,
    record: planned.records[0]?.after ?? replica.record,
    counter: replica.counter + width,
    lamport: replica.lamport + width,
    pending: [...replica.pending, transaction],
  };
}

export function applyTransaction(
  record: RecordState | undefined,
  transaction: Transaction,
  sequence: number,
): { readonly record: RecordState | undefined; readonly losers: readonly FieldLoser[] } {
  if (transaction.body.type !== "operations") return { record, losers: [] };
  let state = record;
  const losers: FieldLoser[] = [];
  for (const [index, operation] of transaction.body.operations.entries()) {
    const applied = applyOperation(scopeLattices, state, operation, originOf(transaction, index, sequence));
    state = applied.record;
    losers.push(...applied.losers);
  }
  return { record: state, losers };
}

/** Reads r0's stream to its end. Its own transactions come back to it too: they are duplicates. */
export function pull(replica: ScopeReplica, stream: readonly Transaction[]): ScopeReplica {
  let { record, lamport } = replica;
  const losers = [...replica.losers];
  for (let at = replica.seen; at < stream.length; at++) {
    const transaction = stream[at] as Transaction;
    const applied = applyTransaction(record, transaction, at + 1);
    record = applied.record;
    losers.push(...applied.losers);
    lamport = Math.max(lamport, transaction.lamport + transactionWidth(transaction) - 1);
  }
  return { ...replica, record, lamport, losers, seen: stream.length };
}
