/**
 * The protobuf wire format over our own reader and writer: 1 kB instead of the runtime's 4, no 64-bit BigInt detours, strict UTF-8,
 * no TextDecoder, and every failure a decode fault. `wire.proto` is the contract, and generated code the oracle that tests hold this to.
 */
import { assert } from "../base/assert.ts";
import { ByteReader, type ByteWriter, DecodeFault, type Decoded, decodeSafely } from "../base/bytes.ts";
import { isWellFormedText, readUtf8, utf8Length } from "../base/utf8.ts";
import * as wireLimits from "./wire-limits.ts";

export const wireTypeVarint = 0;
export const wireTypeBytes = 2;

/** A default is not written: absent reads as 0. */
export function writeNumber(writer: ByteWriter, field: number, value: number): void {
  if (value !== 0) writeNumberAlways(writer, field, value);
}

export function writeNumberAlways(writer: ByteWriter, field: number, value: number): void {
  writer.varint(field * 8 + wireTypeVarint);
  writer.varint(value);
}

export function writeBytes(writer: ByteWriter, field: number, bytes: Uint8Array): void {
  if (bytes.length !== 0) writeBytesAlways(writer, field, bytes);
}

export function writeBytesAlways(writer: ByteWriter, field: number, bytes: Uint8Array): void {
  writer.varint(field * 8 + wireTypeBytes);
  writer.block(bytes);
}

export function writeText(writer: ByteWriter, field: number, text: string): void {
  if (text !== "") writeTextAlways(writer, field, text);
}

/** For an element of a repeated field, where the empty text counts. */
export function writeTextAlways(writer: ByteWriter, field: number, text: string): void {
  writer.varint(field * 8 + wireTypeBytes);
  writer.text(text);
}

/** For text that people read and others wrote (an arbiter's reason, an error's message): made to fit rather than refused, so that it cannot block what it speaks of. */
export function writeClipped(writer: ByteWriter, field: number, text: string, bytesMax: number): void {
  writeText(writer, field, clipText(text, bytesMax));
}

function clipText(text: string, bytesMax: number): string {
  if (3 * text.length <= bytesMax && isWellFormedText(text)) return text;
  let clipped = "";
  let length = 0;
  for (const character of text) {
    const kept = isWellFormedText(character) ? character : "\ufffd";
    length += utf8Length(kept);
    if (length > bytesMax) break;
    clipped += kept;
  }
  return clipped;
}

export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

export function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** One field of a message, with its value: `number` for varints, `bytes` (a view) for the length-delimited. */
export interface Field {
  number: number;
  isVarint: boolean;
  value: number;
  bytes: Uint8Array;
  /** Says what is wrong, and where. */
  fail(what: string): never;
}

const noBytes = new Uint8Array(0);

/** Calls `take` for each field that is a varint or length-delimited. Fixed-width fields are none of ours and are passed over, as is any field that `take` does not know. */
export function readFields(bytes: Uint8Array, take: (field: Field) => void): void {
  const reader = new ByteReader(bytes);
  const field: Field = { number: 0, isVarint: true, value: 0, bytes: noBytes, fail: (what) => reader.fail(what) };
  while (reader.remaining > 0) {
    const tag = reader.bounded(0xffff_ffff);
    field.number = Math.floor(tag / 8);
    if (field.number === 0) reader.fail("out of range");
    switch (tag % 8) {
      case wireTypeVarint:
        field.isVarint = true;
        field.value = readVarint64(reader);
        field.bytes = noBytes;
        break;
      case 1:
        reader.raw(8);
        continue;
      case wireTypeBytes:
        field.isVarint = false;
        field.value = 0;
        field.bytes = reader.block();
        break;
      case 5:
        reader.raw(4);
        continue;
      default:
        reader.fail("unknown type");
    }
    take(field);
  }
}

/** A varint of up to ten bytes; what is no safe integer reads as Infinity, so that an unknown field of 64 bits is passed over and a known one is out of bounds. */
function readVarint64(reader: ByteReader): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10; i++) {
    const byte = reader.byte();
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value <= Number.MAX_SAFE_INTEGER ? value : Number.POSITIVE_INFINITY;
    scale *= 0x80;
  }
  return reader.fail("out of range");
}

/** `wire.proto` says what a field is: a fault names its number, and the byte where it stands. */
export function asNumber(field: Field, max: number): number {
  if (!field.isVarint || field.value > max) field.fail(`field ${field.number} out of range`);
  return field.value;
}

/** The most are: a counter, a place, a time. */
export function asInteger(field: Field): number {
  return asNumber(field, wireLimits.integerMax);
}

export function asSigned(field: Field): number {
  return unzigzag(asNumber(field, Number.MAX_SAFE_INTEGER));
}

/** A copy: it outlives the message, and must neither pin nor alias the transport's buffer. */
export function asBytes(field: Field, bytesMax: number): Uint8Array {
  return asView(field, bytesMax).slice();
}

export function asView(field: Field, bytesMax: number): Uint8Array {
  if (field.isVarint || field.bytes.length > bytesMax) field.fail(`field ${field.number} out of range`);
  return field.bytes;
}

/** Strict UTF-8 without NUL. */
export function asText(field: Field, bytesMax: number): string {
  return viewToText(asView(field, bytesMax));
}

export function viewToText(view: Uint8Array): string {
  const text = readUtf8(view, 0, view.length);
  if (text === undefined) throw new DecodeFault("not UTF-8");
  if (!isWellFormedText(text)) throw new DecodeFault("NUL");
  return text;
}

/** The pair of every bounded read. */
export function assertText(text: string, bytesMax: number): void {
  assert(utf8Length(text) <= bytesMax && isWellFormedText(text), "out of range");
}

/** Runs a decoder of a whole message; never throws anything but defects. */
export function decodeMessage<T>(bytes: Uint8Array, decode: (bytes: Uint8Array) => T): Decoded<T> {
  return decodeSafely(() => {
    if (bytes.length > wireLimits.inflatedBytesMax) throw new DecodeFault("too many");
    return decode(plainBytes(bytes));
  });
}

/** A view of the same memory that is no Node Buffer: a Buffer's `slice` does not copy. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
