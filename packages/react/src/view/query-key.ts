/** Equal questions have equal text, whoever asks: components that ask the same share one live query. */

/** JSON that tells apart what JSON does not: bigint, bytes, negative zero, absent. Keys ascend, but where their order means something (`ordered`). */
export function keyOf(value: unknown, ordered = false): string {
  if (value === undefined) return "-";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? typeof value;
  if (value instanceof Uint8Array) return `b[${value.join(",")}]`;
  if (Array.isArray(value)) return `[${value.map((each: unknown) => keyOf(each)).join(",")}]`;
  const object = value as Readonly<Record<string, unknown>>;
  const names = Object.keys(object).filter((name) => object[name] !== undefined);
  if (!ordered) names.sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${keyOf(object[name])}`).join(",")}}`;
}
