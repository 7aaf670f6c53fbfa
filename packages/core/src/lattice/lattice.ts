/**
 * What every data type is: a join-semilattice with a wire form. One file a type; `record.ts` composes them.
 * `join` is commutative, associative and idempotent over states that legal histories produce, so duplicates, reordering and
 * re-delivery cannot change the outcome (paper 5.4; the laws are property tests beside each file).
 */
import type { ByteReader, ByteWriter } from "../base/bytes.ts";
import type { Value } from "../base/value.ts";
import type { Dot } from "../causality/dot.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import type { VersionVector } from "../causality/version-vector.ts";
import type { FieldChange } from "./change.ts";

export type Kind = "register" | "counter" | "set" | "list" | "text" | "arbitrated" | "presence";

/** Numbers on the wire and on disk; never reused. An unknown number is kept as an opaque operation. */
export const kindCodes: Readonly<Record<Kind, number>> = {
  presence: 1,
  register: 2,
  counter: 3,
  set: 4,
  list: 5,
  text: 6,
  arbitrated: 7,
};

/** Who wrote a delta, and what its author had seen of the record. */
export interface Origin {
  readonly dot: Dot;
  /** The write's own stamp, fixed at creation: merging never changes it (trap 1). */
  readonly lamport: number;
  /** The record's version vector at the author when it wrote, its own earlier operations included. Exact, never claimed beyond (trap 23). */
  readonly context: VersionVector;
  /** The transaction's sequence number at r0; absent while pending. Only `arbitrated` reads it. */
  readonly sequence: number | undefined;
}

/** A value that a resolution did not keep. */
export interface Loser {
  readonly dot: Dot;
  readonly winner: Dot;
  readonly value: Value;
  /** For a list: the item's key. */
  readonly item?: string;
}

export interface Applied<State> {
  readonly state: State;
  /** Written concurrently with something on this key: a conflict, detected whether or not anything was lost. */
  readonly concurrent: boolean;
  readonly losers: readonly Loser[];
}

/** What a change needs to become a delta. */
export interface PlanOrigin extends Origin {
  /** 53 random bits, drawn once each time a replica is opened: the Yjs client id of this session, never reused, never derived from a user or replica (F27). */
  readonly textSession: number;
}

/** `delta: undefined`: the change changes nothing (an element removed that is not there). */
export type Planned<Delta> =
  | { readonly ok: true; readonly delta: Delta | undefined }
  | {
      readonly ok: false;
      readonly code: "wrong-kind" | "out-of-range" | "invalid-text" | "invalid-value" | "too-large";
      readonly reason: string;
    };

/** Replica ids said once a blob: states and deltas refer to them by index. */
export interface ReplicaTable {
  indexOf(replica: ReplicaId): number;
  /** Throws a decode fault for an index that the table does not have. */
  at(index: number, reader: ByteReader): ReplicaId;
  /** By index: the counter and the Lamport time that the blob named last of the replica. The next is said as a difference. */
  readonly counters: number[];
  readonly lamports: number[];
}

export interface Lattice<State, Delta> {
  readonly kind: Kind;
  /** `join(state, lift(delta, origin))`, and what it resolved. The caller has filtered duplicates by the record's vector; a second time is harmless. */
  apply(state: State | undefined, delta: Delta, origin: Origin): Applied<State>;
  /** What an app's change means against this state. Values are validated already. */
  plan(state: State | undefined, change: FieldChange, origin: PlanOrigin): Planned<Delta>;
  /** The delta as a state of its own: the small element. */
  lift(delta: Delta, origin: Origin): State;
  join(a: State, b: State): State;
  /** What the app sees. `initial` is the schema's, where the kind has one. */
  view(state: State | undefined, initial: Value | undefined): Value;
  encodeState(state: State, writer: ByteWriter, replicas: ReplicaTable): void;
  decodeState(reader: ByteReader, replicas: ReplicaTable): State;
  /** Self-contained bytes: a delta names other replicas in full, and its own by nothing. */
  encodeDelta(delta: Delta): Uint8Array;
  /** Total through `decodeSafely`: throws only decode faults. */
  decodeDelta(bytes: Uint8Array): Delta;
  /** Names each dot of the state that an operation's context is compared with: the vectors of a record may not let go of these (VEC3). */
  refer(state: State, name: (replica: ReplicaId, counter: number) => void): void;
  /** The values inside a delta that the schema's validator must accept. */
  valuesOf(delta: Delta): readonly Value[];
  /** What a digest compares, where replicas may store one state in several ways (a text, compacted or not); else `encodeState`'s bytes. */
  readonly canonical?: (state: State) => Uint8Array;
  /** `text` alone: what an editor's binding needs (`text-binding.ts`). */
  readonly textBinding?: TextBinding;
  /** `text` alone: its calls in a transaction (`text-calls.ts`). */
  readonly textCalls?: TextCalls;
}

/** No to a change that the kind's own calls do not make. */
export function refuseChange(kind: Kind): Planned<never> {
  return { ok: false, code: "wrong-kind", reason: `It is a ${kind}.` };
}

export interface TextPlace {
  /** `collection.field`, for errors. */
  readonly name: string;
  /** Of one inserted text or update. */
  readonly bytesMax: number;
}

export interface TextBinding {
  /** `state`: what the replica holds now; `textSession`: the Yjs client id of this binding alone (F27); `typed`: there is something to `take`. */
  open(state: () => unknown, textSession: number, typed: () => void): BoundText;
}

export interface BoundText {
  readonly doc: TextDoc;
  readonly text: unknown;
  /** What the editor wrote since, as one update; undefined for nothing. */
  take(): Uint8Array | undefined;
  /** Puts into the document what the replica has and it has not. */
  readonly receive: () => void;
  /** Hears no more of what the editor writes. */
  end(): void;
}

export interface TextDoc {
  on(event: "update", listener: (update: Uint8Array, origin: unknown) => void): void;
  off(event: "update", listener: (update: Uint8Array, origin: unknown) => void): void;
  destroy(): void;
}

export interface TextCalls {
  /** What `create` is given for it; undefined: nothing to do. */
  begin(place: TextPlace, text: unknown): FieldChange | undefined;
  /** `tx.….text(id, field)`. */
  open(
    place: TextPlace,
    transaction: { readonly assertOpen: () => void; readonly change: (change: FieldChange, bytes: number) => void },
  ): object;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a table of lattices of different states
export type AnyLattice = Lattice<any, any>;
