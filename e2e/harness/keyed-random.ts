/**
 * Randomness keyed by name: the stream of one link does not move when another link draws (simulator.md, "Shape").
 * Not for secrets.
 */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A whole number in [from, to]. */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
}

export function keyedRandom(...key: readonly (string | number)[]): Random {
  let state = hashKey(key.join("\u0000"));
  // mulberry32: 32 bits of state, passes the usual small tests, one multiplication a draw.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    between,
    chance: (probability) => probability > 0 && next() < probability,
    pick: <T>(items: readonly T[]): T => {
      if (items.length === 0) throw new Error("There is nothing to pick from.");
      return items[between(0, items.length - 1)] as T;
    },
  };
}

/** FNV-1a, finished so that keys which differ in the last digit start far apart. */
function hashKey(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) | 0;
}
