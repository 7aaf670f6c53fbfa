/**
 * Simpler values for whatever a plan says: what need not be there is not, a rate is zero, a time is short. Goes by the shape of the data,
 * so that kinds of faults and settings that are added later are made smaller too.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A place in a value, from the outside in. */
type Path = readonly (string | number)[];

export interface Simplification {
  readonly path: Path;
  /** Undefined: the field is left out. */
  readonly values: readonly (Json | undefined)[];
}

/** Times that are worth a try, in milliseconds, before halving. */
const shortTimesMs = [0, 1, 100, 1_000];

/** By these things are known; or the other passes make them smaller; or only the app knows what they mean. */
const leftAlone: ReadonlySet<string> = new Set(["id", "type", "atMs", "device", "space", "effect", "target", "amount", "input"]);

/** What may be simpler in this value, from the outside in. `isOptional`: this value's own fields need not be there. */
export function simplifications(value: Json, isOptional = false, path: Path = []): readonly Simplification[] {
  if (isArray(value)) return value.flatMap((each, index) => simplifications(each, false, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value)
    .filter(([key]) => !leftAlone.has(key))
    .flatMap(([key, each]) => [
      { path: [...path, key], values: [...(isOptional ? [undefined] : []), ...simplerThan(key, each)] },
      ...simplifications(each, false, [...path, key]),
    ])
    .filter(({ values }) => values.length > 0);
}

function simplerThan(key: string, value: Json): readonly Json[] {
  if (value === true) return [false];
  if (typeof value === "number") return numbersBelow(key, value);
  if (isArray(value) && value.length > 1) return value.map((each) => [each]);
  return [];
}

function numbersBelow(key: string, value: number): readonly number[] {
  if (!Number.isInteger(value)) return [0];
  const [sign, size] = [value < 0 ? -1 : 1, Math.abs(value)];
  if (!/Ms(Mean)?$/.test(key)) return [0, 1].filter((simple) => simple < size);
  return [...shortTimesMs.filter((ms) => ms < size).map((ms) => sign * ms), ...(size > 2_000 ? [sign * Math.round(size / 2)] : [])];
}

export function withValue(value: Json, [key, ...path]: Path, replacement: Json | undefined): Json {
  if (key === undefined) return replacement ?? null;
  if (isArray(value)) return value.map((each, index) => (index === key ? withValue(each, path, replacement) : each));
  const kept = Object.entries(value as object) as readonly (readonly [string, Json])[];
  return Object.fromEntries(
    kept
      .filter(([name]) => name !== key || path.length > 0 || replacement !== undefined)
      .map(([name, each]) => [name, name === key ? withValue(each, path, replacement) : each]),
  );
}

/** `Array.isArray` takes a readonly array for `any[]`. */
function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
