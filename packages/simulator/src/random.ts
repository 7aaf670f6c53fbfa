/**
 * Randomness by name: `random(seed, "network", link, n)` is a stream of its own, and never moves because another draws more or less.
 * That is what lets a shrinker drop an event without changing the rest of the run. Not for secrets.
 */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A whole number in [from, to]. */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Exponential with this mean: waiting times. */
  exponential(mean: number): number;
  bytes(length: number): Uint8Array;
}

export type Seed = number | string;

/** `stream` says who draws; `keys` for what. Equal arguments give equal streams, on every machine. */
export function random(seed: Seed, stream: string, ...keys: readonly (string | number)[]): Random {
  const draw = createSfc32([String(seed), stream, ...keys.map(String)].join("\u0000"));
  const next = (): number => draw() / 2 ** 32;
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: <T>(items: readonly T[]): T => {
      if (items.length === 0) throw new Error("There is nothing to pick from.");
      return items[between(0, items.length - 1)] as T;
    },
    exponential: (mean) => -Math.log(1 - next()) * mean,
    bytes(length) {
      const bytes = new Uint8Array(length);
      for (let index = 0; index < length; index += 4) {
        const word = draw();
        for (let byte = 0; byte < 4 && index + byte < length; byte++) bytes[index + byte] = word >>> (8 * byte);
      }
      return bytes;
    },
  };
}

/** Chris Doty-Humphrey's sfc32: 128 bits of state, so that 64-bit seeds and long keys do not meet. */
function createSfc32(key: string): () => number {
  let [a, b, c, counter] = [hash(key, 0x9e3779b9), hash(key, 0x243f6a88), hash(key, 0xb7e15162), 1];
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) next();
  return next;
}

function hash(text: string, basis: number): number {
  let value = basis | 0;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return value ^ (value >>> 13);
}
