/** Randomness that a seed repeats: each use has a key of its own, so that one more draw here moves nothing there. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number from `min` to `max`, both possible. */
  between(min: number, max: number): number;
  pick<T>(items: readonly T[]): T;
}

/** FNV-1a for the key, mulberry32 for the sequence: good enough for schedules, and for nothing else. */
export function keyedRandom(seed: number, ...key: readonly (string | number)[]): Random {
  let state = 0x811c9dc5 ^ seed;
  for (const character of key.join("/")) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return { next, between, pick: (items) => items[between(0, items.length - 1)] as (typeof items)[number] };
}
