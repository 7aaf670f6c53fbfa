/**
 * A register: the write with the highest stamp, (lamport, replica id), whatever order the writes arrive in. The stamp is the
 * write's own, fixed at creation: the paper's "higher logical version" after merging vectors would grow with each merge (trap 1).
 * A write that has seen another carries a higher stamp, so it wins by the same comparison; two that had not seen each other are
 * a conflict, and the value that is not kept becomes a loser.
 */
import { ByteReader, type ByteWriter } from "../base/bytes.ts";
import { type Value, bytesToValue, isSameValue, readValue, valueToBytes, writeValue } from "../base/value.ts";
import { type Dot, isSameDot } from "../causality/dot.ts";
import { compareStamps } from "../causality/lamport.ts";
import { vectorContains } from "../causality/version-vector.ts";
import type { FieldChange } from "./change.ts";
import { type Applied, type Lattice, type Origin, type Planned, refuseChange, type ReplicaTable } from "./lattice.ts";
import { readStamp, writeStamp } from "./replica-table.ts";

export interface RegisterState {
  readonly dot: Dot;
  readonly lamport: number;
  readonly value: Value;
}

export interface RegisterDelta {
  readonly value: Value;
}

export const registerLattice: Lattice<RegisterState, RegisterDelta> = {
  kind: "register",
  apply(state, delta, origin) {
    const written = lift(delta, origin);
    if (state === undefined) return { state: written, concurrent: false, losers: [] };
    if (isSameDot(state.dot, written.dot)) return { state, concurrent: false, losers: [] };
    return resolve(state, written, origin);
  },
  plan: planAssign,
  lift,
  join: (a, b) => (compareStamps(a, b) >= 0 ? a : b),
  view: (state, initial) => (state === undefined ? (initial ?? null) : state.value),
  encodeState(state: RegisterState, writer: ByteWriter, replicas: ReplicaTable): void {
    writeStamp(writer, replicas, state.dot, state.lamport);
    writeValue(writer, state.value);
  },
  decodeState(reader: ByteReader, replicas: ReplicaTable): RegisterState {
    const { dot, lamport } = readStamp(reader, replicas);
    return { dot, lamport, value: readValue(reader) };
  },
  encodeDelta: (delta) => valueToBytes(delta.value),
  decodeDelta: (bytes) => ({ value: decodeAssigned(bytes) }),
  refer: ({ dot }, name) => name(dot.replica, dot.counter),
  valuesOf: (delta) => [delta.value],
};

function lift(delta: RegisterDelta, origin: Origin): RegisterState {
  return { dot: origin.dot, lamport: origin.lamport, value: delta.value };
}

/** The stamp alone decides, so that `apply` and `join` agree even about a stamp that its author had no right to. */
function resolve(held: RegisterState, written: RegisterState, origin: Origin): Applied<RegisterState> {
  const concurrent = !vectorContains(origin.context, held.dot);
  const wins = compareStamps(written, held) > 0;
  const state = wins ? written : held;
  const lost = wins ? held : written;
  const isLoss = (concurrent || !wins) && !isSameValue(held.value, written.value);
  return { state, concurrent, losers: isLoss ? [{ dot: lost.dot, winner: state.dot, value: lost.value }] : [] };
}

function planAssign(_state: unknown, change: FieldChange): Planned<RegisterDelta> {
  if (change.type !== "assign") return refuseChange("register");
  return { ok: true, delta: { value: change.value } };
}

function decodeAssigned(bytes: Uint8Array): Value {
  const decoded = bytesToValue(bytes);
  return decoded.ok ? decoded.value : new ByteReader(bytes).fail(decoded.fault);
}
