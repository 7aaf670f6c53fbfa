/** What a field's column holds for SQL: a projection of the field's value, never read back by the engine. */
import {
  bytesToHex,
  compareCodePoints,
  type CollectionSpec,
  type Kind,
  type RecordState,
  type SqlValue,
  type Value,
  fieldKey,
} from "@holdfast/core/engine";

/** In the order of the collection's fields. */
export function projectRecord(spec: CollectionSpec, record: RecordState): SqlValue[] {
  const values: SqlValue[] = [];
  for (const [field, { kind, lattice, initial }] of spec.fields) {
    const held = record.fields.get(fieldKey(field, kind));
    values.push(valueToSql(held === undefined ? initial : lattice.view(held.state, initial), kind));
  }
  return values;
}

/**
 * Text and bytes as they are; booleans as 0 and 1; whole numbers as integers (bound as bigint, so that SQLite does not make
 * them floats); everything with parts as JSON. A register of type `kind` and its like: sets, lists and objects are JSON always.
 */
export function valueToSql(value: Value, kind: Kind): SqlValue {
  if (kind === "set" || kind === "list") return toJson(value);
  switch (typeof value) {
    case "string":
    case "bigint":
      return value;
    case "boolean":
      return value ? 1n : 0n;
    case "number":
      return Number.isSafeInteger(value) ? BigInt(value) : value;
    default:
      if (value === null || value instanceof Uint8Array) return value;
      return toJson(value);
  }
}

/** JSON has neither bigint nor bytes: digits, and hexadecimal. Keys ascend, so that equal values are equal text. */
export function toJson(value: Value): string {
  if (typeof value === "bigint") return value.toString();
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (value instanceof Uint8Array) return `"${bytesToHex(value)}"`;
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(toJson).join(",")}]`;
  const object = value as { readonly [key: string]: Value };
  const keys = Object.keys(object).sort(compareCodePoints);
  return `{${keys.map((key) => `${JSON.stringify(key)}:${toJson(object[key] as Value)}`).join(",")}}`;
}
