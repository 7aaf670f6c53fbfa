/** Minted record ids (22 characters of base64url) travel as their 16 bytes, any other as its text: `length` 0 or the text's bytes. */
import { base64urlDigits as digits, bytesToBase64url, type ByteReader, DecodeFault } from "../base/bytes.ts";
import { assert } from "../base/assert.ts";
import { utf8Length, writeUtf8 } from "../base/utf8.ts";
import * as wireLimits from "./wire-limits.ts";
import { viewToText } from "./protobuf.ts";

const mintedBytes = 16;
const mintedChars = 22;
/** By character code; 64 where there is no such digit. */
const digitValues: Uint8Array = (() => {
  const values = new Uint8Array(128).fill(64);
  for (let i = 0; i < digits.length; i++) values[digits.charCodeAt(i)] = i;
  return values;
})();

/** The ids of one message, in order: bytes one after another, and the column that says how to cut them. */
export class RecordIdWriter {
  readonly lengths: number[] = [];
  #bytes = new Uint8Array(32);
  #length = 0;

  add(id: string): void {
    if (this.#length + 3 * id.length + mintedBytes > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length + 3 * id.length + mintedBytes);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    if (writeMinted(this.#bytes, this.#length, id)) {
      this.lengths.push(0);
      this.#length += mintedBytes;
      return;
    }
    const length = utf8Length(id);
    assert(length >= 1 && length <= wireLimits.recordIdBytesMax, "out of range");
    this.lengths.push(length);
    this.#length = writeUtf8(this.#bytes, this.#length, id);
  }

  /** A view. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** `length`: what the column says. */
export function readRecordId(reader: ByteReader, length: number): string {
  if (length > wireLimits.recordIdBytesMax) throw new DecodeFault("out of range");
  return length === 0 ? bytesToBase64url(reader.raw(mintedBytes)) : viewToText(reader.raw(length));
}

/** False, with nothing of use written, unless `id` is what `readMinted` would give back. */
function writeMinted(target: Uint8Array, offset: number, id: string): boolean {
  if (id.length !== mintedChars) return false;
  let held = 0;
  let bits = 0;
  let at = offset;
  for (let i = 0; i < mintedChars; i++) {
    const code = id.charCodeAt(i);
    const digit = code < 128 ? (digitValues[code] as number) : 64;
    if (digit === 64) return false;
    held = ((held << 6) | digit) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      target[at++] = (held >> bits) & 0xff;
    }
  }
  return (held & ((1 << bits) - 1)) === 0;
}
