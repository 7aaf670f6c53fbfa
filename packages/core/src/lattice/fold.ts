/**
 * Vectors do not grow for ever: r0 folds what every replica has passed. A fold is an operation of r0's at a place of the stream; it takes the
 * entries that it names out of the record's vector and puts its own dot there, so that contexts name one dot instead of many.
 *
 *     vector {a:7 b:3 c:9}  ─ fold r0:4 ─►  vector {r0:4}, folded {a:7 b:3 c:9} by r0:4  ─ fold r0:8 ─►  vector {r0:8}, folded {r0:4} by r0:8
 *
 * As long as a fold is kept whole, nothing means anything else than before: whoever has seen its dot has seen what it holds, and whoever has not
 * may still name that itself. The next fold, when all have passed this one (CMP9), lets go of what no field refers to. From then on the dot stands
 * for it: a delete whose author has not seen it does not cover it, and the record stays. So a conflict may be said too often, and never too seldom.
 */
import { addDot, joinVectors, vectorContains, type VersionVector } from "../causality/version-vector.ts";
import type { Dot } from "../causality/dot.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import type { AnyLattice, Kind } from "./lattice.ts";
import type { FoldedVector, RecordState } from "./record-state.ts";
import { ascending } from "./replica-table.ts";

/** Has been applied to the record, as far as that can still be told: of what was let go, nothing. */
export function knowsDot({ vector, folded, kept }: RecordState, dot: Dot): boolean {
  if (vectorContains(vector, dot)) return true;
  if (folded === undefined) return false;
  return vectorContains(folded.vector, dot) || kept.some((each) => vectorContains(each.vector, dot));
}

/** How far the record holds `replica`'s operations; 0 if it holds none, or has let them go. */
export function knownThrough({ vector, folded, kept }: RecordState, replica: ReplicaId): number {
  const folds = folded === undefined ? kept : [...kept, folded];
  return Math.max(vector.get(replica) ?? 0, ...folds.map((each) => each.vector.get(replica) ?? 0));
}

/** Every dot that the record can name. */
export function knownVector({ vector, folded, kept }: RecordState): VersionVector {
  if (folded === undefined) return vector;
  return kept.reduce((known, each) => joinVectors(known, each.vector), joinVectors(vector, folded.vector));
}

/** With what the folds hold whose dots it contains. A later fold holds the dots of those before it. */
export function unfoldContext({ folded, kept }: RecordState, context: VersionVector): VersionVector {
  if (folded === undefined) return context;
  let seen = vectorContains(context, folded.by) ? joinVectors(context, folded.vector) : context;
  for (const each of kept.toReversed()) if (vectorContains(seen, each.by)) seen = joinVectors(seen, each.vector);
  return seen;
}

/** Some dot that the record's deletes had not seen; undefined if they had seen all. A fold that is whole is no change of its own. */
export function firstUnremoved({ vector, folded, removed }: RecordState): Dot | undefined {
  for (const [replica, counter] of ascending(vector))
    if ((removed.get(replica) ?? 0) < counter && !(folded?.by.replica === replica && folded.by.counter === counter))
      return { replica, counter };
  if (folded === undefined || vectorContains(removed, folded.by)) return undefined;
  for (const [replica, counter] of ascending(folded.vector)) if ((removed.get(replica) ?? 0) < counter) return { replica, counter };
  return undefined;
}

/** The record's own entries up to `through` leave its vector for `by`; of what was folded before, only what its fields refer to stays. */
export function foldRecord(latticeOf: (kind: Kind) => AnyLattice, record: RecordState, through: VersionVector, by: Dot): RecordState {
  const vector = addDot(new Map([...record.vector].filter(([replica, counter]) => counter > (through.get(replica) ?? 0))), by);
  const { folded } = record;
  const next = { ...record, vector, folded: { by, vector: through } };
  if (folded === undefined) return next;
  const isLater = ([replica, counter]: readonly [ReplicaId, number]): boolean => counter > (folded.vector.get(replica) ?? 0);
  return {
    ...next,
    kept: keepReferred(record, [...record.kept, folded], latticeOf),
    removed: new Map([...record.removed].filter(isLater)),
    deletes: new Map([...record.deletes].filter(isLater)),
  };
}

/** Oldest first: an entry stays in the first fold that holds the dot which is referred to. */
function keepReferred(record: RecordState, folds: readonly FoldedVector[], latticeOf: (kind: Kind) => AnyLattice): readonly FoldedVector[] {
  if (record.opaque.length + record.opaqueFields.size > 0) return folds;
  const referred = new Map<ReplicaId, Set<number>>();
  for (const field of record.fields.values())
    latticeOf(field.kind).refer(field.state, (replica, counter) => {
      const counters = referred.get(replica);
      if (counters === undefined) referred.set(replica, new Set([counter]));
      else counters.add(counter);
    });
  const passed = new Map<ReplicaId, number>();
  const kept: FoldedVector[] = [];
  for (const { by, vector } of folds) {
    const stays = new Map<ReplicaId, number>();
    for (const [replica, counter] of vector) {
      const before = passed.get(replica) ?? 0;
      for (const named of referred.get(replica) ?? [])
        if (named > before && named <= counter) {
          stays.set(replica, counter);
          break;
        }
      passed.set(replica, Math.max(before, counter));
    }
    if (stays.size > 0) kept.push({ by, vector: stays });
  }
  return kept;
}

/**
 * Of the deletes' vector what means something: the entries that cover all of a replica's operations. Own changes may be here before a fold that
 * stands before them in the order, with the context that they have: what of it the fold had let go by then is in one of the two states alone.
 */
export function coveringRemoved({ vector, folded, removed }: RecordState): VersionVector {
  if (folded === undefined) return removed;
  const covers = ([replica, counter]: readonly [ReplicaId, number]): boolean =>
    counter >= Math.min(vector.get(replica) ?? Infinity, folded.vector.get(replica) ?? Infinity);
  return new Map([...removed].filter(covers));
}
