/** The schema as the engine reads it. `define-schema.ts` builds it from an app's declaration. */
import type { Value } from "../base/value.ts";
import type { AnyLattice, Kind } from "../lattice/lattice.ts";

export interface FieldSpec {
  readonly kind: Kind;
  /** Carried by the declaration, not looked up: what an app does not declare is not in its bundle (Yjs). */
  readonly lattice: AnyLattice;
  /** What a field shows that nobody has written. */
  readonly initial: Value;
  /** The value as it is kept, or why not. Synchronous. For sets and lists it is asked for each element. */
  readonly validate: (value: unknown) => Validation;
}

export type Validation = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly reason: string };

export interface CollectionSpec {
  readonly fields: ReadonlyMap<string, FieldSpec>;
  /** Fields to index; each a single field. */
  readonly indexes: readonly string[];
}

export interface IntentSpec {
  readonly validate: (value: unknown) => Validation;
  /** The app's optimistic effect; typed at the declaration. */
  readonly provisional: ((tx: never, input: never) => unknown) | undefined;
}

export interface SchemaSpec {
  readonly version: number;
  readonly collections: ReadonlyMap<string, CollectionSpec>;
  readonly intents: ReadonlyMap<string, IntentSpec>;
  /** Of names, kinds and version: two programs with equal hashes read each other's records alike. */
  readonly hash: string;
}
