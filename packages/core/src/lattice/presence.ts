/**
 * Presence: whether a record is there. No flag: the lattice holds what the record's deletes had seen, joined, and the record is
 * visible unless that covers its version vector. So an edit that a delete had not seen brings the whole record back, and one
 * that has seen the delete (a re-creation) does too. `touch` is the operation of a creation that sets no field.
 *
 * `collect` and `fold` are r0's alone: everybody forgets a record that has been deleted for long, or who wrote it once (`fold.ts`). They are no
 * joins, and right only at their place in r0's order.
 */
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { readReplicaId, type ReplicaId, writeReplicaId } from "../causality/replica-id.ts";
import { addDot, emptyVector, joinVectors, type VersionVector } from "../causality/version-vector.ts";
import { type Lattice, type Origin, refuseChange, type ReplicaTable } from "./lattice.ts";
import { readVector, writeVector } from "./replica-table.ts";

/** A part of `RecordState`. */
export interface PresenceState {
  /** The join of the deletes' contexts and dots. */
  readonly removed: VersionVector;
  /** The last delete of each replica that deleted: names the loser when an edit brings the record back. */
  readonly deletes: VersionVector;
}

export interface PresenceDelta {
  readonly type: "touch" | "delete" | "collect" | "fold";
  /**
   * Of a collection whose record more replicas have written than a context may name: its vector, which the context does not say. Of a fold, always:
   * the entries that leave the record's vector.
   */
  readonly vector?: VersionVector;
}

export const collectByte = 3;
export const foldByte = 4;
const types = [undefined, "touch", "delete", "collect", "fold"] as const;

const present: PresenceState = { removed: emptyVector, deletes: emptyVector };

export const presenceLattice: Lattice<PresenceState, PresenceDelta> = {
  kind: "presence",
  /** What was concurrent is for `record.ts` to say, which knows the record's vector. */
  apply: (state, delta, origin) => ({ state: join(state ?? present, lift(delta, origin)), concurrent: false, losers: [] }),
  plan: () => refuseChange("presence"),
  lift,
  join,
  view: () => null,
  encodeState(state: PresenceState, writer: ByteWriter, replicas: ReplicaTable): void {
    writeVector(writer, replicas, state.removed);
    writeVector(writer, replicas, state.deletes);
  },
  decodeState(reader: ByteReader, replicas: ReplicaTable): PresenceState {
    const removed = readVector(reader, replicas);
    return { removed, deletes: readVector(reader, replicas) };
  },
  encodeDelta({ type, vector }) {
    const writer = new ByteWriter();
    writer.byte(types.indexOf(type));
    for (const [replica, counter] of vector ?? []) {
      writeReplicaId(writer, replica);
      writer.varint(counter);
    }
    return writer.finish();
  },
  decodeDelta(bytes) {
    const reader = new ByteReader(bytes);
    const type = types[reader.byte()] ?? reader.fail("unknown type");
    if (type === "fold" || (type === "collect" && reader.remaining > 0)) return { type, vector: readNamed(reader) };
    reader.end();
    return { type };
  },
  /** What its vectors mean is for `fold.ts` to say. */
  refer: () => {},
  valuesOf: () => [],
};

function readNamed(reader: ByteReader): VersionVector {
  const vector = new Map<ReplicaId, number>();
  while (reader.remaining > 0) vector.set(readReplicaId(reader), reader.varint());
  return vector;
}

function lift(delta: PresenceDelta, origin: Origin): PresenceState {
  if (delta.type !== "delete") return present;
  return { removed: addDot(origin.context, origin.dot), deletes: addDot(emptyVector, origin.dot) };
}

function join(a: PresenceState, b: PresenceState): PresenceState {
  return { removed: joinVectors(a.removed, b.removed), deletes: joinVectors(a.deletes, b.deletes) };
}
