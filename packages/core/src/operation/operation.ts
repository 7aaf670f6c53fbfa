/** Operations and transactions, as they are in the change log, on the wire and in the change stream. */
import type { ReplicaId } from "../causality/replica-id.ts";
import type { VersionVector } from "../causality/version-vector.ts";

export type SpaceId = string;
export type RecordId = string;

/** An immutable change of one key (space, collection, record, field). Its dot is (transaction.replica, transaction.counter + index). */
export interface Operation {
  readonly collection: string;
  readonly record: RecordId;
  /** Empty for an operation on the record itself (kind `presence`). */
  readonly field: string;
  /** A number of `kindCodes`, or one that this version does not know: kept and passed on, never dropped. */
  readonly kind: number;
  /** The kind's delta, as bytes: what is hashed, stored and passed on is what was written. */
  readonly delta: Uint8Array;
  /** The record's version vector at the author *without* the author's own entry, which is implied: all its earlier operations. */
  readonly context: VersionVector;
  /** The author knew no such record: this operation may bring it into being. Any other operation on a record that r0 does not know is refused. */
  readonly creates: boolean;
}

/** A request that r0 must decide. Uses up exactly one counter. */
export interface Intent {
  /** 16 bytes, a UUID minted when the intent is created: its idempotency key. */
  readonly id: Uint8Array;
  readonly name: string;
  /** An encoded `Value`. */
  readonly input: Uint8Array;
}

/** What a transaction carries. `void` holds the place of one that its author withdrew: it uses up counters and does nothing. */
export type TransactionBody =
  | { readonly type: "operations"; readonly operations: readonly Operation[] }
  | { readonly type: "intent"; readonly intent: Intent }
  | { readonly type: "void"; readonly counters: number };

/** Operations of one replica in one space that become visible together or not at all. */
export interface Transaction {
  readonly replica: ReplicaId;
  /** The first operation's counter; the rest follow without gaps. */
  readonly counter: number;
  /** The first operation's Lamport time; each following operation's is one more. */
  readonly lamport: number;
  readonly schemaVersion: number;
  /** Milliseconds since 1970 by the author's wall clock: shown to people, never compared. */
  readonly wallMs: number;
  /** Other spaces' sequence numbers that the author had applied: a replica that follows them holds this transaction back until it has too. */
  readonly dependencies: ReadonlyMap<SpaceId, number>;
  readonly body: TransactionBody;
  /** What a newer version put there, byte for byte. */
  readonly extensions: readonly Extension[];
}

export interface Extension {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** How many counters (and Lamport times) a transaction uses up. */
export function transactionWidth(transaction: Transaction): number {
  const { body } = transaction;
  return body.type === "operations" ? body.operations.length : body.type === "void" ? body.counters : 1;
}

export function lastCounter(transaction: Transaction): number {
  return transaction.counter + transactionWidth(transaction) - 1;
}

export function lastLamport(transaction: Transaction): number {
  return transaction.lamport + transactionWidth(transaction) - 1;
}

/** A transaction with its place in r0's total order of the space. */
export interface Sequenced {
  /** Dense within the space, from 1. */
  readonly sequence: number;
  readonly transaction: Transaction;
}
