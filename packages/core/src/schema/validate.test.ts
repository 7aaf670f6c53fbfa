import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createValidate, type Validator } from "./validate.ts";

const custom = (validate: (value: unknown) => unknown): Validator => ({
  "~standard": { version: 1, vendor: "test", validate: validate as never },
});

describe("validation", () => {
  it("[SCH7] keeps the validator's output, normalized", () => {
    expect(createValidate(z.string().trim())(" a ")).toEqual({ ok: true, value: "a" });
    expect(createValidate(z.object({ a: z.number(), b: z.string().optional() }))({ a: -0, b: undefined, c: 1 })).toEqual({
      ok: true,
      value: { a: 0 },
    });
    expect(Object.is((createValidate(z.number())(-0) as { value: unknown }).value, 0)).toBe(true);
  });

  it("[SCH7][T20] refuses what cannot be kept, though the validator accepts it", () => {
    for (const value of [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      undefined,
      () => 1,
      Symbol("a"),
      new Date(),
      new Map(),
      "\ud800",
      [undefined],
      2n ** 63n,
    ]) {
      expect(createValidate(z.any())(value).ok, String(value)).toBe(false);
    }
  });

  it("[SCH7] refuses a value whose output r0 would refuse or change", () => {
    expect(createValidate(z.string().transform((text) => text.length))("abc")).toMatchObject({ ok: false });
    expect(createValidate(z.number().transform((n) => n + 1))(1)).toMatchObject({ ok: false });
    expect(createValidate(z.string().toLowerCase())("ABC")).toEqual({ ok: true, value: "abc" });
  });

  it("[SCH3] refuses, and does not throw, when the validator waits, throws or gives many issues", () => {
    expect(createValidate(custom(() => Promise.reject(new Error("late"))))(1)).toMatchObject({
      ok: false,
      reason: expect.stringContaining("asynchronous"),
    });
    expect(
      createValidate(
        custom(() => {
          throw new Error("broken");
        }),
      )(1),
    ).toMatchObject({ ok: false, reason: expect.stringContaining("broken") });
    expect(createValidate(custom(() => ({ issues: [] })))(1)).toMatchObject({ ok: false });
    expect(createValidate(z.object({ a: z.object({ b: z.string() }) }))({ a: { b: 1 } })).toMatchObject({
      ok: false,
      reason: expect.stringContaining("a.b:"),
    });
  });
});
