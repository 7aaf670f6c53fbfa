/** Delta debugging over a list: as many items as can be spared are left out, in large pieces first. */

/** Says whether the rest still fails. */
export type Spares<T> = (rest: readonly T[]) => Promise<boolean>;

/** The items that could not be spared, each by itself, in their order. Asks about `2 n` times where little can go, about `log n` times where much can. */
export async function dropSome<T>(items: readonly T[], spares: Spares<T>): Promise<readonly T[]> {
  let left = items;
  for (let size = left.length; size >= 1; size = Math.floor(size / 2)) {
    // From the end: what comes last has the least that follows from it.
    for (let end = left.length; end > 0; end -= size) {
      const rest = [...left.slice(0, Math.max(0, end - size)), ...left.slice(end)];
      if (rest.length < left.length && (await spares(rest))) left = rest;
    }
  }
  return left;
}
