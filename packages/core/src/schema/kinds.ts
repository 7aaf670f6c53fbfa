/* eslint-disable @typescript-eslint/no-explicit-any -- any field of any schema: with `unknown` none would fit */
/**
 * The kinds of fields, as an app declares them. Each function carries its lattice, so that a bundle holds only the kinds that its
 * schema names: `text` alone brings Yjs.
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { listLattice } from "../lattice/list.ts";
import { counterLattice } from "../lattice/counter.ts";
import type { AnyLattice, Kind } from "../lattice/lattice.ts";
import { registerLattice } from "../lattice/register.ts";
import { setLattice } from "../lattice/set.ts";
import { arbitratedLattice } from "../lattice/arbitrated.ts";
import { textLattice } from "../lattice/text.ts";
import type { Validator } from "./validate.ts";

export type FieldKind = Exclude<Kind, "presence">;

/** A field as declared. `Input` is what a write passes, `Output` what a read gives; for sets and lists, of one element. */
export interface FieldDeclaration<K extends FieldKind = FieldKind, Input = any, Output = any> {
  readonly kind: K;
  readonly lattice: AnyLattice;
  readonly validator: Validator | undefined;
  readonly initial: unknown;
  /** Types only; never set. */
  readonly "~types"?: { readonly input: Input; readonly output: Output } | undefined;
}

/** `undefined` means "not mentioned" in a write and is never kept, whatever the validator says. */
type Kept<T> = Exclude<T, undefined>;
type Declared<K extends FieldKind, V extends Validator> = FieldDeclaration<
  K,
  Kept<StandardSchemaV1.InferInput<V>>,
  Kept<StandardSchemaV1.InferOutput<V>>
>;

/** One value; of concurrent writes the one with the higher stamp wins, and the other is kept in the conflict log. */
export function register<V extends Validator>(
  validator: V,
  initial: NoInfer<Kept<StandardSchemaV1.InferInput<V>>>,
): Declared<"register", V> {
  return { kind: "register", lattice: registerLattice, validator, initial };
}

/** One value that only r0 writes: a device requests it with an intent. */
export function arbitrated<V extends Validator>(
  validator: V,
  initial: NoInfer<Kept<StandardSchemaV1.InferInput<V>>>,
): Declared<"arbitrated", V> {
  return { kind: "arbitrated", lattice: arbitratedLattice, validator, initial };
}

/** A whole number that is added to; concurrent additions all count. Begins at 0. */
export function counter(): FieldDeclaration<"counter", number, number> {
  return { kind: "counter", lattice: counterLattice, validator: undefined, initial: 0 };
}

/** Elements without order; an element added while another replica deletes it stays. */
export function set<V extends Validator>(validator: V): Declared<"set", V> {
  return { kind: "set", lattice: setLattice, validator, initial: [] };
}

/** Ordered items; concurrent inserts all stay, and a moved item keeps its edits. */
export function list<V extends Validator>(validator: V): Declared<"list", V> {
  return { kind: "list", lattice: listLattice, validator, initial: [] };
}

/** Text that merges character by character. */
export function text(): FieldDeclaration<"text", string, string> {
  return { kind: "text", lattice: textLattice, validator: undefined, initial: "" };
}
