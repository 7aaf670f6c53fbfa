/**
 * Transactions in columns (`TransactionBatch` in `wire.proto`): what repeats is said once, what is as expected not at all.
 * The same form serves pushes, pages, pokes, the change log and the chain. `encode-batch.ts` and `decode-batch.ts` are the two halves; here is what they agree on.
 *
 * Dictionaries (replicas, names, keys, records, contexts, dependency spaces) are in order of first use, and columns say "the next new
 * one" with the smallest number that has that meaning, an earlier one by how far back it is. Numbers that grow are differences from what is expected:
 *
 *     sequence    one more than the transaction before
 *     counter     the same replica's transaction before, plus its width; 0 for a replica's first
 *     lamport     the transaction before, plus its width; for the first, its counter
 *     wallMs      the transaction before
 *     record      the operation before, within a transaction
 *     context     the operation before, within a transaction; empty for its first operation
 */
import type { ReplicaId } from "../causality/replica-id.ts";
import type { WireKey } from "./messages.ts";

/** What both ends know without being told: see `WireSession`. `noDefaults` for bytes that stand alone. */
export interface BatchDefaults {
  readonly replica: ReplicaId | undefined;
  readonly schemaVersion: number;
  readonly keys: readonly WireKey[];
}

export const noDefaults: BatchDefaults = { replica: undefined, schemaVersion: 0, keys: [] };

export const bodyCodes = { operations: 0, intent: 1, void: 2 } as const;
export const replicaBytes = 16;
export const intentIdBytes = 16;

/** What a transaction's operations expect of the operation before: nothing of it, for the first. */
export const firstRecord = { next: 0, back: 0 } as const;
export const laterRecord = { same: 0, next: 1, back: 1 } as const;
export const firstContext = { empty: 0, next: 1, back: 1 } as const;
export const laterContext = { same: 0, empty: 1, next: 2, back: 2 } as const;

/** kind * 2 + creates: how a key's third number is made. */
export function keyFlags(kind: number, creates: boolean): number {
  return kind * 2 + (creates ? 1 : 0);
}

/** A default key stands for two: not creating, and creating. */
export function defaultKeyNumber(index: number, creates: boolean): number {
  return 2 * index + (creates ? 1 : 0);
}
