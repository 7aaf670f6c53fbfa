/** The types that a schema gives its users: rows, inputs, and the `tx` of a write, of a provisional effect and of an arbiter. */
import type { AnySchema, CollectionDeclaration, Fields, IntentDeclaration } from "../schema/declaration.ts";
import type { FieldDeclaration, FieldKind } from "../schema/kinds.ts";

type InputOf<F extends FieldDeclaration> = NonNullable<F["~types"]>["input"];
type OutputOf<F extends FieldDeclaration> = NonNullable<F["~types"]>["output"];

/** What a read gives of one field. */
type Shown<F extends FieldDeclaration> = F["kind"] extends "set" | "list" ? readonly OutputOf<F>[] : OutputOf<F>;
/** What `create` takes of one field. */
type Given<F extends FieldDeclaration> = F["kind"] extends "set" | "list" ? readonly InputOf<F>[] : InputOf<F>;

type FieldsOf<C> = C extends CollectionDeclaration<infer F> ? (F extends Fields ? F : never) : never;
type NamesOf<F extends Fields, K extends FieldKind> = { [N in keyof F & string]: F[N]["kind"] extends K ? N : never }[keyof F & string];
type Assignable = "register" | "arbitrated";

/** A record as the app sees it: every declared field, always; what nobody wrote has its initial value. */
export type RowOf<C> = { readonly id: string } & { readonly [N in keyof FieldsOf<C>]: Shown<FieldsOf<C>[N]> };
/** The row of a collection: `Row<typeof schema, "notes">`. */
export type Row<S extends AnySchema, N extends CollectionName<S>> = RowOf<S["collections"][N]>;

/** All optional: a field that is absent or `undefined` takes its initial value. */
export type CreateInputOf<C> = { readonly [N in keyof FieldsOf<C>]?: Given<FieldsOf<C>[N]> | undefined };
export type CreateInput<S extends AnySchema, N extends CollectionName<S>> = CreateInputOf<S["collections"][N]>;

/** Registers and arbitrated fields. Absent and `undefined` both mean "leave it"; `null` is a value. */
export type UpdatePatchOf<C> = { readonly [N in NamesOf<FieldsOf<C>, Assignable>]?: InputOf<FieldsOf<C>[N]> | undefined };
export type UpdatePatch<S extends AnySchema, N extends CollectionName<S>> = UpdatePatchOf<S["collections"][N]>;

export type CollectionName<S extends AnySchema> = keyof S["collections"] & string;
export type IntentName<S extends AnySchema> = keyof S["intents"] & string;
/** What `request` takes. */
export type IntentInput<S extends AnySchema, N extends IntentName<S>> =
  S["intents"][N] extends IntentDeclaration<infer Input, infer _Output, infer _Tx> ? Input : never;
/** What an arbiter and a provisional effect are given: the validator's output. */
export type IntentOutput<S extends AnySchema, N extends IntentName<S>> =
  S["intents"][N] extends IntentDeclaration<infer _Input, infer Output, infer _Tx> ? Output : never;

export interface TextChange {
  /** `at` counts UTF-16 units, as JavaScript does; an edit never splits a surrogate pair. */
  insert(at: number, text: string): void;
  delete(at: number, length: number): void;
  /** A Yjs update made elsewhere, by an editor's binding. */
  apply(update: Uint8Array): void;
}

export interface SetChange<Element> {
  add(...elements: Element[]): void;
  delete(...elements: Element[]): void;
}

/** A place is an index among the items as this transaction has left them, or an item's key (`items`). */
export interface ListChange<Item> {
  push(...items: Item[]): void;
  /** Before the item that is there now. */
  insert(at: number | string, ...items: Item[]): void;
  set(at: number | string, item: Item): void;
  /** `to` is the index that the item shall have, or the key of the item whose place it takes. */
  move(from: number | string, to: number | string): void;
  delete(at: number | string): void;
}

export interface CounterChange {
  /** A whole number, negative to subtract. */
  add(by: number): void;
}

/** Every call checks its arguments at once and throws `HoldfastError` before anything is buffered. */
export interface CollectionWriter<C> {
  /** Gives the new record's id. With `id` of a deleted record it brings that record back, with these values. */
  create(fields?: CreateInputOf<C>, options?: { readonly id?: string | undefined }): string;
  update(id: string, patch: UpdatePatchOf<C>): void;
  delete(id: string): void;
  text(id: string, field: NamesOf<FieldsOf<C>, "text">): TextChange;
  set<N extends NamesOf<FieldsOf<C>, "set">>(id: string, field: N): SetChange<InputOf<FieldsOf<C>[N]>>;
  list<N extends NamesOf<FieldsOf<C>, "list">>(id: string, field: N): ListChange<InputOf<FieldsOf<C>[N]>>;
  counter(id: string, field: NamesOf<FieldsOf<C>, "counter">): CounterChange;
  /** With what this transaction has changed so far; `undefined` for a record that is not there. */
  get(id: string): Promise<RowOf<C> | undefined>;
  /** A list's items with the keys that name them for ever. The key is empty for an item that this transaction has inserted: use its index. */
  items<N extends NamesOf<FieldsOf<C>, "list">>(id: string, field: N): Promise<readonly ListEntry<OutputOf<FieldsOf<C>[N]>>[]>;
}

export interface ListEntry<Item> {
  readonly key: string;
  readonly value: Item;
}

/** One writer for each collection. Usable until its callback has settled. */
export type WriteTransaction<S extends AnySchema> = { readonly [N in CollectionName<S>]: CollectionWriter<S["collections"][N]> };
