/** Of rows: plain objects, arrays, bytes. */
export function structuredClone<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each: unknown) => structuredClone(each)) as T;
  if (value instanceof Uint8Array) return value.slice() as T;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, structuredClone(each as unknown)])) as T;
}
