/** A record: the product of its fields' lattices, and the vector that says what has been applied to it. */
import type { Dot } from "../causality/dot.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import type { VersionVector } from "../causality/version-vector.ts";
import type { Kind } from "./lattice.ts";

export interface RecordState {
  /** All dots applied to this record, but for those that are folded. Also decides duplicates. */
  readonly vector: VersionVector;
  /** What the last fold took out of the vector: see `fold.ts`. */
  readonly folded: FoldedVector | undefined;
  /** Of earlier folds, oldest first, the entries that fields still refer to. */
  readonly kept: readonly FoldedVector[];
  /** The join of its deletes' contexts and dots. The record is visible unless this covers `vector`. */
  readonly removed: VersionVector;
  /** The last delete of each replica that deleted it: names the loser when an edit brings the record back. */
  readonly deletes: VersionVector;
  /** By `fieldKey(field, kind)`. */
  readonly fields: ReadonlyMap<string, FieldState>;
  /** Operations of kinds that this version does not know, by dot: a grow-only set, passed on with the record. */
  readonly opaque: readonly OpaqueOperation[];
  /** States of kinds that this version does not know, by `${kind number}/${field}`: encoded by a newer one, kept byte for byte. */
  readonly opaqueFields: ReadonlyMap<string, Uint8Array>;
}

export interface FoldedVector {
  /** r0's: whoever has seen it has seen what is in `vector`. */
  readonly by: Dot;
  readonly vector: VersionVector;
}

/** A field's lattice state. A field written with two kinds (trap 25) keeps one state a kind; the schema's kind is the one shown. */
export interface FieldState {
  readonly kind: Kind;
  readonly state: unknown;
}

export interface OpaqueOperation {
  readonly replica: ReplicaId;
  readonly counter: number;
  readonly lamport: number;
  readonly field: string;
  readonly kind: number;
  readonly delta: Uint8Array;
  readonly context: VersionVector;
}
