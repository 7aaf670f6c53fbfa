/** `useQuery`, `useSuspenseQuery`, `useRecord`: live queries as React's external stores. */
import type { AnySchema, HoldfastError, SpaceId } from "@holdfast/core";
import type { Replica } from "@holdfast/client";
import { useMemo, useSyncExternalStore } from "react";
import { loadingResult, type QueryOptions, type QueryResult } from "./view/query-view.ts";
import { viewsOf } from "./view/replica-views.ts";
import type { View } from "./view/shared-view.ts";

/** `loading`: it is not known yet whether the record is there. */
export type RecordResult<Row> =
  | { readonly completeness: "loading"; readonly record: undefined; readonly error: HoldfastError | undefined }
  | { readonly completeness: "local" | "synced"; readonly record: Row | undefined; readonly error: undefined };

/** What is asked where there is nothing to ask yet. */
const nothing: View<QueryResult<object>> = {
  subscribe: () => () => undefined,
  read: () => loadingResult,
  readInitial: () => loadingResult,
};

export function useQueryOf(
  replica: Replica<AnySchema>,
  space: SpaceId | undefined,
  collection: string,
  options: QueryOptions<object> = {},
): QueryResult<object> {
  const view = space === undefined ? nothing : viewsOf(replica).query(space, collection, options);
  return useSyncExternalStore(view.subscribe, view.read, view.readInitial);
}

export function useSuspenseQueryOf(
  replica: Replica<AnySchema>,
  space: SpaceId,
  collection: string,
  options: QueryOptions<object> = {},
): QueryResult<object> {
  const view = viewsOf(replica).query(space, collection, options);
  const result = useSyncExternalStore(view.subscribe, view.read, view.readInitial);
  if (result.error !== undefined) throw result.error;
  if (result.completeness !== "loading") return result;
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- that is how a component suspends, in React 18 as in 19
  throw new Promise<void>((resolve) => {
    const stop = view.subscribe(() => {
      stop();
      resolve();
    });
  });
}

export function useRecordOf(
  replica: Replica<AnySchema>,
  space: SpaceId | undefined,
  collection: string,
  id: string | undefined,
): RecordResult<object> {
  const result = useQueryOf(replica, id === undefined ? undefined : space, collection, { where: { id }, limit: 1 });
  return useMemo((): RecordResult<object> => {
    const { completeness, rows, error } = result;
    return completeness === "loading" ? { completeness, record: undefined, error } : { completeness, record: rows[0], error: undefined };
  }, [result]);
}
