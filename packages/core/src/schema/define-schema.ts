/** An app's declaration, checked as a whole and frozen. Everything that is wrong with it throws `invalid-schema` here, never later. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Value } from "../base/value.ts";
import type { WriteTransaction } from "../operation/typed-transaction.ts";
import type {
  AnySchema,
  CollectionDeclaration,
  Collections,
  Fields,
  IndexableField,
  IntentDeclaration,
  IntentParts,
  Schema,
} from "./declaration.ts";
import { hashSchema } from "./hash-schema.ts";
import type { FieldDeclaration } from "./kinds.ts";
import { assertValidator, createValidate, validateAny, validatorProbes, type Validator } from "./validate.ts";
import type { CollectionSpec, FieldSpec, IntentSpec, SchemaSpec } from "./schema.ts";
import { assertNames, schemaError } from "./names.ts";

const versionMax = 2 ** 31 - 1;

export function collection<const F extends Fields>(
  fields: F,
  options?: { readonly indexes?: readonly IndexableField<F>[] },
): CollectionDeclaration<F> {
  if (!isPlain(fields)) throw schemaError("A collection has no fields.", "Declare it with collection({ … }).");
  return Object.freeze({ fields: Object.freeze({ ...fields }), indexes: Object.freeze([...(options?.indexes ?? [])]) });
}

/** A request that r0 decides. `provisional` is what the device shows until then; it may run several times, so it depends on `tx` and `input` alone. */
export function intent<V extends Validator, Tx>(
  validator: V,
  options?: { readonly provisional?: (tx: Tx, input: StandardSchemaV1.InferOutput<V>) => unknown },
): IntentDeclaration<StandardSchemaV1.InferInput<V>, StandardSchemaV1.InferOutput<V>, Tx> {
  const parts = Object.freeze({ validator, provisional: options?.provisional });
  return () => parts;
}

export function defineSchema<
  C extends Collections,
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any input; only `tx` is held to the collections
  I extends Readonly<Record<string, IntentDeclaration<any, any, WriteTransaction<Schema<C, unknown>>>>> = Record<never, never>,
>(declaration: { readonly version: number; readonly collections: C; readonly intents?: I }): Schema<C, I> {
  const { version, collections, intents } = declaration;
  if (!Number.isSafeInteger(version) || version < 1 || version > versionMax)
    throw schemaError(`The schema's version is ${String(version)}.`, "Use a whole number from 1.");
  if (!isPlain(collections)) throw schemaError("The schema has no collections.", "Declare at least one.");
  if (intents !== undefined && !isPlain(intents)) throw schemaError("The intents are not an object.", "Declare it with intent(…).");
  assertNames("collection", Object.keys(collections));
  assertNames("intent", Object.keys(intents ?? {}));
  const collectionSpecs = new Map(Object.entries(collections).map(([name, each]) => [name, toCollectionSpec(name, each)]));
  const intentSpecs = new Map(Object.entries(intents ?? {}).map(([name, each]) => [name, toIntentSpec(name, each)]));
  const spec: SchemaSpec = Object.freeze({
    version,
    collections: collectionSpecs,
    intents: intentSpecs,
    hash: hashSchema(version, collectionSpecs, intentSpecs),
  });
  return Object.freeze({ version, collections: Object.freeze({ ...collections }), intents: Object.freeze({ ...intents }) as I, spec });
}

export function toSchemaSpec(schema: AnySchema): SchemaSpec {
  return schema.spec;
}

function toCollectionSpec(name: string, declared: CollectionDeclaration): CollectionSpec {
  if (!isFields(declared?.fields) || !Array.isArray(declared.indexes))
    throw schemaError(`The collection "${name}" is not a collection.`, "Declare it with collection({ … }).");
  const entries = Object.entries(declared.fields);
  if (entries.length === 0) throw schemaError(`The collection "${name}" has no fields.`, "Declare at least one.");
  assertNames(
    "field",
    entries.map(([field]) => field),
  );
  const fields = new Map(entries.map(([field, each]) => [field, toFieldSpec(`${name}.${field}`, each)]));
  for (const [i, index] of (declared.indexes as readonly string[]).entries()) {
    const field = fields.get(index);
    if (field === undefined) throw schemaError(`"${name}" has no field "${String(index)}" to index.`, "Name a declared field.");
    if (field.kind === "set" || field.kind === "list" || field.kind === "text")
      throw schemaError(`"${name}.${index}" is a ${field.kind}, which an index cannot order.`, "Index another field.");
    if (declared.indexes.indexOf(index) !== i) throw schemaError(`"${name}" names the index "${index}" twice.`, "Name it once.");
  }
  return Object.freeze({ fields, indexes: declared.indexes });
}

const knownKinds: ReadonlySet<string> = new Set(["register", "counter", "set", "list", "text", "arbitrated"]);

function toFieldSpec(place: string, declared: FieldDeclaration): FieldSpec {
  if (!isPlain(declared) || !knownKinds.has(declared.kind) || declared.lattice?.kind !== declared.kind)
    throw schemaError(`"${place}" is not a field.`, "Declare it with register(…) or its like.");
  const { kind, lattice, validator } = declared;
  if (kind === "counter" || kind === "text")
    return Object.freeze({ kind, lattice, initial: declared.initial as Value, validate: validateAny });
  const hasInitial = kind === "register" || kind === "arbitrated";
  assertValidator(`"${place}"`, validator, hasInitial ? [declared.initial, ...validatorProbes] : validatorProbes);
  const validate = createValidate(validator as Validator);
  if (!hasInitial) return Object.freeze({ kind, lattice, initial: [], validate });
  const initial = validate(declared.initial);
  if (!initial.ok)
    throw schemaError(`The initial value of "${place}" cannot be kept: ${initial.reason}`, "Give one that its validator accepts.");
  return Object.freeze({ kind, lattice, initial: initial.value, validate });
}

function toIntentSpec(name: string, declared: IntentDeclaration): IntentSpec {
  const parts = typeof declared === "function" ? (declared() as Partial<IntentParts> | undefined) : undefined;
  if (parts === undefined) throw schemaError(`The intent "${name}" is not an intent.`, "Declare it with intent(…).");
  assertValidator(`The intent "${name}"`, parts.validator, validatorProbes);
  if (parts.provisional !== undefined && typeof parts.provisional !== "function")
    throw schemaError(`The provisional effect of "${name}" is not a function.`, "Pass a function.");
  return Object.freeze({ validate: createValidate(parts.validator as Validator), provisional: parts.provisional });
}

function isFields(value: unknown): value is Fields {
  return isPlain(value);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
