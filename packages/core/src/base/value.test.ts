import fc from "fast-check";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { bytesToHex } from "./bytes.ts";
import {
  bytesToValue,
  compareCodePoints,
  compareValues,
  isSameValue,
  normalizeValue,
  type Value,
  valueDepthMax,
  valuePartsMax,
  valueToBytes,
  valueToKey,
} from "./value.ts";

const run = { seed: 20261123, numRuns: 500 };

const text = fc.string({ unit: "grapheme" }).filter((candidate) => !candidate.includes("\0"));
const leaf = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  text,
  fc.uint8Array(),
);
const values = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(fc.oneof(text, fc.constant("__proto__")), tie("value"), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value;

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { value };
  return value;
}

function roundTrip(value: Value): Value {
  const decoded = bytesToValue(valueToBytes(value));
  if (!decoded.ok) throw new Error(decoded.fault);
  return decoded.value;
}

describe("what is kept", () => {
  class Point {
    readonly x = 1;
  }
  const refused: Readonly<Record<string, unknown>> = {
    NaN: Number.NaN,
    Infinity: Number.POSITIVE_INFINITY,
    "-Infinity": Number.NEGATIVE_INFINITY,
    undefined: undefined,
    "undefined in an array": [1, undefined],
    "a hole in an array": Array(2),
    "a function": () => 1,
    "a symbol": Symbol("s"),
    "a symbol as key": { [Symbol("s")]: 1 },
    "a Date": new Date(0),
    "an instance of a class": new Point(),
    "a Map": new Map(),
    "a boxed number": Object(1),
    "a Float64Array": new Float64Array(1),
    NUL: "a\u0000b",
    "a lone high surrogate": "\ud83d",
    "a lone low surrogate": "\ude00x",
    "surrogates the wrong way round": "\ude00\ud83d",
    "NUL in a key": { "a\u0000": 1 },
    "half a pair in a key": { "\ud83d": 1 },
    "a bigint above 64 bits": 2n ** 63n,
    "a bigint below 64 bits": -(2n ** 63n) - 1n,
    "too deep": nested(valueDepthMax + 1),
  };

  test.each(Object.keys(refused))("[VAL1][T19][T20][F17] refused with a reason: %s", (name) => {
    const normalized = normalizeValue(refused[name]);
    expect(normalized).toMatchObject({ ok: false, reason: expect.stringMatching(/\.$/) });
  });

  test("[VAL1] a Date's reason says what to store", () => {
    expect(normalizeValue({ at: new Date(0) })).toMatchObject({ ok: false, reason: expect.stringMatching(/milliseconds.*ISO/) });
  });

  test("[VAL1] a loop, and an object shared without end, are refused and not walked for ever", () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(normalizeValue(loop)).toMatchObject({ ok: false });
    let wide: unknown = 1;
    for (let i = 0; i < valueDepthMax; i++) wide = [wide, wide];
    expect(normalizeValue(wide)).toMatchObject({ ok: false, reason: expect.stringContaining(String(valuePartsMax)) });
  });

  test("[VAL1] the deepest that is allowed, and a plain object of another realm, are kept", () => {
    expect(normalizeValue(nested(valueDepthMax))).toMatchObject({ ok: true });
    expect(normalizeValue(runInNewContext("({ a: [1] })"))).toEqual({ ok: true, value: { a: [1] } });
  });

  test("[VAL2][T20] -0 is 0, undefined properties are left out, null stays", () => {
    const normalized = normalizeValue({ zero: -0, absent: undefined, none: null });
    expect(normalized).toStrictEqual({ ok: true, value: { zero: 0, none: null } });
    expect(normalizeValue(-0)).toStrictEqual({ ok: true, value: 0 });
  });

  test("[VAL2][T19] a __proto__ key survives, and sets nobody's prototype", () => {
    const normalized = normalizeValue(JSON.parse('{"__proto__":{"admin":true}}'));
    const back = roundTrip((normalized as { value: Value }).value);
    for (const value of [(normalized as { value: object }).value, back as object]) {
      expect(Object.getOwnPropertyDescriptor(value, "__proto__")?.value).toEqual({ admin: true });
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect((value as { admin?: boolean }).admin).toBe(undefined);
    }
  });

  test("[VAL2] what is kept is a copy", () => {
    const input = { list: [1], bytes: Uint8Array.of(1) };
    const { value } = normalizeValue(input) as { value: Value };
    input.list.push(2);
    input.bytes[0] = 9;
    expect(value).toEqual({ list: [1], bytes: Uint8Array.of(1) });
  });
});

describe("what comes back", () => {
  test("[VAL3][F57] every value, equal and of its type", () => {
    fc.assert(
      fc.property(values, (value) => {
        const normalized = normalizeValue(value);
        expect(normalized).toEqual({ ok: true, value });
        expect(roundTrip(value)).toStrictEqual((normalized as { value: Value }).value);
      }),
      run,
    );
  });

  const faithful: readonly Value[] = [
    2n ** 53n + 1n,
    -(2n ** 53n) - 1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    0n,
    -1n,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    2 ** 53,
    -(2 ** 53),
    1e308,
    5e-324,
    0.1 + 0.2,
    "",
    "1969-12-31T23:59:59.999999Z",
    "\u00e9", // NFC
    "e\u0301", // NFD: another text
    `a${"\u0301".repeat(100_000)}`,
    "👩‍👩‍👧",
    new Uint8Array(0),
    Uint8Array.of(0, 255),
    "x".repeat(1_000_000),
  ];

  test("[VAL3][F57][F17] integers beyond 2^53, the float's ends, both normal forms, a megabyte of text", () => {
    for (const value of faithful) expect(isSameValue(roundTrip(value), value)).toBe(true);
    expect(new Set(faithful.map(valueToKey)).size).toBe(faithful.length);
  });

  test("[VAL3][T20] 1 and 1n are two values; so are absent, null and the empty string", () => {
    expect(isSameValue(1, 1n)).toBe(false);
    expect(valueToKey(1)).not.toBe(valueToKey(1n));
    expect(isSameValue({}, { a: null })).toBe(false);
    expect(isSameValue(null, "")).toBe(false);
    expect(roundTrip([1, 1n])).toStrictEqual([1, 1n]);
  });
});

describe("one encoding", () => {
  test("[VAL4] an object's keys in any order give the same bytes", () => {
    const entries = fc.uniqueArray(fc.tuple(text, leaf), { selector: ([key]) => key, maxLength: 8 });
    fc.assert(
      fc.property(entries, (pairs) => {
        expect(valueToBytes(Object.fromEntries([...pairs].reverse()))).toEqual(valueToBytes(Object.fromEntries(pairs)));
      }),
      run,
    );
  });

  test("[VAL4] isSameValue is equality of encodings", () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(isSameValue(a, b)).toBe(bytesToHex(valueToBytes(a)) === bytesToHex(valueToBytes(b)));
        expect(isSameValue(a, roundTrip(a))).toBe(true);
      }),
      run,
    );
  });

  const noValues: Readonly<Record<string, readonly number[]>> = {
    nothing: [],
    "an unknown tag": [11],
    "trailing bytes": [0, 0],
    "a float that is an integer": [5, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f],
    "a float that is NaN": [5, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f],
    "-0": [5, 0, 0, 0, 0, 0, 0, 0, 0x80],
    "text with NUL": [7, 1, 0],
    "text that is a surrogate": [7, 3, 0xed, 0xa0, 0x80],
    "keys out of order": [10, 2, 1, 98, 0, 1, 97, 0],
    "a key twice": [10, 2, 1, 97, 0, 1, 97, 0],
    "an array longer than its bytes": [9, 200, 1, 0],
    "too deep": [...Array.from({ length: 40 }, () => [9, 1]).flat(), 0],
    "below -2^53": [4, 255, 255, 255, 255, 255, 255, 255, 15],
  };

  test.each(Object.keys(noValues))("[VAL4] a fault: %s", (name) => {
    expect(bytesToValue(Uint8Array.from(noValues[name] as readonly number[]))).toMatchObject({ ok: false });
  });

  test("[VAL4][BYT1] any bytes give a value that encodes again, or a fault", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(10), (bytes, tag) => {
        const decoded = bytesToValue(Uint8Array.of(tag, ...bytes));
        if (decoded.ok) expect(roundTrip(decoded.value)).toEqual(decoded.value);
      }),
      { ...run, numRuns: 3000 },
    );
  });

  test("[VAL5] keys order as encodings do, and short text's shortcut is the same key", () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const [left, right] = [valueToKey(a), valueToKey(b)];
        expect(Math.sign(compareValues(a, b))).toBe(left < right ? -1 : left > right ? 1 : 0);
        expect(left).toBe(String.fromCharCode(...valueToBytes(a)));
      }),
      run,
    );
  });

  test("[VAL5] code points order, not UTF-16 units: U+FFFD comes before an emoji", () => {
    expect(compareCodePoints("\ufffd", "😀")).toBeLessThan(0);
    expect("\ufffd" < "😀").toBe(false);
    expect(compareCodePoints("a", "ab")).toBeLessThan(0);
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareCodePoints(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
      run,
    );
  });
});
