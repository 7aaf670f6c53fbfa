/**
 * Values that fit a JSON Schema, which validators of many libraries give of themselves (Standard JSON Schema). Of the keywords only the
 * frequent ones are read: what is drawn is a proposal, and the validator has the last word.
 */
import type { Random } from "../random.ts";

export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
}

/** Deeper than this, recursive schemas end. */
const depthMax = 5;
/** Small numbers meet more often, and meeting is what finds mistakes. */
const numberSpan = 100;

const words = ["apple", "bread", "cedar", "delta", "ember", "fjord", "grove", "härte", "ink", "👍"];

export function drawFromJsonSchema(schema: JsonSchema, random: Random, depth = 0): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined && schema.enum.length > 0) return random.pick(schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined && choices.length > 0) return drawFromJsonSchema(random.pick(choices), random, depth + 1);
  if (schema.allOf !== undefined)
    return drawFromJsonSchema(Object.assign({}, schema, ...schema.allOf, { allOf: undefined }) as JsonSchema, random, depth + 1);
  switch (typeof schema.type === "string" ? schema.type : random.pick(schema.type ?? ["string"])) {
    case "boolean":
      return random.chance(0.5);
    case "integer":
      return drawNumber(schema, random, 1);
    case "number":
      return random.chance(0.7) ? drawNumber(schema, random, 1) : drawNumber(schema, random, 0.25);
    case "null":
      return null;
    case "array":
      return drawArray(schema, random, depth);
    case "object":
      return drawObject(schema, random, depth);
    default:
      return drawString(schema, random);
  }
}

function drawNumber(
  { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: JsonSchema,
  random: Random,
  step: number,
): number {
  const unit = multipleOf ?? step;
  const isFar = (bound: number | undefined): bound is undefined => bound === undefined || Math.abs(bound) > 1e9;
  const above = exclusiveMinimum === undefined ? minimum : exclusiveMinimum + unit;
  const below = exclusiveMaximum === undefined ? maximum : exclusiveMaximum - unit;
  const low = isFar(above) ? (isFar(below) ? -numberSpan : below - 2 * numberSpan) : above;
  const high = isFar(below) ? low + 2 * numberSpan : Math.min(below, low + 2 * numberSpan);
  return random.between(Math.ceil(low / unit), Math.floor(high / unit)) * unit;
}

function drawString({ minLength = 0, maxLength = 60, format }: JsonSchema, random: Random): string {
  const digits = (count: number): string => Array.from({ length: count }, () => random.between(0, 9)).join("");
  switch (format) {
    case "uuid":
      return `${digits(8)}-${digits(4)}-4${digits(3)}-8${digits(3)}-${digits(12)}`;
    case "email":
      return `${random.pick(words.slice(0, 7))}@example.com`;
    case "uri":
    case "url":
      return `https://example.com/${random.pick(words.slice(0, 7))}`;
    case "date":
      return `20${random.between(10, 39)}-0${random.between(1, 9)}-1${random.between(0, 9)}`;
    case "date-time":
      return `20${random.between(10, 39)}-0${random.between(1, 9)}-1${random.between(0, 9)}T1${random.between(0, 9)}:00:00Z`;
    case "time":
      return `1${random.between(0, 9)}:00:00Z`;
    default:
  }
  let text = random.chance(0.1) ? "" : random.pick(words);
  while (text.length < minLength || (text.length < maxLength && random.chance(0.4))) text += ` ${random.pick(words)}`;
  return text.slice(0, maxLength);
}

function drawArray(
  { items = { type: "string" }, minItems = 0, maxItems = 3 }: JsonSchema,
  random: Random,
  depth: number,
): readonly unknown[] {
  const length = depth > depthMax ? minItems : random.between(minItems, Math.max(minItems, Math.min(maxItems, minItems + 3)));
  return Array.from({ length }, () => drawFromJsonSchema(items, random, depth + 1));
}

function drawObject({ properties = {}, required = [] }: JsonSchema, random: Random, depth: number): unknown {
  const present = Object.entries(properties).filter(([name]) => required.includes(name) || (depth <= depthMax && random.chance(0.5)));
  return Object.fromEntries(present.map(([name, each]) => [name, drawFromJsonSchema(each, random, depth + 1)]));
}
