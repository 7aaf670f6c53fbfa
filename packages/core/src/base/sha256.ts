/**
 * SHA-256 (FIPS 180-4): synchronous, incremental, and the same on every engine. In 80 lines of our own, since a library's is five times as
 * large beside a client that is counted in bytes. It hashes what is nobody's secret, so that how long it takes may depend on what it hashes.
 */
import { assert } from "./assert.ts";

const blockBytes = 64;
const lengthAt = blockBytes - 8;
const rounds = 64;

/** The first 32 bits behind the point. An engine's roots may be wrong in their last places: no constant is so near a border that it mattered (tested). */
const fraction = (root: number): number => ((root % 1) * 2 ** 32) | 0;

/** Of the first 64 primes: the roots' fractions are the standard's constants. */
function constantsOf(root: (prime: number) => number, count: number): Int32Array {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return Int32Array.from(primes, (prime) => fraction(root(prime)));
}

const roundConstants = constantsOf(Math.cbrt, rounds);
const initialState = constantsOf(Math.sqrt, 8);

export interface Sha256 {
  update(bytes: Uint8Array): Sha256;
  /** 32 bytes; once. */
  digest(): Uint8Array;
}

export function createSha256(): Sha256 {
  const state = initialState.slice();
  const block = new Uint8Array(blockBytes);
  const view = new DataView(block.buffer);
  let filled = 0;
  let bytesInAll = 0;
  let ended = false;

  const hash: Sha256 = {
    update(bytes) {
      assert(!ended, "a hash that has ended");
      bytesInAll += bytes.length;
      for (let at = 0; at < bytes.length; ) {
        const piece = bytes.subarray(at, at + blockBytes - filled);
        block.set(piece, filled);
        at += piece.length;
        filled += piece.length;
        if (filled === blockBytes) {
          compress(state, view);
          filled = 0;
        }
      }
      return hash;
    },
    digest() {
      assert(!ended, "a hash that has ended");
      ended = true;
      // One bit, zeros, and the length in the last eight bytes of a block.
      block[filled++] = 0x80;
      block.fill(0, filled);
      if (filled > lengthAt) {
        compress(state, view);
        block.fill(0);
      }
      view.setUint32(lengthAt, Math.floor(bytesInAll / 2 ** 29));
      view.setInt32(lengthAt + 4, bytesInAll * 8);
      compress(state, view);
      state.forEach((word, index) => view.setInt32(4 * index, word));
      return block.slice(0, 4 * state.length);
    },
  };
  return hash;
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return createSha256().update(bytes).digest();
}

const turned = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits));

/** Scratch of one call: nothing in it outlives it. */
const words = new Int32Array(rounds);

function compress(state: Int32Array, block: DataView): void {
  for (let i = 0; i < 16; i++) words[i] = block.getInt32(4 * i);
  for (let i = 16; i < rounds; i++) {
    const early = words[i - 15] as number;
    const late = words[i - 2] as number;
    words[i] =
      (words[i - 16] as number) +
      (turned(early, 7) ^ turned(early, 18) ^ (early >>> 3)) +
      (words[i - 7] as number) +
      (turned(late, 17) ^ turned(late, 19) ^ (late >>> 10));
  }
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let f = state[5] as number;
  let g = state[6] as number;
  let h = state[7] as number;
  for (let i = 0; i < rounds; i++) {
    const chosen = (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g));
    const first = (h + chosen + (roundConstants[i] as number) + (words[i] as number)) | 0;
    const second = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  state[0] = (state[0] as number) + a;
  state[1] = (state[1] as number) + b;
  state[2] = (state[2] as number) + c;
  state[3] = (state[3] as number) + d;
  state[4] = (state[4] as number) + e;
  state[5] = (state[5] as number) + f;
  state[6] = (state[6] as number) + g;
  state[7] = (state[7] as number) + h;
}
