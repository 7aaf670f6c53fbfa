/** From what an app passes to checked changes. Everything throws before anything is buffered. */
import { callerError, invalidValue, tooLargeValue, unknownField, wrongKind } from "../base/error.ts";
import { type Value, valueToBytes } from "../base/value.ts";
import type { FieldChange } from "../lattice/change.ts";
import { checkCount } from "../lattice/check-count.ts";
import type { TextPlace } from "../lattice/lattice.ts";
import type { CollectionSpec, FieldSpec } from "../schema/schema.ts";
import { checkRoom, operationLimits } from "./limits.ts";

export type Entry = readonly [field: string, change: FieldChange];

/** The changes of `create`: `undefined` is "not mentioned", and so is an empty array, an empty text and a counter's 0. */
export function checkCreate(collection: string, spec: CollectionSpec, input: unknown, arbitrated: "allowed" | "refused"): readonly Entry[] {
  const entries: Entry[] = [];
  for (const [field, value] of mentioned(collection, spec, input)) {
    const place = `${collection}.${field}`;
    const fieldSpec = spec.fields.get(field) as FieldSpec;
    const change = checkCreated(place, fieldSpec, value, arbitrated);
    if (change !== undefined) entries.push([field, change]);
  }
  return entries;
}

function checkCreated(place: string, spec: FieldSpec, value: unknown, arbitrated: "allowed" | "refused"): FieldChange | undefined {
  switch (spec.kind) {
    case "register":
    case "arbitrated":
      assertMayAssign(place, spec, arbitrated);
      return { type: "assign", value: checkValue(place, spec, value) };
    case "set":
    case "list": {
      if (!Array.isArray(value)) throw invalidValue(place, `A ${spec.kind} begins as an array.`);
      const values = checkElements(place, spec, value);
      if (values.length === 0) return undefined;
      return spec.kind === "set" ? { type: "set-add", values } : { type: "list-insert", at: 0, values };
    }
    case "text":
      return spec.lattice.textCalls?.begin(textPlace(place), value);
    default: {
      const by = checkIncrement(place, value);
      return by === 0 ? undefined : { type: "increment", by };
    }
  }
}

/** The changes of `update`: registers and, where allowed, arbitrated fields. */
export function checkAssign(collection: string, spec: CollectionSpec, patch: unknown, arbitrated: "allowed" | "refused"): readonly Entry[] {
  return mentioned(collection, spec, patch).map(([field, value]) => {
    const place = `${collection}.${field}`;
    const fieldSpec = spec.fields.get(field) as FieldSpec;
    assertMayAssign(place, fieldSpec, arbitrated);
    return [field, { type: "assign", value: checkValue(place, fieldSpec, value) }];
  });
}

/** Own properties whose value is not `undefined`, each a field of the schema. */
function mentioned(collection: string, spec: CollectionSpec, input: unknown): readonly (readonly [string, unknown])[] {
  if (typeof input !== "object" || input === null || Array.isArray(input))
    throw callerError("invalid-value", `"${collection}" takes an object of fields.`, "Pass { field: value }.");
  const entries = Object.entries(input);
  for (const [field] of entries) {
    if (!spec.fields.has(field)) throw unknownField(collection, field);
  }
  return entries.filter(([, value]) => value !== undefined);
}

function assertMayAssign(place: string, spec: FieldSpec, arbitrated: "allowed" | "refused"): void {
  if (spec.kind === "arbitrated" && arbitrated === "refused")
    throw callerError("wrong-kind", `"${place}" is arbitrated: only r0 writes it.`, "Request an intent.");
  if (spec.kind !== "register" && spec.kind !== "arbitrated") throw wrongKind(place, spec.kind);
}

function checkValue(place: string, spec: FieldSpec, value: unknown): Value {
  const validation = spec.validate(value);
  if (!validation.ok) throw invalidValue(place, validation.reason);
  assertValueSize(place, validation.value);
  return validation.value;
}

export function checkElements(place: string, spec: FieldSpec, elements: readonly unknown[]): readonly Value[] {
  checkRoom(elements.length, operationLimits.elementsMax, "elements in a call");
  // Not `map`: a hole in an array is `undefined`, which is refused, and `map` would leave it a hole.
  return Array.from(elements, (element) => checkValue(place, spec, element));
}

/** A whole number within ±(2^53 − 1): counters count exactly or not at all (trap 20). */
export function checkIncrement(place: string, by: unknown): number {
  if (typeof by !== "number" || !Number.isSafeInteger(by)) throw invalidValue(place, "A counter takes a whole number within 2^53.");
  return by === 0 ? 0 : by;
}

/** An index from 0 or an item's key. */
export function checkPlace(place: unknown): number | string {
  if (typeof place !== "string") return checkCount("A place in a list", place);
  if (place === "" || place.length > operationLimits.recordIdBytesMax)
    throw callerError("out-of-range", "That is not an item's key.", "Pass an index, or a key that `items` gave.");
  return place;
}

export function textPlace(name: string): TextPlace {
  return { name, bytesMax: operationLimits.valueBytesMax };
}

function assertValueSize(place: string, value: Value): void {
  if (sizeAtMost(value) > operationLimits.valueBytesMax && valueToBytes(value).length > operationLimits.valueBytesMax)
    throw tooLargeValue(place, operationLimits.valueBytesMax);
}

/** An upper bound that costs nothing for small values. */
function sizeAtMost(value: Value): number {
  if (typeof value === "string") return value.length * 3 + 6;
  if (typeof value !== "object" || value === null) return 16;
  if (value instanceof Uint8Array) return value.length + 6;
  return valueToBytes(value).length;
}

/** About how much memory buffered values and changes hold. */
export function bytesOf(parts: readonly (Value | Entry)[]): number {
  let bytes = 0;
  for (const part of parts) bytes += partBytes(part);
  return bytes;
}

function partBytes(part: unknown): number {
  if (typeof part === "string") return part.length * 2;
  if (part instanceof Uint8Array) return part.length;
  if (typeof part !== "object" || part === null) return 8;
  let bytes = 16;
  for (const value of Object.values(part)) bytes += partBytes(value);
  return bytes;
}
