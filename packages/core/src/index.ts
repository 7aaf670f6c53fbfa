/** What apps use: the schema, its types, the errors. Engine internals are in `@holdfast/core/engine`. */
export { collection, defineSchema, intent } from "./schema/define-schema.ts";
export { arbitrated, counter, type FieldDeclaration, list, register, set, text } from "./schema/kinds.ts";
export { type ErrorCode, HoldfastError } from "./base/error.ts";
export { operationLimits } from "./operation/limits.ts";
export type { Value } from "./base/value.ts";
export type { RecordId, SpaceId } from "./operation/operation.ts";
export type {
  CollectionName,
  CollectionWriter,
  CounterChange,
  CreateInput,
  IntentInput,
  IntentName,
  IntentOutput,
  ListChange,
  ListEntry,
  Row,
  SetChange,
  TextChange,
  UpdatePatch,
  WriteTransaction,
} from "./operation/typed-transaction.ts";
export type { AnySchema, CollectionDeclaration, IntentDeclaration, Schema } from "./schema/declaration.ts";
export type { Validator } from "./schema/validate.ts";
