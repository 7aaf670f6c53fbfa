/** Every bound of the shared store, named, with its unit. */
import { type OptimisticLimits, optimisticLimits } from "../store/optimistic-limits.ts";
import type { ConnectionLimits } from "./connections.ts";

export interface PostgresLimits extends OptimisticLimits, ConnectionLimits {
  /** Connections of a pool that the store makes by itself. */
  readonly connectionsMax: number;
  /** Spaces whose lock an instance holds at once: each takes a connection from the others. */
  readonly locksHeldMax: number;
  /** One statement asks for so many rows at most, and at least one question. */
  readonly readRowsMax: number;
  /** Reads under way at once; what is asked meanwhile goes into the next one together. */
  readonly readsInFlightMax: number;
  /** One statement of expiry or compaction touches so many rows at most. */
  readonly sweepRowsMax: number;
  /** What may be repeated without harm is repeated so long when the database is away. */
  readonly retryMsMax: number;
}

/** Fewer connections in a pool, and turns that hold locks would keep their own reads waiting. */
export const poolConnectionsMin = 4;

export const postgresLimits: PostgresLimits = {
  ...optimisticLimits,
  connectionsMax: 10,
  locksHeldMax: 2,
  readRowsMax: 4_096,
  readsInFlightMax: 3,
  sweepRowsMax: 1_000,
  retryMsMax: 15_000,
  statementMsMax: 10_000,
  idleInTransactionMsMax: 15_000,
  connectMsMax: 5_000,
  answerMsMax: 15_000,
};
