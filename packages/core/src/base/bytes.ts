/** Bounded reading and growing writing of bytes. A reader that meets hostile bytes throws `DecodeFault`, which `decodeSafely` turns into a value. */
import { assert } from "./assert.ts";
import { readUtf8, utf8Length, writeUtf8 } from "./utf8.ts";

/** A peer's or a disk's bytes do not say anything. Never leaves the core: see `decodeSafely`. */
export class DecodeFault extends Error {}

export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: string };

/** Makes a decoder total: any bytes give a message or a fault, and a defect stays a defect. */
export function decodeSafely<T>(decode: () => T): Decoded<T> {
  try {
    return { ok: true, value: decode() };
  } catch (error) {
    if (error instanceof DecodeFault) return { ok: false, fault: error.message };
    throw error;
  }
}

/** Of our own writing: that it does not decode is a fault of the disk that SQLite did not see. */
export function ownWriting<T>(decoded: Decoded<T>, what: string): T {
  assert(decoded.ok, `${what}: ${decoded.ok ? "" : decoded.fault}`);
  return decoded.value;
}

const float64 = new Float64Array(1);
const float64Bytes = new Uint8Array(float64.buffer);

/**
 * Buffers between two writers: allocating one costs more than filling it, and a write of one record takes some ten of them.
 * Scratch memory only; what a writer gives away is a copy.
 */
const spareBuffers: Uint8Array[] = [];
const spareBuffersMax = 8;
const spareBytesMax = 64 * 1024;
const capacityMin = 512;
const finished = new Uint8Array(0);

export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = capacityMin) {
    this.#bytes = spareBuffers.pop() ?? new Uint8Array(Math.max(capacity, capacityMin));
  }

  get length(): number {
    return this.#length;
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** Unsigned LEB128 of a safe integer. */
  varint(value: number): void {
    // The message is not a template: it would be spelled out on every call, and this is the hottest call there is.
    assert(Number.isSafeInteger(value) && value >= 0, "varint out of range");
    this.#reserve(8);
    if (value < 0x80) {
      this.#bytes[this.#length++] = value;
      return;
    }
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A length, then the bytes. */
  block(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** A byte length, then UTF-8. */
  text(text: string): void {
    const length = utf8Length(text);
    this.varint(length);
    this.#reserve(length);
    this.#length = writeUtf8(this.#bytes, this.#length, text);
  }

  /** Little-endian IEEE 754. */
  float64(value: number): void {
    float64[0] = value;
    this.raw(float64Bytes);
  }

  /** A copy of what was written. Once, at the end: the writer is empty afterwards. */
  finish(): Uint8Array {
    const bytes = this.#bytes.slice(0, this.#length);
    if (spareBuffers.length < spareBuffersMax && this.#bytes.length <= spareBytesMax && this.#bytes.length > 0)
      spareBuffers.push(this.#bytes);
    this.#bytes = finished;
    this.#length = 0;
    return bytes;
  }
}

export class ByteReader {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  fail(what: string): never {
    throw new DecodeFault(`${what} at byte ${this.#at}`);
  }

  byte(): number {
    if (this.#at >= this.#end) this.fail("cut off");
    return this.#bytes[this.#at++] as number;
  }

  varint(): number {
    const first = this.#at < this.#end ? (this.#bytes[this.#at] as number) : 0x80;
    if (first < 0x80) {
      this.#at++;
      return first;
    }
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) this.fail("out of range");
        return value;
      }
      scale *= 0x80;
    }
    return this.fail("out of range");
  }

  /** A varint that must not exceed `max`: for every count and index read from outside. */
  bounded(max: number): number {
    const value = this.varint();
    if (value > max) this.fail(`${value} above ${max}`);
    return value;
  }

  /** A view, not a copy. */
  raw(length: number): Uint8Array {
    if (length > this.remaining) this.fail("cut off");
    const view = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return view;
  }

  block(): Uint8Array {
    return this.raw(this.varint());
  }

  text(): string {
    const length = this.varint();
    if (length > this.remaining) this.fail("cut off");
    const text = readUtf8(this.#bytes, this.#at, this.#at + length);
    if (text === undefined) this.fail("not UTF-8");
    this.#at += length;
    return text;
  }

  float64(): number {
    float64Bytes.set(this.raw(8));
    return float64[0] as number;
  }

  /** Every decoder ends with it: trailing bytes are a fault. */
  end(): void {
    if (this.remaining !== 0) this.fail(`${this.remaining} bytes too many`);
  }
}

const letters = "abcdefghijklmnopqrstuvwxyz";
const decimalDigits = "0123456789";
const hexDigits = decimalDigits + "abcdef";

export function bytesToHex(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += (hexDigits[byte >> 4] as string) + (hexDigits[byte & 15] as string);
  return hex;
}

/** The caller has checked that `hex` is an even number of lower-case hexadecimal digits. */
export function hexToBytes(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

export const base64urlDigits = letters.toUpperCase() + letters + decimalDigits + "-_";

export function bytesToBase64url(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const triple = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += base64urlDigits.charAt(triple >> 18) + base64urlDigits.charAt((triple >> 12) & 63);
    if (left > 1) text += base64urlDigits.charAt((triple >> 6) & 63);
    if (left > 2) text += base64urlDigits.charAt(triple & 63);
  }
  return text;
}

/** The inverse, for canonical text only: `undefined` for anything that `bytesToBase64url` would not have written. */
export function base64urlToBytes(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = base64urlDigits.indexOf(text.charAt(i));
    if (digit < 0) return undefined;
    held = ((held << 6) | digit) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 0xff;
    }
  }
  return (held & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
