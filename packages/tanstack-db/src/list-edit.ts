/** What was done to a list, from its items before and after: the fewest steps that a person would have taken, each on the item that they meant. */

export type ListStep =
  | { readonly type: "delete"; readonly key: string }
  | { readonly type: "set"; readonly key: string; readonly value: unknown }
  | { readonly type: "move"; readonly key: string; readonly to: number }
  | { readonly type: "insert"; readonly at: number; readonly value: unknown };

interface Item {
  /** Empty: to be inserted. */
  readonly key: string;
  readonly value: unknown;
}

/**
 * `items`: the list now, which may be further than `before`, the list that was edited. What others put into it stays where it is;
 * what they took out stays out.
 */
export function planListEdit(items: readonly Item[], before: readonly unknown[], after: readonly unknown[]): readonly ListStep[] {
  const keys = findKeys(items, before);
  const sources = findSources(before, after);
  const used = new Set(sources.filter((source) => source !== undefined));
  const steps: ListStep[] = [];
  const gone = new Set(keys.filter((key, index) => key !== undefined && !used.has(index)));
  for (const key of gone) steps.push({ type: "delete", key: key as string });

  const target: Item[] = [];
  for (const [index, value] of after.entries()) {
    const source = sources[index];
    const key = source === undefined ? "" : keys[source];
    if (key === undefined) continue;
    if (source !== undefined && !isEqualValue(before[source], value)) steps.push({ type: "set", key, value });
    target.push({ key, value });
  }
  const known = new Set(keys);
  const kept = items.filter(({ key }) => !gone.has(key));
  for (const [index, item] of kept.entries()) {
    if (known.has(item.key)) continue;
    const previous = kept[index - 1];
    const place = previous === undefined ? 0 : target.findIndex(({ key }) => key === previous.key) + 1;
    target.splice(place, 0, item);
  }
  return [
    ...steps,
    ...arrange(
      kept.map(({ key }) => key),
      target,
    ),
  ];
}

/** From the order that is to the order that is wanted. */
function arrange(order: string[], target: readonly Item[]): readonly ListStep[] {
  const steps: ListStep[] = [];
  const final = target.filter(({ key }) => key !== "").map(({ key }) => key);
  const move = (key: string, to: number): void => {
    order.splice(order.indexOf(key), 1);
    order.splice(to, 0, key);
    steps.push({ type: "move", key, to });
  };
  // Moves first, so that an index counts only items that are there.
  for (const [index, wanted] of final.entries()) {
    const found = order[index] as string;
    if (found === wanted) continue;
    // One item taken down the list is one move of it, not one of everything that it passed.
    if (order[index + 1] === wanted && final.indexOf(found) > index + 1) move(found, final.indexOf(found));
    if (order[index] !== wanted) move(wanted, index);
  }
  for (const [index, { key, value }] of target.entries()) if (key === "") steps.push({ type: "insert", at: index, value });
  return steps;
}

/** For each item of `before` its key; undefined where it is not there any more. */
function findKeys(items: readonly Item[], before: readonly unknown[]): readonly (string | undefined)[] {
  let next = 0;
  return before.map((value) => {
    for (let index = next; index < items.length; index++) {
      const item = items[index] as Item;
      if (!isEqualValue(item.value, value)) continue;
      next = index + 1;
      return item.key;
    }
    return undefined;
  });
}

/** For each item of `after` the one of `before` that it was: an equal one, or the one that was edited in its place. */
function findSources(before: readonly unknown[], after: readonly unknown[]): readonly (number | undefined)[] {
  const free = new Set(before.keys());
  const take = (index: number | undefined): number | undefined => {
    if (index !== undefined) free.delete(index);
    return index;
  };
  // What stands where it stood first, or a move of an equal neighbour would be told as two.
  const sources = after.map((value, index) => (index < before.length && isEqualValue(before[index], value) ? take(index) : undefined));
  const fill = (find: (value: unknown, index: number) => number | undefined): void => {
    for (const [index, value] of after.entries()) sources[index] ??= take(find(value, index));
  };
  fill((value) => [...free].find((index) => isEqualValue(before[index], value)));
  if (before.length === after.length) fill((_value, index) => (free.has(index) ? index : undefined));
  return sources;
}

/** Of the values that a record can hold. */
export function isEqualValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b) || a instanceof Uint8Array !== b instanceof Uint8Array) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every(
    (name) => Object.hasOwn(b, name) && isEqualValue((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]),
  );
}
