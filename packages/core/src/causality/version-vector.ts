/**
 * A version vector: replica id → highest contiguous counter (paper 5.1), kept sparse. An absent entry is 0.
 * On a record it holds only the replicas that wrote that record, and `n` says: every operation of that replica on this
 * record up to n has been applied (operations of a replica are applied in counter order, trap 2).
 */
import type { Dot } from "./dot.ts";
import type { ReplicaId } from "./replica-id.ts";

export type VersionVector = ReadonlyMap<ReplicaId, number>;

export const emptyVector: VersionVector = new Map();

export function vectorContains(vector: VersionVector, dot: Dot): boolean {
  return (vector.get(dot.replica) ?? 0) >= dot.counter;
}

/** Every entry of `part` is at most that of `whole`. */
export function vectorCovers(whole: VersionVector, part: VersionVector): boolean {
  for (const [replica, counter] of part) if ((whole.get(replica) ?? 0) < counter) return false;
  return true;
}

export function joinVectors(a: VersionVector, b: VersionVector): VersionVector {
  if (vectorCovers(a, b)) return a;
  if (vectorCovers(b, a)) return b;
  const joined = new Map(a);
  for (const [replica, counter] of b) if ((joined.get(replica) ?? 0) < counter) joined.set(replica, counter);
  return joined;
}

export function addDot(vector: VersionVector, dot: Dot): VersionVector {
  if (vectorContains(vector, dot)) return vector;
  return new Map(vector).set(dot.replica, dot.counter);
}
