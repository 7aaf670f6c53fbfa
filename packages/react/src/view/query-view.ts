/** One live query for all components that ask the same. */
import type { AnySchema, HoldfastError, SpaceId } from "@holdfast/core";
import type { CollectionQuery, Filter, Replica } from "@holdfast/client";
import { toHoldfastError } from "../error.ts";
import { keepRows } from "./keep-rows.ts";
import type { SpacesInStep } from "./spaces-in-step.ts";
import { SharedView } from "./shared-view.ts";

export interface QueryOptions<Row> {
  /** As `where` of a query: a value, or comparisons (`gt`, `gte`, `lt`, `lte`, `ne`, `in`). */
  readonly where?: Filter<Row> | undefined;
  /** A field, or fields with their directions, in the order in which they stand: `{ pinned: "desc", title: "asc" }`. At last rows are ordered by id. */
  readonly orderBy?: (keyof Row & string) | { readonly [F in keyof Row]?: "asc" | "desc" } | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/**
 * `loading`: the replica has not answered yet. `local`: what is on this device. `synced`: and in this session with r0 it was in step;
 * what changes since then arrives by itself. Own writes that wait to be sent do not make it `local`, or every keystroke would render twice.
 */
export type QueryResult<Row> =
  | { readonly completeness: "loading"; readonly rows: readonly Row[]; readonly error: undefined }
  | { readonly completeness: "local" | "synced"; readonly rows: readonly Row[]; readonly error: undefined }
  /** Nothing can be read: the query is wrong, the space is not followed, the replica is closed. `error.code` says which. */
  | { readonly completeness: "loading"; readonly rows: readonly Row[]; readonly error: HoldfastError };

const noRows: readonly never[] = Object.freeze([]);
export const loadingResult: QueryResult<never> = Object.freeze({ completeness: "loading", rows: noRows, error: undefined });

export function createQueryView(
  replica: Replica<AnySchema>,
  inStep: SpacesInStep,
  space: SpaceId,
  collection: string,
  options: QueryOptions<object>,
  used: (isUsed: boolean, view: SharedView<QueryResult<object>>) => void,
): SharedView<QueryResult<object>> {
  const view: SharedView<QueryResult<object>> = new SharedView<QueryResult<object>>({
    initial: loadingResult,
    used: (isUsed) => used(isUsed, view),
    start(set) {
      let rows: readonly object[] | undefined;
      const show = (): void => {
        if (rows === undefined) return;
        const completeness = inStep.has(space) ? "synced" : "local";
        const shown = view.read();
        if (shown.rows !== rows || shown.completeness !== completeness) set({ completeness, rows, error: undefined });
      };
      const stopWatching = inStep.subscribe(show);
      try {
        const live = toQuery(replica, space, collection, options).subscribe((found) => {
          rows = rows === undefined ? found : keepRows(rows, found);
          show();
        });
        return () => {
          stopWatching();
          live.stop();
        };
      } catch (error) {
        set({ completeness: "loading", rows: noRows, error: toHoldfastError(error) });
        return stopWatching;
      }
    },
  });
  return view;
}

function toQuery(
  replica: Replica<AnySchema>,
  space: SpaceId,
  collection: string,
  { where, orderBy, limit, offset }: QueryOptions<object>,
): CollectionQuery<object> {
  let query = (replica.space(space) as Readonly<Record<string, CollectionQuery<object>>>)[collection] as CollectionQuery<object>;
  if (where !== undefined) query = query.where(where);
  const order = typeof orderBy === "string" ? { [orderBy]: "asc" as const } : (orderBy ?? {});
  for (const [field, direction] of Object.entries(order) as [never, "asc" | "desc" | undefined][])
    if (direction !== undefined) query = query.orderBy(field, direction);
  if (limit !== undefined || offset !== undefined) query = query.limit(limit ?? Number.MAX_SAFE_INTEGER, offset ?? 0);
  return query;
}
