/**
 * UTF-8 without TextEncoder or TextDecoder, which Hermes may lack.
 * A lone surrogate has no bytes (trap 19): callers check `isWellFormedText` first, and the encoder asserts it.
 */
import { assert } from "./assert.ts";

export function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (unit >= 0xd800 && unit <= 0xdbff) {
      length += 4;
      i++;
    } else length += 3;
  }
  return length;
}

/** Writes `text` at `offset`; the caller has made room for `utf8Length(text)` bytes. Returns the offset after it. */
export function writeUtf8(target: Uint8Array, offset: number, text: string): number {
  let at = offset;
  for (let i = 0; i < text.length; i++) {
    let point = text.charCodeAt(i);
    if (point < 0x80) {
      target[at++] = point;
      continue;
    }
    if (point < 0x800) {
      target[at++] = 0xc0 | (point >> 6);
      target[at++] = 0x80 | (point & 0x3f);
      continue;
    }
    if (point >= 0xd800 && point <= 0xdfff) {
      const low = text.charCodeAt(++i);
      assert(point <= 0xdbff && low >= 0xdc00 && low <= 0xdfff, "not UTF-8");
      point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
      target[at++] = 0xf0 | (point >> 18);
      target[at++] = 0x80 | ((point >> 12) & 0x3f);
    } else target[at++] = 0xe0 | (point >> 12);
    target[at++] = 0x80 | ((point >> 6) & 0x3f);
    target[at++] = 0x80 | (point & 0x3f);
  }
  return at;
}

/** So many are passed to a function at once. */
const unitsMax = 4_096;

/** Strict: overlong forms, surrogates and truncated sequences give `undefined`, never a replacement character. */
export function readUtf8(source: Uint8Array, start: number, end: number): string | undefined {
  return isAscii(source, start, end) ? unitsToText(source, start, end) : readAnyUtf8(source, start, end);
}

function isAscii(source: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((source[at] as number) >= 0x80) return false;
  return true;
}

/** A character a byte: of most text that an app stores, and of most names. */
export function unitsToText(source: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += unitsMax)
    text += String.fromCharCode.apply(null, source.subarray(at, Math.min(end, at + unitsMax)) as unknown as number[]);
  return text;
}

function readAnyUtf8(source: Uint8Array, start: number, end: number): string | undefined {
  let text = "";
  const units: number[] = [];
  let at = start;
  while (at < end) {
    const lead = source[at++] as number;
    let point: number;
    if (lead < 0x80) point = lead;
    else {
      const extra = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
      if (lead < 0xc2 || lead > 0xf4 || at + extra > end) return undefined;
      point = lead & (0x3f >> extra);
      for (let i = 0; i < extra; i++) {
        const next = source[at++] as number;
        if ((next & 0xc0) !== 0x80) return undefined;
        point = (point << 6) | (next & 0x3f);
      }
      if (extra === 2 && (point < 0x800 || (point >= 0xd800 && point <= 0xdfff))) return undefined;
      if (extra === 3 && (point < 0x10000 || point > 0x10ffff)) return undefined;
    }
    if (point >= 0x10000) units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
    else units.push(point);
    if (units.length >= unitsMax) {
      text += String.fromCharCode(...units);
      units.length = 0;
    }
  }
  return units.length === 0 ? text : text + String.fromCharCode(...units);
}

/** Without NUL and without a lone surrogate: what every store and every peer keeps unchanged (F17). */
export function isWellFormedText(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0) return false;
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const low = text.charCodeAt(++i);
    if (unit > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) return false;
  }
  return true;
}

/** What can name a record or a space. */
export function isTextWithin(value: unknown, bytesMax: number): value is string {
  return typeof value === "string" && value !== "" && isWellFormedText(value) && utf8Length(value) <= bytesMax;
}
