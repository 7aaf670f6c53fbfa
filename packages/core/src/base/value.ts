/**
 * The values that fields hold. JSON's, and two that JSON loses: integers beyond 2^53 (bigint, 64 bits) and bytes.
 * Never NaN, an infinity, -0, a lone surrogate or NUL (traps 19, 20). A number and a bigint of the same size are two values.
 *
 * Encoding: a tag, then the payload; object keys ascend by code point. One value has one encoding, so bytes compare as values
 * do, and a reader takes nothing that a writer would not have written.
 */
import { assert, unreachable } from "./assert.ts";
import { ByteReader, ByteWriter, compareBytes, type Decoded, decodeSafely } from "./bytes.ts";
import { isWellFormedText, unitsToText } from "./utf8.ts";

export type Value = null | boolean | number | bigint | string | Uint8Array | readonly Value[] | { readonly [key: string]: Value };

export type Normalized = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly reason: string };

/** Arrays and objects inside one another. */
export const valueDepthMax = 32;
/** Values inside one value, itself included: an object that is shared 2^31 times is refused, not walked. */
export const valuePartsMax = 1_000_000;

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

const tagNull = 0;
const tagFalse = 1;
const tagTrue = 2;
const tagInteger = 3;
const tagNegative = 4;
const tagFloat = 5;
const tagBigint = 6;
const tagText = 7;
const tagBytes = 8;
const tagArray = 9;
const tagObject = 10;

/** The value as it is kept (a copy: what the caller changes later changes nothing), or why it cannot be. */
export function normalizeValue(input: unknown): Normalized {
  const budget = { parts: valuePartsMax };
  try {
    return { ok: true, value: normalize(input, 0, budget) };
  } catch (error) {
    if (error instanceof Unkeepable) return { ok: false, reason: error.message };
    throw error;
  }
}

class Unkeepable extends Error {}

function normalize(input: unknown, depth: number, budget: { parts: number }): Value {
  if (--budget.parts < 0) throw new Unkeepable(`A value holds at most ${valuePartsMax} parts.`);
  switch (typeof input) {
    case "string":
      if (!isWellFormedText(input)) throw new Unkeepable("Text holds NUL or half of a surrogate pair.");
      return input;
    case "number":
      if (!Number.isFinite(input)) throw new Unkeepable(`${input} is not a number that can be kept.`);
      return input === 0 ? 0 : input;
    case "boolean":
      return input;
    case "bigint":
      if (input < int64Min || input > int64Max) throw new Unkeepable("A bigint is kept in 64 bits.");
      return input;
    case "object":
      return input === null ? null : normalizeObject(input, depth + 1, budget);
    case "undefined":
      throw new Unkeepable("undefined is not a value: keep null.");
    default:
      throw new Unkeepable(`A ${typeof input} is not a value.`);
  }
}

function normalizeObject(input: object, depth: number, budget: { parts: number }): Value {
  if (input instanceof Uint8Array) return new Uint8Array(input);
  if (depth > valueDepthMax) throw new Unkeepable(`Values nest at most ${valueDepthMax} deep.`);
  if (Array.isArray(input)) {
    const items: Value[] = [];
    for (let i = 0; i < input.length; i++) items.push(normalize(input[i], depth, budget));
    return items;
  }
  if (isDate(input)) throw new Unkeepable("A Date is not a value: keep milliseconds or ISO text.");
  if (!isPlainObject(input)) throw new Unkeepable("A class's instance is not a value: keep a plain object.");
  if (Object.getOwnPropertySymbols(input).length > 0) throw new Unkeepable("A symbol is not a key.");
  const kept: Record<string, Value> = {};
  for (const [key, item] of Object.entries(input)) {
    if (item === undefined) continue;
    if (!isWellFormedText(key)) throw new Unkeepable("A key holds NUL or half of a surrogate pair.");
    setOwn(kept, key, normalize(item, depth, budget));
  }
  return kept;
}

/** By its tag: the core has no clock, and a Date of another realm is none of ours. */
function isDate(input: object): boolean {
  return Object.prototype.toString.call(input) === "[object Date]";
}

/** Also of another realm, whose `Object.prototype` is not ours. */
function isPlainObject(input: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(input);
  return prototype === null || (typeof prototype === "object" && Object.getPrototypeOf(prototype) === null);
}

/** Assigning to `__proto__` would set the prototype and drop the property (trap 19). */
function setOwn(target: Record<string, Value>, key: string, value: Value): void {
  if (key === "__proto__") Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

/** `value` is normalized. */
export function writeValue(writer: ByteWriter, value: Value): void {
  switch (typeof value) {
    case "string":
      writer.byte(tagText);
      writer.text(value);
      return;
    case "number":
      writeNumber(writer, value);
      return;
    case "boolean":
      writer.byte(value ? tagTrue : tagFalse);
      return;
    case "bigint":
      writer.byte(tagBigint);
      writeInt64(writer, value);
      return;
    case "object":
      if (value === null) writer.byte(tagNull);
      else writeObject(writer, value);
      return;
    default:
      unreachable(value);
  }
}

function writeNumber(writer: ByteWriter, value: number): void {
  if (Number.isSafeInteger(value)) {
    writer.byte(value < 0 ? tagNegative : tagInteger);
    writer.varint(value < 0 ? -1 - value : value);
    return;
  }
  assert(Number.isFinite(value), `${value} is not a value`);
  writer.byte(tagFloat);
  writer.float64(value);
}

function writeInt64(writer: ByteWriter, value: bigint): void {
  assert(value >= int64Min && value <= int64Max, "bigint out of range");
  const bits = BigInt.asUintN(64, value);
  const high = Number(bits >> 32n);
  const low = Number(bits & 0xffffffffn);
  for (let shift = 24; shift >= 0; shift -= 8) writer.byte((high >>> shift) & 0xff);
  for (let shift = 24; shift >= 0; shift -= 8) writer.byte((low >>> shift) & 0xff);
}

function writeObject(writer: ByteWriter, value: Uint8Array | readonly Value[] | { readonly [key: string]: Value }): void {
  if (value instanceof Uint8Array) {
    writer.byte(tagBytes);
    writer.block(value);
  } else if (Array.isArray(value)) {
    writer.byte(tagArray);
    writer.varint(value.length);
    for (let i = 0; i < value.length; i++) writeValue(writer, value[i] as Value);
  } else {
    const object = value as { readonly [key: string]: Value };
    const keys = Object.keys(object).sort(compareCodePoints);
    writer.byte(tagObject);
    writer.varint(keys.length);
    for (const key of keys) {
      writer.text(key);
      writeValue(writer, object[key] as Value);
    }
  }
}

/** Throws a decode fault for anything that `writeValue` would not have written. */
export function readValue(reader: ByteReader): Value {
  return read(reader, 0);
}

function read(reader: ByteReader, depth: number): Value {
  switch (reader.byte()) {
    case tagNull:
      return null;
    case tagFalse:
      return false;
    case tagTrue:
      return true;
    case tagInteger:
      return reader.varint();
    case tagNegative: {
      const value = -1 - reader.varint();
      return Number.isSafeInteger(value) ? value : reader.fail("out of range");
    }
    case tagFloat: {
      const value = reader.float64();
      return Number.isFinite(value) && !Number.isSafeInteger(value) ? value : reader.fail("out of range");
    }
    case tagBigint:
      return readInt64(reader);
    case tagText:
      return readText(reader);
    case tagBytes:
      return reader.block().slice();
    case tagArray:
      return readArray(reader, depth + 1);
    case tagObject:
      return readObject(reader, depth + 1);
    default:
      return reader.fail("unknown tag");
  }
}

function readInt64(reader: ByteReader): bigint {
  let bits = 0n;
  for (const byte of reader.raw(8)) bits = (bits << 8n) | BigInt(byte);
  return BigInt.asIntN(64, bits);
}

function readText(reader: ByteReader): string {
  const text = reader.text();
  return text.includes("\0") ? reader.fail("NUL") : text;
}

function readArray(reader: ByteReader, depth: number): Value {
  if (depth > valueDepthMax) reader.fail("too deep");
  const count = reader.bounded(reader.remaining);
  const items: Value[] = [];
  for (let i = 0; i < count; i++) items.push(read(reader, depth));
  return items;
}

function readObject(reader: ByteReader, depth: number): Value {
  if (depth > valueDepthMax) reader.fail("too deep");
  const count = reader.bounded(reader.remaining);
  const object: Record<string, Value> = {};
  let last: string | undefined;
  for (let i = 0; i < count; i++) {
    const key = readText(reader);
    if (last !== undefined && compareCodePoints(last, key) >= 0) reader.fail("out of order");
    setOwn(object, key, read(reader, depth));
    last = key;
  }
  return object;
}

export function valueToBytes(value: Value): Uint8Array {
  const writer = new ByteWriter(64);
  writeValue(writer, value);
  return writer.finish();
}

/** For what was checked before it was kept: null is for bytes that a disk has damaged. */
export function valueOrNull(bytes: Uint8Array): Value {
  const decoded = bytesToValue(bytes);
  return decoded.ok ? decoded.value : null;
}

export function bytesToValue(bytes: Uint8Array): Decoded<Value> {
  return decodeSafely(() => {
    const reader = new ByteReader(bytes);
    const value = readValue(reader);
    reader.end();
    return value;
  });
}

/** A map key: one character a byte of the encoding, so that keys sort as `compareValues` does. */
export function valueToKey(value: Value): string {
  if (typeof value === "string" && value.length < 128 && isAscii(value)) return String.fromCharCode(tagText, value.length) + value;
  const bytes = valueToBytes(value);
  return unitsToText(bytes, 0, bytes.length);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** A total order that every replica shares: that of the encodings. It is not alphabetical. */
export function compareValues(a: Value, b: Value): number {
  return compareBytes(valueToBytes(a), valueToBytes(b));
}

export function isSameValue(a: Value, b: Value): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  if (a instanceof Uint8Array || b instanceof Uint8Array)
    return a instanceof Uint8Array && b instanceof Uint8Array && compareBytes(a, b) === 0;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => isSameValue(item as Value, b[i] as Value));
  }
  const left = a as { readonly [key: string]: Value };
  const right = b as { readonly [key: string]: Value };
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isSameValue(left[key] as Value, right[key] as Value))
  );
}

/** UTF-8's order, and PostgreSQL's "C" order; JavaScript's own differs above U+FFFF. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return surrogatesLast(left) - surrogatesLast(right);
  }
  return a.length - b.length;
}

function surrogatesLast(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}
