/**
 * A row that shows the same is the same object, so that a memoized component that is given it does not render. The replica says so of
 * records that nobody has touched; here also of those that were written without a change, and of copies out of a worker.
 */
interface AnyRow {
  readonly id: string;
}

/** `shown` itself where nothing differs. */
export function keepRows<Row extends object>(shown: readonly Row[], found: readonly Row[]): readonly Row[] {
  const shownById = new Map(shown.map((row) => [(row as Row & AnyRow).id, row]));
  const rows = found.map((row) => {
    const before = shownById.get((row as Row & AnyRow).id);
    return before !== undefined && isEqualValue(before, row) ? before : row;
  });
  const isSame = rows.length === shown.length && rows.every((row, index) => row === shown[index]);
  return isSame ? shown : Object.freeze(rows);
}

/** Of the values that a record can hold. */
export function isEqualValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b) || a instanceof Uint8Array !== b instanceof Uint8Array) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every(
    (name) =>
      Object.hasOwn(b, name) &&
      isEqualValue((a as Readonly<Record<string, unknown>>)[name], (b as Readonly<Record<string, unknown>>)[name]),
  );
}
