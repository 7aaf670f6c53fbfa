/** What queries read with. Reads go on while a replica is stopped; they end when it is closed. */
import { callerError, type SpaceId, type SqlRow, type SqlValue } from "@holdfast/core/engine";
import type { ColumnFills } from "../column-fills.ts";
import type { ReplicaContext } from "../context.ts";
import type { Store } from "../store/store.ts";
import { spaceOf, checkOpen } from "../write/write.ts";
import type { Completeness, LiveQueries } from "./live.ts";

export interface ReplicaReads {
  readonly store: Store;
  readonly live: LiveQueries;
  all(sql: string, parameters: readonly SqlValue[]): readonly SqlRow[];
  /** Resolves when the collection's columns hold what the schema says: at once, but for the time after a change of schema. Rejects where the disk keeps that from being so. Empty: all collections. */
  ready(collection: string, space: SpaceId | undefined): Promise<void>;
  /** The same for a live query, which waits until the disk allows it. */
  filled(collection: string): Promise<void>;
  completeness(space: SpaceId): Completeness;
  checkLive(space: SpaceId | undefined): void;
  /** Runs app code that nobody awaits. */
  guard(run: () => void): void;
}

export function createReads(
  context: ReplicaContext,
  live: LiveQueries,
  fills: ColumnFills,
  isSynced: (space: SpaceId) => boolean,
): ReplicaReads {
  const check = (): void => {
    if (context.phase === "closed") checkOpen(context);
  };
  return {
    store: context.store,
    live,
    all(sql, parameters) {
      check();
      return context.port.all(sql, parameters);
    },
    async ready(collection, space) {
      check();
      if (space !== undefined) spaceOf(context, space);
      await fills.attempted(collection);
    },
    filled: (collection) => fills.filled(collection),
    completeness: (space) => (isSynced(space) ? "synced" : "local"),
    checkLive(space) {
      check();
      if (space !== undefined) spaceOf(context, space);
      if (live.size >= context.limits.liveQueriesMax)
        throw callerError("limit-reached", `There are ${live.size} live queries.`, "Stop some.");
    },
    guard(run) {
      try {
        if (context.phase !== "closed") run();
      } catch (error) {
        context.report(error);
      }
    },
  };
}
