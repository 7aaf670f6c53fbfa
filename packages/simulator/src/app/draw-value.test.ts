import { arbitrated, collection, counter, defineSchema, intent, list, register, set, text } from "@holdfast/core";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { random } from "../random.ts";
import { createDraws, drawSteps } from "./draw-steps.ts";
import { packValue, unpackValue } from "./packed-value.ts";

const colour = z.enum(["red", "green"]);
const impossible = z.string().refine((value) => value === "a word that nobody guesses");
const schema = defineSchema({
  version: 1,
  collections: {
    things: collection({
      short: register(z.string().min(3).max(5), "abc"),
      colour: register(colour, "red"),
      nested: register(
        z.object({ at: z.number().int().min(10).max(12), maybe: z.string().nullable(), tags: z.array(colour).max(2) }).nullable(),
        null,
      ),
      whole: register(z.bigint(), 0n),
      when: register(z.iso.datetime(), "2030-01-01T00:00:00Z"),
      odd: register(impossible, "a word that nobody guesses"),
      count: counter(),
      tags: set(colour),
      steps: list(z.object({ label: z.string(), done: z.boolean() })),
      never: set(impossible),
      body: text(),
      plan: arbitrated(z.number(), 0),
    }),
  },
  intents: { pay: intent(z.object({ amount: z.number().int().min(1).max(9), to: z.email() })) },
});

describe("values that are drawn from a schema", () => {
  const draws = createDraws(schema, {});

  it("[SIM65] are what the validators accept, for fields and for intents, and differ", () => {
    const seen = new Set<string>();
    for (const [name, draw] of draws.values) {
      const spec = schema.spec.collections.get("things")?.fields.get(name.slice("things.".length));
      for (let n = 0; n < 40; n++) {
        const value = draw(random(n, name));
        if (name === "things.never") expect(value).toBeUndefined();
        else expect(spec?.validate(value).ok, `${name}: ${String(value)}`).toBe(true);
        if (name === "things.nested") seen.add(JSON.stringify(value));
      }
    }
    expect(seen.size).toBeGreaterThan(8);
    for (let n = 0; n < 20; n++)
      expect(schema.spec.intents.get("pay")?.validate(draws.inputs.get("pay")?.(random(n, "pay"))).ok).toBe(true);
  });

  it("[SIM65] come into every kind of field that a device may write, and never into one that only r0 may", () => {
    const fields = new Set<string>();
    for (let n = 0; n < 200; n++) for (const { field } of drawSteps(draws, random(n, "steps"))) fields.add(field);
    const written = [...(schema.spec.collections.get("things")?.fields.keys() ?? [])].filter((field) => field !== "plan");
    expect([...fields].sort()).toEqual(["", ...written].sort());
  });

  it("[SIM65] are the app's own where it gives them", () => {
    const own = createDraws(schema, { values: { things: { short: () => "own" } }, inputs: { pay: () => ({ amount: 1, to: "a@b.cc" }) } });
    expect(own.values.get("things.short")?.(random(1, "x"))).toBe("own");
    expect(own.inputs.get("pay")?.(random(1, "x"))).toEqual({ amount: 1, to: "a@b.cc" });
  });

  it("[SIM65] pass through a plan, which is JSON", () => {
    for (const value of [undefined, null, 1n, new Uint8Array([1, 2]), { a: [1n, { b: "c" }] }, "text", [true]])
      expect(unpackValue(JSON.parse(JSON.stringify(packValue(value))))).toEqual(value);
  });
});
