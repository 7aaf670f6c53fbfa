/**
 * An arbitrated value: only r0 writes it, one transaction after another, so the higher sequence number is the later decision and
 * nothing can be concurrent. A write without a sequence number is what a device shows until r0 has decided: it stands above all.
 * That nobody but r0 writes it is checked at r0, on admission.
 */
import type { ByteReader, ByteWriter } from "../base/bytes.ts";
import type { Value } from "../base/value.ts";
import type { Dot } from "../causality/dot.ts";
import { compareStamps } from "../causality/lamport.ts";
import type { Lattice, Origin, ReplicaTable } from "./lattice.ts";
import { type RegisterDelta, registerLattice } from "./register.ts";

export interface ArbitratedState {
  readonly sequence: number;
  readonly lamport: number;
  readonly dot: Dot;
  readonly value: Value;
}

/** Above every sequence number that r0 can give. */
export const provisionalSequence: number = Number.MAX_SAFE_INTEGER;

export const arbitratedLattice: Lattice<ArbitratedState, RegisterDelta> = {
  ...registerLattice,
  kind: "arbitrated",
  apply(state, delta, origin) {
    const written = lift(delta, origin);
    return { state: state === undefined ? written : later(state, written), concurrent: false, losers: [] };
  },
  lift,
  join: later,
  encodeState(state: ArbitratedState, writer: ByteWriter, replicas: ReplicaTable): void {
    writer.varint(state.sequence === provisionalSequence ? 0 : state.sequence);
    registerLattice.encodeState(state, writer, replicas);
  },
  decodeState(reader: ByteReader, replicas: ReplicaTable): ArbitratedState {
    const sequence = reader.varint();
    if (sequence === provisionalSequence) reader.fail("out of range");
    return { sequence: sequence === 0 ? provisionalSequence : sequence, ...registerLattice.decodeState(reader, replicas) };
  },
  refer: () => {},
};

function lift(delta: RegisterDelta, origin: Origin): ArbitratedState {
  return { sequence: origin.sequence ?? provisionalSequence, ...registerLattice.lift(delta, origin) };
}

/** Within one transaction, and among provisional writes, the later stamp. */
function later(a: ArbitratedState, b: ArbitratedState): ArbitratedState {
  if (a.sequence !== b.sequence) return a.sequence > b.sequence ? a : b;
  return compareStamps(a, b) >= 0 ? a : b;
}
