import fc from "fast-check";
import { expect, it } from "vitest";
import { equalValues } from "./equal-values.ts";

it("[TAB11] values are equal to their copies, and to nothing else", () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<unknown>(null, true, false, 0, -0, 1, 2n, "", "a", Number.NaN),
      fc.uint8Array({ maxLength: 3 }),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("a", "b", "__proto__"), tie("value"), { maxKeys: 2, noNullPrototype: true }),
    ),
  })).value;
  fc.assert(fc.property(value, (each) => equalValues(each, structuredClone(each))));
  const others: readonly unknown[] = [
    null,
    undefined,
    0,
    "0",
    0n,
    [],
    {},
    [0],
    { a: 0 },
    { a: undefined },
    { b: undefined },
    Uint8Array.of(0),
    Uint8Array.of(1),
  ];
  for (const [at, a] of others.entries()) for (const [to, b] of others.entries()) expect(equalValues(a, b), `${at} ${to}`).toBe(at === to);
});
