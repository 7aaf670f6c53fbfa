/** Transactions that fit a schema: several steps on few records, so that devices meet on them. */
import type { FieldSpec, SchemaSpec } from "@holdfast/core/engine";
import type { AnySchema } from "@holdfast/core";
import type { Random } from "../random.ts";
import { createDrawValue, type DrawValue } from "./draw-value.ts";
import { packValue } from "./packed-value.ts";
import type { Workload } from "./workload.ts";

/** One step of a drawn transaction. `value` is packed: a plan is JSON. */
export interface Step {
  readonly collection: string;
  readonly record: string;
  readonly act: "assign" | "delete" | "count" | "add" | "remove" | "push" | "insert" | "edit" | "move" | "take" | "type" | "erase";
  readonly field: string;
  readonly value: unknown;
  /** Where in a list or a text, as a fraction of its length. */
  readonly at: number;
}

/** What is drawn for each field and intent of one schema. */
export interface Draws {
  readonly schema: SchemaSpec;
  readonly values: ReadonlyMap<string, DrawValue>;
  readonly inputs: ReadonlyMap<string, DrawValue>;
}

const stepsMax = 4;
const recordsOfCollection = 3;

interface DeclaredCollection {
  readonly fields: Readonly<Record<string, { readonly validator: unknown }>>;
}

export function createDraws(schema: AnySchema, workload: Pick<Workload, "values" | "inputs">): Draws {
  const { collections, intents } = schema as {
    readonly collections: Readonly<Record<string, DeclaredCollection>>;
    readonly intents: Readonly<Record<string, () => { readonly validator: unknown }>>;
  };
  const own = workload.values as Readonly<Record<string, Readonly<Record<string, DrawValue>>>> | undefined;
  const ownInputs = workload.inputs as Readonly<Record<string, DrawValue>> | undefined;
  const values = new Map<string, DrawValue>();
  for (const [collection, { fields }] of schema.spec.collections)
    for (const [field, spec] of fields) {
      const validator = collections[collection]?.fields[field]?.validator;
      const initial = spec.kind === "register" ? spec.initial : undefined;
      values.set(
        fieldKey(collection, field),
        createDrawValue({ validator, validate: spec.validate, own: own?.[collection]?.[field], initial }),
      );
    }
  const inputs = new Map<string, DrawValue>();
  for (const [name, { validate }] of schema.spec.intents)
    inputs.set(name, createDrawValue({ validator: intents[name]?.().validator, validate, own: ownInputs?.[name], initial: undefined }));
  return { schema: schema.spec, values, inputs };
}

export function drawSteps(draws: Draws, random: Random): readonly Step[] {
  const collections = [...draws.schema.collections.keys()];
  const steps: Step[] = [];
  for (let count = random.between(1, stepsMax); count > 0; count--) {
    const collection = random.pick(collections);
    const base = { collection, record: `${collection}-${random.between(1, recordsOfCollection)}`, at: random.between(0, 100) / 100 };
    const fields = [...(draws.schema.collections.get(collection)?.fields ?? [])].filter(([, { kind }]) => kind !== "arbitrated");
    if (fields.length === 0 || random.chance(0.08)) steps.push({ ...base, act: "delete", field: "", value: null });
    else steps.push({ ...base, ...drawChange(draws, collection, random.pick(fields), random) });
  }
  return steps;
}

function drawChange(
  draws: Draws,
  collection: string,
  [field, { kind }]: readonly [string, FieldSpec],
  random: Random,
): Pick<Step, "act" | "field" | "value"> {
  const value = (): unknown => packValue(draws.values.get(fieldKey(collection, field))?.(random));
  switch (kind) {
    case "counter":
      return { act: "count", field, value: random.between(1, 50) * (random.chance(0.3) ? -1 : 1) };
    case "set":
      return { act: random.chance(0.75) ? "add" : "remove", field, value: value() };
    case "list":
      return { act: random.pick(["push", "push", "insert", "insert", "edit", "move", "take"] as const), field, value: value() };
    case "text":
      return { act: random.chance(0.8) ? "type" : "erase", field, value: random.pick(["Milk ", "and ", "then some", "👍", "\n"]) };
    default:
      return { act: "assign", field, value: value() };
  }
}

function fieldKey(collection: string, field: string): string {
  return `${collection}.${field}`;
}
