import fc from "fast-check";
import { expect, test } from "vitest";
import { Defect } from "./assert.ts";
import { isWellFormedText, readUtf8, utf8Length, writeUtf8 } from "./utf8.ts";

const run = { seed: 20261123, numRuns: 1000 };

function encode(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  expect(writeUtf8(bytes, 0, text)).toBe(bytes.length);
  return bytes;
}

test("[UTF1][T19] text becomes the bytes that the platform's encoder gives, and comes back", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      const bytes = encode(text);
      expect(bytes).toEqual(new TextEncoder().encode(text));
      expect(readUtf8(bytes, 0, bytes.length)).toBe(text);
    }),
    run,
  );
});

test("[UTF1] long text, past the decoder's slices, comes back unbroken", () => {
  const text = "x👍".repeat(10_001);
  const bytes = encode(text);
  expect(readUtf8(bytes, 0, bytes.length)).toBe(text);
});

test("[UTF1][T19][F17] half of a pair is not well-formed and has no bytes; NUL is not kept", () => {
  for (const text of ["\ud83d", "a\udc00", "\ud83d\ud83d", "\udc00\ud800"]) {
    expect(isWellFormedText(text)).toBe(false);
    expect(() => writeUtf8(new Uint8Array(20), 0, text)).toThrow(Defect);
  }
  expect(isWellFormedText("a\u0000")).toBe(false);
  expect(isWellFormedText("")).toBe(true);
  fc.assert(
    fc.property(fc.array(fc.nat(0xffff), { maxLength: 6 }), (units) => {
      const text = String.fromCharCode(...units);
      const survives = new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text)) === text;
      expect(isWellFormedText(text)).toBe(survives && !text.includes("\0"));
    }),
    run,
  );
});

test("[UTF2][T19] bytes are text exactly when the platform's strict decoder says so", () => {
  const interesting = fc.oneof(fc.nat(255), fc.constantFrom(0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xa0, 0xf0, 0x90, 0xf4, 0x8f, 0xf5));
  fc.assert(
    fc.property(fc.array(interesting, { maxLength: 8 }), (list) => {
      const bytes = Uint8Array.from(list);
      let expected: string | undefined;
      try {
        expected = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      } catch {
        expected = undefined;
      }
      expect(readUtf8(bytes, 0, bytes.length)).toBe(expected);
    }),
    { ...run, numRuns: 5000 },
  );
});
