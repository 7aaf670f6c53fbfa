/** The hooks as an app sees them, typed by its schema. What they do is in the `use-…` modules. */
import type { AnySchema, CollectionName, CollectionWriter, IntentInput, IntentName, Row, SpaceId } from "@holdfast/core";
import type { Replica, ReplicaStatus, Requested } from "@holdfast/client";
import { createContext, createElement, type ReactNode, useContext } from "react";
import { ProvideReplica, type HoldfastProviderProps } from "./provider.ts";
import { type ConflictsResult, type DeadLettersResult, useConflictsOf, useDeadLettersOf } from "./use-lists.ts";
import { useQueryOf, useRecordOf, useSuspenseQueryOf, type RecordResult } from "./use-query.ts";
import { useRequestOf, type RequestState } from "./use-request.ts";
import { useStatusOf } from "./use-status.ts";
import { type TextareaProps, useTextareaOf, useTextOf } from "./use-text.ts";
import { useWriteOf, type WriteResult } from "./use-write.ts";
import type { QueryOptions, QueryResult } from "./view/query-view.ts";
import type { TextState } from "./view/text-view.ts";

/** The fields of a collection that are text. */
export type TextField<S extends AnySchema, N extends CollectionName<S>> = Parameters<CollectionWriter<S["collections"][N]>["text"]>[1];

export interface ConflictFilter<S extends AnySchema> {
  readonly space?: SpaceId | undefined;
  readonly collection?: CollectionName<S> | undefined;
  readonly record?: string | undefined;
}

export interface Hooks<S extends AnySchema> {
  HoldfastProvider(this: void, props: HoldfastProviderProps<S>): ReactNode;
  /** The replica of the provider above. */
  useReplica(this: void): Replica<S>;
  /** Rows of one collection, live. Equal questions share one subscription. Space undefined: nothing is asked, it stays `loading`. */
  useQuery<N extends CollectionName<S>>(
    this: void,
    space: SpaceId | undefined,
    collection: N,
    options?: QueryOptions<Row<S, N>>,
  ): QueryResult<Row<S, N>>;
  /** The same, and suspends instead of `loading`, and throws the error. */
  useSuspenseQuery<N extends CollectionName<S>>(
    this: void,
    space: SpaceId,
    collection: N,
    options?: QueryOptions<Row<S, N>>,
  ): Extract<QueryResult<Row<S, N>>, { completeness: "local" | "synced" }>;
  /** One record, live; `record` is undefined where it is not there. Id undefined: nothing is asked. */
  useRecord<N extends CollectionName<S>>(
    this: void,
    space: SpaceId | undefined,
    collection: N,
    id: string | undefined,
  ): RecordResult<Row<S, N>>;
  /** `write` is the same function at every render. It rejects as `replica.write` does; `error` is what the last one was rejected with. */
  useWrite(this: void, space: SpaceId): WriteResult<S>;
  /** Asks r0 to decide. `state` follows the last request of this component. */
  useRequest<N extends IntentName<S>>(
    this: void,
    space: SpaceId,
    intent: N,
  ): {
    readonly request: (input: IntentInput<S, N>) => Promise<Requested>;
    readonly state: RequestState;
    readonly reset: () => void;
  };
  /** `select` picks what the component shows: it renders again only if that is another (`===`, or equal entries one level deep). */
  useStatus<T = ReplicaStatus>(this: void, select?: (status: ReplicaStatus) => T): T;
  /** What resolutions did not keep, oldest first. */
  useConflicts(this: void, filter?: ConflictFilter<S>): ConflictsResult;
  /** What r0 refused, oldest first. */
  useDeadLetters(this: void): DeadLettersResult;
  /** A text field as Yjs, for any editor that binds to it. */
  useText<N extends CollectionName<S>>(this: void, space: SpaceId, collection: N, id: string, field: TextField<S, N>): TextState;
  /** A text field in an ordinary textarea: `<textarea {...props} />`. */
  useTextarea<N extends CollectionName<S>>(
    this: void,
    space: SpaceId,
    collection: N,
    id: string,
    field: TextField<S, N>,
  ): { readonly props: TextareaProps; readonly state: TextState };
}

/** Hooks of one schema, with a provider of their own: two schemas in one tree do not meet. Call it once, beside the schema. */
export function createHooks<S extends AnySchema>(): Hooks<S> {
  const Context = createContext<Replica<AnySchema> | undefined>(undefined);
  const useReplica = (): Replica<AnySchema> => {
    const replica = useContext(Context);
    if (replica === undefined) throw new Error("There is no HoldfastProvider above this component. Put one around the app.");
    return replica;
  };
  const hooks: Hooks<AnySchema> = {
    HoldfastProvider: (props) => createElement(ProvideReplica, { ...props, context: Context }),
    useReplica,
    useQuery: (space, collection, options) => useQueryOf(useReplica(), space, collection, options as never) as never,
    useSuspenseQuery: (space, collection, options) => useSuspenseQueryOf(useReplica(), space, collection, options as never) as never,
    useRecord: (space, collection, id) => useRecordOf(useReplica(), space, collection, id) as never,
    useWrite: (space) => useWriteOf(useReplica(), space),
    useRequest: (space, intent) => useRequestOf(useReplica(), space, intent) as never,
    useStatus: (select) => useStatusOf(useReplica(), select),
    useConflicts: (filter) => useConflictsOf(useReplica(), filter),
    useDeadLetters: () => useDeadLettersOf(useReplica()),
    useText: (space, collection, id, field) => useTextOf(useReplica(), space, collection, id, field),
    useTextarea: (space, collection, id, field) => useTextareaOf(useReplica(), space, collection, id, field),
  };
  return hooks as never;
}
