/** How one order of ids becomes another, said in one splice: what stands before and after the change is not said again. */
export interface Splice {
  readonly at: number;
  readonly removed: number;
  readonly ids: readonly string[];
}

export function spliceBetween(before: readonly string[], after: readonly string[]): Splice {
  const shorter = Math.min(before.length, after.length);
  let at = 0;
  while (at < shorter && before[at] === after[at]) at++;
  let tail = 0;
  while (tail < shorter - at && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return { at, removed: before.length - at - tail, ids: after.slice(at, after.length - tail) };
}

/** Undefined where the splice does not fit what it is said of. */
export function applySplice(before: readonly string[], { at, removed, ids }: Splice): readonly string[] | undefined {
  if (at > before.length || at + removed > before.length) return undefined;
  return [...before.slice(0, at), ...ids, ...before.slice(at + removed)];
}
