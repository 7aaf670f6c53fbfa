/** What queries read with. Reads go on while a replica is stopped; they end when it is closed. */
import { callerError, type SpaceId, type SqlRow, type SqlValue } from "@holdfast/core/engine";
import type { ColumnFills } from "../column-fills.ts";
import type { ReplicaContext } from "../context.ts";
import type { Store } from "../store/store.ts";
import { spaceOf, checkOpen } from "../write/write.ts";
import type { LiveEntry, LiveQueries, LiveQuery } from "./live.ts";

/** A query that runs again. `rerun`: runs it, and shows the rows before it tells the listener, or does neither where they are the same. */
export interface LivePlan<Row> extends Omit<LiveEntry, "rerun"> {
  /** Whose columns it waits for. Empty: all collections. */
  readonly collection: string;
  readonly rerun: (show: (rows: readonly Row[]) => void) => void;
}

export interface ReplicaReads {
  readonly store: Store;
  all(sql: string, parameters: readonly SqlValue[]): readonly SqlRow[];
  /** Resolves when the collection's columns hold what the schema says: at once, but for the time after a change of schema. Rejects where the disk keeps that from being so. Empty: all collections. */
  ready(collection: string, space: SpaceId | undefined): Promise<void>;
  /** The same for a live query, which waits until the disk allows it, and runs at every change that concerns it from then on. */
  subscribe<Row>(plan: LivePlan<Row>): LiveQuery<Row>;
}

export function createReads(
  context: ReplicaContext,
  live: LiveQueries,
  fills: ColumnFills,
  isSynced: (space: SpaceId) => boolean,
): ReplicaReads {
  const check = (space?: SpaceId): void => {
    if (context.phase === "closed") checkOpen(context);
    if (space !== undefined) spaceOf(context, space);
  };
  return {
    store: context.store,
    all(sql, parameters) {
      check();
      return context.port.all(sql, parameters);
    },
    async ready(collection, space) {
      check(space);
      await fills.attempted(collection);
    },
    subscribe<Row>(plan: LivePlan<Row>) {
      const { space, collection } = plan;
      check(space);
      if (live.size >= context.limits.liveQueriesMax)
        throw callerError("limit-reached", `There are ${live.size} live queries.`, "Stop some.");
      let rows: readonly Row[] = [];
      let isFilled = false;
      let stopped = false;
      const rerun = (): void => {
        if (isFilled) plan.rerun((found) => (rows = found));
      };
      const remove = live.add({ ...plan, rerun });
      // App code that nobody awaits.
      void fills.filled(collection).then(() => {
        isFilled = true;
        try {
          if (!stopped && context.phase !== "closed") rerun();
        } catch (error) {
          context.report(error);
        }
      });
      return {
        get rows() {
          return rows;
        },
        get completeness() {
          return space !== undefined && isSynced(space) ? "synced" : "local";
        },
        stop() {
          stopped = true;
          remove();
        },
      };
    },
  };
}
