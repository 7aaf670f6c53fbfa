/** Values at the edges: what can be kept comes back as it was, and what cannot is refused before anything has changed (traps 19, 20). */

interface OddValue {
  readonly value: unknown;
  /** What SQL shows of it. */
  readonly shown: unknown;
}

export const keptValues: readonly OddValue[] = [
  { value: null, shown: null },
  { value: "", shown: "" },
  { value: "👩‍👩‍👧‍👦 é \u200f \u2028", shown: "👩‍👩‍👧‍👦 é \u200f \u2028" },
  { value: "__proto__", shown: "__proto__" },
  { value: JSON.parse('{"__proto__":{"toString":1},"constructor":[]}'), shown: '{"__proto__":{"toString":1},"constructor":[]}' },
  { value: new Uint8Array([0, 255, 128, 0]), shown: new Uint8Array([0, 255, 128, 0]) },
  { value: new Uint8Array(0), shown: new Uint8Array(0) },
  { value: { b: [1, [true, null]], a: { deep: { deeper: "\u0001" } } }, shown: '{"a":{"deep":{"deeper":"\\u0001"}},"b":[1,[true,null]]}' },
  { value: Number.MAX_SAFE_INTEGER, shown: Number.MAX_SAFE_INTEGER },
  { value: Number.MIN_SAFE_INTEGER, shown: Number.MIN_SAFE_INTEGER },
  { value: -0, shown: 0 },
  { value: 0.1 + 0.2, shown: 0.1 + 0.2 },
  { value: 5e-324, shown: 5e-324 },
  { value: 1.7976931348623157e308, shown: 1.7976931348623157e308 },
  { value: 2n ** 63n - 1n, shown: 2n ** 63n - 1n },
  { value: -(2n ** 63n), shown: -(2n ** 63n) },
  { value: "12", shown: "12" },
  { value: "2026-11-23T08:00:00.000Z", shown: "2026-11-23T08:00:00.000Z" },
  { value: { absent: undefined, there: 1 }, shown: '{"there":1}' },
  { value: "x".repeat(5_000), shown: "x".repeat(5_000) },
];

export const refusedValues: readonly unknown[] = [
  "nul \u0000",
  "half \ud83d",
  ["half \udc00"],
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2n ** 63n,
  [undefined],
  new Map([[1, 2]]),
  () => 1,
  Symbol("none"),
  { deep: { nan: Number.NaN } },
  "x".repeat(2_000_000),
];

/** Equal as an app would find them to be. */
export function isShown(odd: number, shown: unknown): boolean {
  const expected = keptValues[odd]?.shown;
  if (expected instanceof Uint8Array)
    return shown instanceof Uint8Array && expected.length === shown.length && expected.every((byte, at) => byte === shown[at]);
  return Object.is(expected, shown) || (typeof expected === "number" && typeof shown === "bigint" && BigInt(expected) === shown);
}
