/**
 * What an instance does, told as it happens: for metrics (`metrics/`), and for whoever wants to count something else. Nothing is decided by
 * it, and a listener that throws stops nothing.
 */
import type { RefusedReason } from "./overload/refused.ts";

export type ServerEvent =
  /** A push was taken, and waits for its turn. */
  | { readonly type: "push"; readonly transactions: number; readonly operations: number; readonly bytes: number }
  /** A turn of a space was decided and committed: from its begin to its commit. */
  | {
      readonly type: "turn";
      readonly jobs: number;
      readonly transactions: number;
      readonly refused: number;
      readonly conflicts: number;
      /** Of the job that had waited longest. */
      readonly waitedMs: number;
      readonly tookMs: number;
      /** How far the space's horizon lies behind its head now. */
      readonly streamRows: number;
    }
  | { readonly type: "turn-failed" }
  /** Something was not taken, for now: see `overload/`. */
  | { readonly type: "refused"; readonly reason: RefusedReason }
  | { readonly type: "page"; readonly kind: "first-sync" | "catch-up"; readonly waitedMs: number; readonly tookMs: number }
  | { readonly type: "poke"; readonly receivers: number; readonly changes: number }
  | { readonly type: "received" | "sent"; readonly bytes: number }
  /** Of one space: what its horizon has passed. */
  | { readonly type: "compacted"; readonly rows: number; readonly tombstones: number };

/** What a store tells of itself. */
export type StoreEvent =
  /** One transaction of the database, with the batches of so many spaces; `stale` of them were decided over rows that had changed since. */
  | { readonly type: "commit"; readonly batches: number; readonly stale: number; readonly tookMs: number }
  /** A turn runs again: its rows had changed. */
  | { readonly type: "optimistic-retry" }
  /** Its attempts were used up: it takes the space's lock. */
  | { readonly type: "locked-turn" };

/** What can be read of an instance at any moment. */
export interface ServerGauges {
  readonly connections: number;
  readonly waitingPushes: number;
  readonly waitingBytes: number;
  readonly turns: number;
  readonly firstSyncs: number;
  readonly catchUps: number;
  readonly followedSpaces: number;
  readonly shedding: boolean;
  readonly draining: boolean;
}
