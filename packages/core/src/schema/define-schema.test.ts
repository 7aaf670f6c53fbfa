import { describe, expect, it } from "vitest";
import { z } from "zod";
import { HoldfastError } from "../base/error.ts";
import { kindCodes } from "../lattice/lattice.ts";
import { codeOf, schema } from "../operation/reference/fixture.ts";
import { collection, defineSchema, intent, toSchemaSpec } from "./define-schema.ts";
import { arbitrated, counter, list, register, set, text } from "./kinds.ts";
import { latticesOf } from "./lattices-of.ts";
import type { Validator } from "./validate.ts";

const one = { notes: collection({ title: register(z.string(), "") }) };
const declare = (collections: unknown, intents?: unknown, version: unknown = 1) => defineSchema({ version, collections, intents } as never);
const withField = (field: unknown, name = "title") => declare({ notes: { fields: { [name]: field }, indexes: [] } });

describe("a declaration that is wrong", () => {
  it("[SCH2][SCH6] names", () => {
    for (const name of ["", "1a", "a-b", "a b", "_a", "ä", "a".repeat(64), "__proto__", "id", "ID", "space", "Space"]) {
      const fields = Object.fromEntries([[name, counter()]]);
      expect(
        codeOf(() => declare({ notes: { fields, indexes: [] } })),
        name,
      ).toBe("invalid-schema");
    }
    for (const name of ["", "a.b", "_log", "then", "write", "constructor", "toString"]) {
      expect(
        codeOf(() => declare(Object.fromEntries([[name, one.notes]]))),
        name,
      ).toBe("invalid-schema");
      if (!/^(then|write|con|toS)/.test(name))
        expect(
          codeOf(() => declare(one, Object.fromEntries([[name, intent(z.null())]]))),
          name,
        ).toBe("invalid-schema");
    }
    expect(codeOf(() => declare({ notes: one.notes, Notes: one.notes }))).toBe("invalid-schema");
    expect(codeOf(() => declare({ notes: collection({ title: counter(), Title: counter() }) }))).toBe("invalid-schema");
    expect(toSchemaSpec(declare({ ["a".repeat(63)]: one.notes }, { toString: intent(z.null()) })).intents.has("toString")).toBe(true);
  });

  it("[SCH6] versions, shapes and kinds", () => {
    for (const version of [0, -1, 1.5, Number.NaN, 2 ** 31, "1", undefined])
      expect(codeOf(() => declare(one, {}, version === undefined ? null : version))).toBe("invalid-schema");
    for (const collections of [undefined, null, [], { notes: {} }, { notes: undefined }, { notes: collection({}) }])
      expect(codeOf(() => declare(collections))).toBe("invalid-schema");
    for (const field of [
      undefined,
      null,
      z.string(),
      { kind: "register" },
      { ...counter(), kind: "presence" },
      { ...counter(), lattice: text().lattice },
    ])
      expect(codeOf(() => withField(field))).toBe("invalid-schema");
    for (const intents of [
      [],
      { buy: {} },
      { buy: z.string() },
      { buy: () => undefined },
      { buy: intent(z.null(), { provisional: 1 as never }) },
    ])
      expect(codeOf(() => declare(one, intents))).toBe("invalid-schema");
    expect(codeOf(() => collection(undefined as never))).toBe("invalid-schema");
  });

  it("[SCH3] validators that are none, or that wait", () => {
    for (const validator of [undefined, null, () => true, {}, "string"]) {
      expect(codeOf(() => withField(register(validator as never, "" as never)))).toBe("invalid-schema");
      expect(codeOf(() => withField(set(validator as never)))).toBe("invalid-schema");
      expect(codeOf(() => declare(one, { buy: intent(validator as never) }))).toBe("invalid-schema");
    }
    const waits = z.string().refine(async () => true);
    expect(codeOf(() => withField(register(waits, "")))).toBe("invalid-schema");
    expect(codeOf(() => withField(list(waits)))).toBe("invalid-schema");
    expect(codeOf(() => declare(one, { buy: intent(waits) }))).toBe("invalid-schema");
  });

  it("[SCH4] initial values that the validator or the store refuses", () => {
    const anything: Validator<unknown, unknown> = z.unknown();
    for (const field of [
      register(z.string().min(1), ""),
      register(z.number(), Number.NaN),
      register(anything, new Date()),
      register(anything, undefined),
      register(z.string(), "\u0000"),
      arbitrated(z.enum(["a"]), "b" as "a"),
    ]) {
      expect(codeOf(() => withField(field))).toBe("invalid-schema");
    }
  });

  it("[SCH5] indexes", () => {
    for (const indexes of [["nope"], ["title", "title"], ["body"], ["tags"], ["items"], "title", [1]]) {
      const fields = { title: register(z.string(), ""), body: text(), tags: set(z.string()), items: list(z.string()) };
      expect(codeOf(() => declare({ notes: { fields, indexes } }))).toBe("invalid-schema");
    }
  });

  it("[SCH6] says what and where, and what to do", () => {
    try {
      withField(register(z.number(), "x" as never));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(HoldfastError);
      expect((error as HoldfastError).message).toContain('"notes.title"');
      expect((error as HoldfastError).advice).not.toBe("");
      expect(error).toMatchObject({ origin: "caller", retry: false });
    }
  });
});

describe("a schema", () => {
  it("[SCH4] shows the validator's output for an initial value", () => {
    const spec = toSchemaSpec(
      defineSchema({ version: 1, collections: { notes: collection({ title: register(z.string().trim(), "  a ") }) } }),
    );
    expect(spec.collections.get("notes")?.fields.get("title")?.initial).toBe("a");
  });

  it("[SCH8] hashes names, kinds and version, and nothing else", () => {
    const hash = (collections: Parameters<typeof defineSchema>[0]["collections"], version = 1, intents = {}) =>
      toSchemaSpec(defineSchema({ version, collections, intents })).hash;
    const base = hash({ a: collection({ x: counter(), y: text() }), b: collection({ z: text() }) });
    expect(base).toMatch(/^[0-9a-f]{64}$/);
    expect(hash({ b: collection({ z: text() }), a: collection({ y: text(), x: counter() }, { indexes: ["x"] }) })).toBe(base);
    expect(hash({ a: collection({ x: register(z.string(), "a") }) })).toBe(hash({ a: collection({ x: register(z.number(), 1) }) }));
    const others = [
      hash({ a: collection({ x: counter(), y: text() }), b: collection({ z: text() }) }, 2),
      hash({ a: collection({ x: counter(), y: counter() }), b: collection({ z: text() }) }),
      hash({ a: collection({ x: counter() }), b: collection({ y: text(), z: text() }) }),
      hash({ a: collection({ x: counter(), y: text() }), c: collection({ z: text() }) }),
      hash({ a: collection({ x: counter(), y: text() }), b: collection({ z: text() }) }, 1, { buy: intent(z.null()) }),
    ];
    expect(new Set([base, ...others]).size).toBe(others.length + 1);
  });

  it("[SCH9] brings the text lattice only where it is declared", () => {
    expect(latticesOf(toSchemaSpec(schema)).has(kindCodes.text)).toBe(true);
    const without = latticesOf(toSchemaSpec(defineSchema({ version: 1, collections: one })));
    expect(without.has(kindCodes.text)).toBe(false);
    expect(without.has(kindCodes.list)).toBe(true);
  });

  it("[SCH10] is frozen and holds its own copies", () => {
    const fields: Record<string, ReturnType<typeof counter>> = { x: counter() };
    const collections: Record<string, ReturnType<typeof collection>> = { a: collection(fields) };
    const frozen = defineSchema({ version: 1, collections });
    fields["y"] = counter();
    collections["b"] = collection({ y: counter() });
    expect([...(toSchemaSpec(frozen).collections.get("a")?.fields.keys() ?? [])]).toEqual(["x"]);
    expect(Object.keys(frozen.collections)).toEqual(["a"]);
    expect(Object.keys(frozen.collections["a"]?.fields as object)).toEqual(["x"]);
    expect(Object.isFrozen(frozen) && Object.isFrozen(frozen.spec) && Object.isFrozen(frozen.collections)).toBe(true);
  });
});
