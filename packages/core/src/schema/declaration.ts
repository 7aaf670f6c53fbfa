/* eslint-disable @typescript-eslint/no-explicit-any -- "any collection of any schema": with `unknown` no declaration would fit */
/** What an app declares, as types. `define-schema.ts` makes the values; `../operation/typed-transaction.ts` infers from them. */
import type { FieldDeclaration } from "./kinds.ts";
import type { SchemaSpec } from "./schema.ts";
import type { Validator } from "./validate.ts";

export type Fields = Readonly<Record<string, FieldDeclaration>>;

/** Fields that an index can order. */
export type IndexableField<F extends Fields> = {
  [K in keyof F & string]: F[K]["kind"] extends "register" | "arbitrated" | "counter" ? K : never;
}[keyof F & string];

export interface CollectionDeclaration<F extends Fields = any> {
  readonly fields: F;
  readonly indexes: readonly string[];
}

export interface IntentParts<Input = any, Output = any, Tx = any> {
  readonly validator: Validator;
  readonly provisional: ((tx: Tx, input: Output) => unknown) | undefined;
  /** Types only; never set. */
  readonly "~types"?: { readonly input: Input; readonly output: Output } | undefined;
}

/**
 * A function, so that TypeScript looks at an intent after the collections beside it: that alone types `provisional`'s `tx`
 * without a second argument or a cast. It gives the declaration's parts.
 */
export type IntentDeclaration<Input = any, Output = any, Tx = any> = () => IntentParts<Input, Output, Tx>;

export type Collections = Readonly<Record<string, CollectionDeclaration>>;

export interface Schema<C, I> {
  readonly version: number;
  readonly collections: C;
  readonly intents: I;
  /** What the engine reads: `toSchemaSpec`. */
  readonly spec: SchemaSpec;
}

export type AnySchema = Schema<any, any>;
