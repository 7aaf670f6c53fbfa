import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Defect, assert } from "./assert.ts";
import {
  base64urlToBytes,
  ByteReader,
  ByteWriter,
  bytesToBase64url,
  bytesToHex,
  compareBytes,
  concatBytes,
  decodeSafely,
  hexToBytes,
} from "./bytes.ts";

const run = { seed: 20261123, numRuns: 500 };

describe("writing and reading", () => {
  test("[BYT1] everything written is read, to the end", () => {
    const item = fc.oneof(
      fc.maxSafeInteger().map(Math.abs),
      fc.string({ unit: "grapheme" }),
      fc.uint8Array(),
      fc.double({ noNaN: true }).map((value) => ({ value })),
    );
    fc.assert(
      fc.property(fc.array(item), (items) => {
        const writer = new ByteWriter(1);
        for (const each of items) {
          if (typeof each === "number") writer.varint(each);
          else if (typeof each === "string") writer.text(each);
          else if (each instanceof Uint8Array) writer.block(each);
          else writer.float64(each.value);
        }
        const reader = new ByteReader(writer.finish());
        for (const each of items) {
          if (typeof each === "number") expect(reader.varint()).toBe(each);
          else if (typeof each === "string") expect(reader.text()).toBe(each);
          else if (each instanceof Uint8Array) expect(reader.block()).toEqual(each);
          else expect(reader.float64()).toBe(each.value);
        }
        reader.end();
      }),
      run,
    );
  });

  const faults: Readonly<Record<string, (reader: ByteReader) => unknown>> = {
    "a varint past the end": (reader) => reader.varint(),
    "a block past the end": (reader) => new ByteReader(Uint8Array.of(3, 1)).block() ?? reader,
    "raw bytes past the end": (reader) => reader.raw(5),
    "a float past the end": (reader) => reader.float64(),
    "text that is not UTF-8": () => new ByteReader(Uint8Array.of(1, 0xff)).text(),
    "a varint above 2^53": () => new ByteReader(Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 127)).varint(),
    "a varint without end": () => new ByteReader(new Uint8Array(9).fill(0x80)).varint(),
    "a count above its bound": () => new ByteReader(Uint8Array.of(9)).bounded(8),
    "bytes too many": (reader) => reader.end(),
  };

  test.each(Object.keys(faults))("[BYT1] a fault, with its place: %s", (name) => {
    const fault = decodeSafely(() => faults[name]?.(new ByteReader(Uint8Array.of(0x80))));
    expect(fault).toMatchObject({ ok: false, fault: expect.stringMatching(/ at byte \d+$/) });
  });

  test("[BYT1] a reader of a part stays within it", () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3, 4), 1, 3);
    expect([reader.byte(), reader.byte(), reader.remaining]).toEqual([2, 3, 0]);
    expect(decodeSafely(() => reader.byte())).toMatchObject({ ok: false });
  });

  test("[BYT1] a defect is not taken for a fault", () => {
    expect(() => decodeSafely(() => assert(false, "ours"))).toThrow(Defect);
    expect(() => new ByteWriter().varint(-1)).toThrow(Defect);
    expect(() => new ByteWriter().varint(2 ** 53)).toThrow(Defect);
  });
});

describe("forms", () => {
  test("[BYT2] hexadecimal and base64url come back, as the platform writes them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(bytesToHex(bytes)).toBe(Buffer.from(bytes).toString("hex"));
        expect(hexToBytes(bytesToHex(bytes))).toEqual(bytes);
        expect(bytesToBase64url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
        expect(base64urlToBytes(bytesToBase64url(bytes))).toEqual(bytes);
      }),
      run,
    );
  });

  test("[BYT2] base64url that nobody would have written is not read", () => {
    for (const text of ["A", "AB", "AA=", "A+", "AAAAA", "a b", "_"]) expect(base64urlToBytes(text)).toBe(undefined);
    expect(base64urlToBytes("AA")).toEqual(Uint8Array.of(0));
  });

  test("[BYT2] bytes compare and concatenate as the platform's do", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5, max: 3 }), fc.uint8Array({ maxLength: 5, max: 3 }), (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
        expect(concatBytes([a, b, a])).toEqual(new Uint8Array(Buffer.concat([a, b, a])));
      }),
      run,
    );
  });
});
