/** What the storage suite uses of Node's `assert`, for a browser. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => isEqual(a[name as keyof typeof a], b[name as keyof typeof b]));
}

function show(value: unknown): string {
  return JSON.stringify(value, (_name, each: unknown) => (typeof each === "bigint" ? `${each}n` : each)) ?? String(value);
}

function equal(actual: unknown, expected: unknown): void {
  if (!isEqual(actual, expected)) throw new Error(`${show(actual)} is not ${show(expected)}`);
}

const assert = {
  equal,
  deepEqual: equal,
  throws(body: () => unknown, expected?: (error: unknown) => boolean) {
    try {
      body();
    } catch (error) {
      if (expected !== undefined && !expected(error)) throw new Error(`Another error was expected: ${String(error)}`, { cause: error });
      return;
    }
    throw new Error("Nothing was thrown.");
  },
};

export { assert as default };
