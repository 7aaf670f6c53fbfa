/** Values that a validator accepts: from the app's own generator, from the validator's JSON Schema, or by trying what is common. */
import type { Validation } from "@holdfast/core/engine";
import type { Random } from "../random.ts";
import { drawFromJsonSchema, type JsonSchema } from "./json-schema-values.ts";

/** Gives a value, or undefined where nothing that was tried is accepted. */
export type DrawValue = (random: Random) => unknown;

interface Drawable {
  readonly validator: unknown;
  readonly validate: (value: unknown) => Validation;
  /** The app's own, where it gives one: asked first, and not doubted. */
  readonly own: DrawValue | undefined;
  readonly initial: unknown;
}

const triesMax = 8;

const common: readonly unknown[] = [
  ...["", "a", "bread", "Two words", "äöü 👍", "ann@example.com", "https://example.com/a", "2031-05-07", "2031-05-07T12:00:00Z"],
  "01890a5d-ac96-774b-bcce-b302099a8057",
  ...[0, 1, -1, 2, 7, 42, 100, 1_000, 0.5],
  ...[true, false, null, 1n, new Uint8Array([1, 2, 3])],
  ...[[], ["a"], [1], {}],
];

export function createDrawValue({ validator, validate, own, initial }: Drawable): DrawValue {
  if (own !== undefined) return own;
  const schema = jsonSchemaOf(validator);
  const accepted = [initial, ...common].filter((value) => value !== undefined && validate(value).ok);
  return (random) => {
    for (let tries = schema === undefined ? triesMax : 0; tries < triesMax; tries++) {
      const value = drawFromJsonSchema(schema as JsonSchema, random);
      if (validate(value).ok) return value;
    }
    return accepted.length === 0 ? undefined : random.pick(accepted);
  };
}

/** A library that does not know a part of its own schema as JSON throws: then it is as if it could not say at all. */
function jsonSchemaOf(validator: unknown): JsonSchema | undefined {
  const standard = (validator as { readonly "~standard"?: { readonly jsonSchema?: { input(options: object): unknown } } } | undefined)?.[
    "~standard"
  ];
  try {
    return standard?.jsonSchema?.input({ target: "draft-2020-12" }) as JsonSchema | undefined;
  } catch {
    return undefined;
  }
}
