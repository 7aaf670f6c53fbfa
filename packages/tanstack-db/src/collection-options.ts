/**
 * `createCollection(holdfastCollectionOptions({ … }))`: rows come from a live query of the replica, changes go through its writes. What
 * TanStack DB shows optimistically is settled when the replica has it on disk; a refusal of r0 comes later, as a change of the rows.
 */
import type { AnySchema, CollectionName, CreateInput, Row, SpaceId, WriteTransaction } from "@holdfast/core";
import type { CollectionQuery, CollectionReader, Filter, LiveChange, Replica } from "@holdfast/client";
import type { CollectionConfig, SyncConfig } from "@tanstack/db";
import { applyMutation, type FieldKinds, type RowMutation } from "./mutations.ts";

export interface HoldfastCollectionConfig<S extends AnySchema, N extends CollectionName<S>> {
  readonly replica: Replica<S>;
  readonly schema: S;
  readonly space: SpaceId;
  readonly collection: N;
  /** Only these records. */
  readonly where?: Filter<Row<S, N>>;
  /** TanStack DB's name of the collection: the space and the collection if it is not given. */
  readonly id?: string;
  /** As in TanStack DB, which see. */
  readonly startSync?: boolean;
  readonly gcTime?: number;
}

/** Of the Standard Schema interface what TanStack DB reads: fields that an insert leaves out get their initial values. */
export interface RowSchema<Input, Output> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: "holdfast";
    readonly types?: { readonly input: Input; readonly output: Output };
    readonly validate: (value: unknown) => { readonly value: Output } | { readonly issues: readonly { readonly message: string }[] };
  };
}

export interface HoldfastCollectionUtils {
  /** For a transaction of TanStack DB's own (`createTransaction`): writes those of its mutations that are of this collection. */
  persist(transaction: { readonly mutations: readonly RowMutation[] }): Promise<void>;
  [name: string]: (...parameters: never[]) => unknown;
}

type InsertInput<S extends AnySchema, N extends CollectionName<S>> = { readonly id: string } & CreateInput<S, N>;
type Options<S extends AnySchema, N extends CollectionName<S>> = Omit<
  CollectionConfig<Row<S, N>, string, RowSchema<InsertInput<S, N>, Row<S, N>>, HoldfastCollectionUtils>,
  "utils" | "schema"
> & { readonly schema: RowSchema<InsertInput<S, N>, Row<S, N>>; readonly utils: HoldfastCollectionUtils };

export function holdfastCollectionOptions<S extends AnySchema, N extends CollectionName<S>>({
  replica,
  schema,
  space,
  collection,
  where,
  id = `${space}/${collection}`,
  ...rest
}: HoldfastCollectionConfig<S, N>): Options<S, N> {
  type R = Row<S, N>;
  const kinds = kindsOf(schema, collection);
  const reader = (): CollectionReader<R> => replica.space(space)[collection];
  const persist = async (mutations: readonly RowMutation[]): Promise<void> => {
    const own = mutations.filter((mutation) => mutation.collection === undefined || mutation.collection.id === id);
    const last = own.at(-1);
    if (last === undefined) return;
    await replica.write(space, async (tx: WriteTransaction<S>) => {
      for (const mutation of own) await applyMutation(tx[collection], kinds, mutation);
    });
    // The replica may live in a worker: what its live query has told by now has arrived before this answer, so that nothing flickers.
    await reader().get(last.key);
  };
  const handle = ({ transaction }: { readonly transaction: { readonly mutations: readonly unknown[] } }): Promise<void> =>
    persist(transaction.mutations as readonly RowMutation[]);
  return {
    ...rest,
    id,
    getKey: (row: R) => row.id,
    schema: rowSchema(kinds) as unknown as RowSchema<InsertInput<S, N>, R>,
    sync: createSync(() => (where === undefined ? reader() : reader().where(where))),
    onInsert: handle,
    onUpdate: handle,
    onDelete: handle,
    utils: { persist: ({ mutations }) => persist(mutations) },
  };
}

/** One change of the live query is one commit of TanStack DB: what the replica shows together is shown together. */
function createSync<R extends { readonly id: string }>(query: () => CollectionQuery<R>): SyncConfig<R, string> {
  return {
    rowUpdateMode: "full",
    sync({ begin, write, commit, markReady, markError }) {
      const show = (_rows: readonly R[], { added, updated, removed }: LiveChange<R>): void => {
        begin();
        for (const value of removed) write({ type: "delete", key: value.id });
        for (const value of added) write({ type: "insert", value });
        for (const value of updated) write({ type: "update", value });
        void commit();
        markReady();
      };
      try {
        const live = query().subscribe(show);
        return () => live.stop();
      } catch (error) {
        markError(error);
        return undefined;
      }
    },
  };
}

function kindsOf(schema: AnySchema, collection: string): FieldKinds {
  const { fields } = (
    schema.collections as Readonly<
      Record<string, { readonly fields: Readonly<Record<string, { readonly kind: string; readonly initial: unknown }>> }>
    >
  )[collection] ?? { fields: {} };
  return new Map(Object.entries(fields));
}

function rowSchema(kinds: FieldKinds): RowSchema<object, object> {
  return {
    "~standard": {
      version: 1,
      vendor: "holdfast",
      validate(value) {
        const given = value as Readonly<Record<string, unknown>>;
        if (typeof given["id"] !== "string") return { issues: [{ message: "A record has an id, and it is text." }] };
        const row: Record<string, unknown> = { id: given["id"] };
        for (const [field, { initial }] of kinds) row[field] = given[field] === undefined ? initial : given[field];
        return { value: row };
      },
    },
  };
}
