/**
 * The Lamport clock of a space: the highest stamp seen or given. It breaks ties between writes that had not seen each other;
 * a stamp belongs to its write for ever, and merging never makes one (trap 1).
 */
import { assert } from "../base/assert.ts";
import { compareDots, type Dot } from "./dot.ts";

/** The stamp of the next write. A transaction of n operations uses n of them. */
export function nextLamport(seen: number): number {
  assert(Number.isSafeInteger(seen) && seen >= 0 && seen < Number.MAX_SAFE_INTEGER, `no stamp follows ${seen}`);
  return seen + 1;
}

export function observeLamport(seen: number, stamp: number): number {
  return Math.max(seen, stamp);
}

/** A write's stamp: (lamport, replica id), and the counter, so that the order is total whatever a peer claims. */
export interface Stamped {
  readonly lamport: number;
  readonly dot: Dot;
}

export function compareStamps(a: Stamped, b: Stamped): number {
  return a.lamport - b.lamport || compareDots(a.dot, b.dot);
}
