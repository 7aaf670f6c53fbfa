/** Records as JSON, for people and their SQL: what the app's schema shows of them. The engine never reads it. */
import { type AnySchema, bytesToBase64url, decodeRecordState, isVisible, latticesOf, toSchemaSpec, viewRow } from "@holdfast/core/engine";
import type { ReadableOf } from "./commit-statement.ts";

/** Null for a tombstone, and for a record of a collection that the schema does not know. */
export function readableOver(appSchema: AnySchema): ReadableOf {
  const schema = toSchemaSpec(appSchema);
  const lattices = latticesOf(schema);
  return (row) => {
    const collection = schema.collections.get(row.collection);
    if (row.deleted || collection === undefined) return null;
    const state = decodeRecordState(lattices, row.state);
    return state.ok && isVisible(state.value) ? JSON.stringify(viewRow(collection, row.record, state.value), toJson) : null;
  };
}

/** The two kinds of values that JSON has not: whole numbers of 64 bits as decimal digits, and bytes in base64url. */
function toJson(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  return value instanceof Uint8Array ? bytesToBase64url(value) : value;
}
