/**
 * Legal histories for property tests: a few replicas that write against their own state and learn of one another's
 * operations partially, in causal order. What the tests then do with the operations (other orders, duplicates, joins of
 * partial states) is what a channel and a server may do to them.
 */
import fc from "fast-check";
import type { Dot } from "../../causality/dot.ts";
import { nextLamport, observeLamport } from "../../causality/lamport.ts";
import type { ReplicaId } from "../../causality/replica-id.ts";
import { type VersionVector, addDot, emptyVector, vectorContains } from "../../causality/version-vector.ts";
import type { FieldChange } from "../change.ts";
import type { Lattice, Origin, PlanOrigin } from "../lattice.ts";
import { ReplicaIndex, finishWithTable } from "../replica-table.ts";
import { ByteWriter } from "../../base/bytes.ts";

/** What a history is made of: one lattice, or a whole record. */
export interface Model<State, Op> {
  /** A change chosen by `pick` (any non-negative integer), as an operation; undefined if it would change nothing. */
  write(state: State | undefined, pick: number, origin: PlanOrigin): Op | undefined;
  apply(state: State | undefined, op: Op, origin: Origin): State;
  join(a: State, b: State): State;
  /** Canonical: equal states, equal bytes. */
  toBytes(state: State): Uint8Array;
  view(state: State | undefined): unknown;
  /** Only so many replicas write (r0 alone: 1). All, if absent. */
  readonly writersMax?: number;
}

export interface Written<Op> {
  readonly op: Op;
  readonly origin: Origin;
}

export interface HistoryReplica<State, Op> {
  readonly id: ReplicaId;
  state: State | undefined;
  vector: VersionVector;
  lamport: number;
  /** In the order in which it applied them: causal. */
  readonly applied: Written<Op>[];
}

export interface History<State, Op> {
  /** In the order of their making: causal. */
  readonly operations: readonly Written<Op>[];
  readonly replicas: readonly HistoryReplica<State, Op>[];
}

export type Step =
  | { readonly type: "write"; readonly replica: number; readonly pick: number }
  /** `to` learns of the first `count` operations that `from` has applied and it has not. */
  | { readonly type: "deliver"; readonly from: number; readonly to: number; readonly count: number };

export const historySeed = 20261123;

/** Steps for 2 to 4 replicas. */
export function historySteps(stepsMax = 30): fc.Arbitrary<{ readonly replicas: number; readonly steps: readonly Step[] }> {
  const write = fc.record({ type: fc.constant("write" as const), replica: fc.nat(3), pick: fc.nat(0xffff) });
  const deliver = fc.record({
    type: fc.constant("deliver" as const),
    from: fc.nat(3),
    to: fc.nat(3),
    count: fc.integer({ min: 1, max: 6 }),
  });
  const step = fc.oneof({ weight: 3, arbitrary: write }, { weight: 2, arbitrary: deliver });
  return fc.record({ replicas: fc.integer({ min: 2, max: 4 }), steps: fc.array(step, { minLength: 1, maxLength: stepsMax, size: "max" }) });
}

export function runHistory<State, Op>(model: Model<State, Op>, count: number, steps: readonly Step[]): History<State, Op> {
  const replicas = Array.from({ length: count }, (_, i) => createReplica<State, Op>(historyReplicaId(i)));
  const operations: Written<Op>[] = [];
  for (const step of steps) {
    if (step.type === "write") {
      const replica = replicas[step.replica % Math.min(count, model.writersMax ?? count)] as HistoryReplica<State, Op>;
      const written = writeAt(model, replica, step.pick, operations.length + 1);
      if (written !== undefined) operations.push(written);
    } else {
      const from = replicas[step.from % count] as HistoryReplica<State, Op>;
      const to = replicas[step.to % count] as HistoryReplica<State, Op>;
      const missing = from.applied.filter(({ origin }) => !vectorContains(to.vector, origin.dot));
      for (const written of missing.slice(0, step.count)) receive(model, to, written);
    }
  }
  return { operations, replicas };
}

/** Ascending in `index`, and not in the order of their writing. */
export function historyReplicaId(index: number): ReplicaId {
  return (index + 10).toString(16).padStart(2, "0").repeat(16) as ReplicaId;
}

export function createReplica<State, Op>(id: ReplicaId): HistoryReplica<State, Op> {
  return { id, state: undefined, vector: emptyVector, lamport: 0, applied: [] };
}

/** `sequence` is r0's, as far as a kind reads it: the order of making is causal, so it may serve. */
export function writeAt<State, Op>(
  model: Model<State, Op>,
  replica: HistoryReplica<State, Op>,
  pick: number,
  sequence: number,
): Written<Op> | undefined {
  const dot: Dot = { replica: replica.id, counter: (replica.vector.get(replica.id) ?? 0) + 1 };
  const origin: Origin = { dot, lamport: nextLamport(replica.lamport), context: replica.vector, sequence };
  const op = model.write(replica.state, pick, { ...origin, textSession: Number.parseInt(replica.id.slice(0, 8), 16) });
  if (op === undefined) return undefined;
  const written = { op, origin };
  receive(model, replica, written);
  return written;
}

/** As a record does: a dot that the vector contains is a duplicate. */
export function receive<State, Op>(model: Model<State, Op>, replica: HistoryReplica<State, Op>, written: Written<Op>): void {
  if (vectorContains(replica.vector, written.origin.dot)) return;
  replica.state = model.apply(replica.state, written.op, written.origin);
  replica.vector = addDot(replica.vector, written.origin.dot);
  replica.lamport = observeLamport(replica.lamport, written.origin.lamport);
  replica.applied.push(written);
}

/** Another order, decided by `picks`, in which each replica's own operations keep theirs; now and then one comes twice. */
export function reorder<Op>(operations: readonly Written<Op>[], picks: readonly number[]): readonly Written<Op>[] {
  const queues = new Map<ReplicaId, Written<Op>[]>();
  for (const written of operations) queues.set(written.origin.dot.replica, [...(queues.get(written.origin.dot.replica) ?? []), written]);
  const ordered: Written<Op>[] = [];
  for (let i = 0; queues.size > 0; i++) {
    const pick = picks[i % picks.length] ?? 0;
    const replica = [...queues.keys()][pick % queues.size] as ReplicaId;
    const queue = queues.get(replica) as Written<Op>[];
    ordered.push(queue.shift() as Written<Op>);
    if (queue.length === 0) queues.delete(replica);
    if (pick % 3 === 0) ordered.push(ordered[pick % ordered.length] as Written<Op>);
  }
  return ordered;
}

/** Another causal order (each operation after its context): what r0's stream and a pull may look like. */
export function reorderCausally<Op>(operations: readonly Written<Op>[], picks: readonly number[]): readonly Written<Op>[] {
  const left = [...operations];
  const ordered: Written<Op>[] = [];
  let seen: VersionVector = emptyVector;
  for (let i = 0; left.length > 0; i++) {
    const ready = left.filter(({ origin }) => [...origin.context].every(([replica, counter]) => (seen.get(replica) ?? 0) >= counter));
    const next = ready[(picks[i % picks.length] ?? 0) % ready.length] as Written<Op>;
    left.splice(left.indexOf(next), 1);
    seen = addDot(seen, next.origin.dot);
    ordered.push(next);
  }
  return ordered;
}

/** One lattice as a model; `change` picks what the app does next. Operations carry the encoded delta, as they do on the wire. */
export function latticeModel<State, Delta>(
  lattice: Lattice<State, Delta>,
  change: (state: State | undefined, pick: number) => FieldChange,
): Model<State, Uint8Array> {
  return {
    write(state, pick, origin) {
      const planned = lattice.plan(state, change(state, pick), origin);
      if (!planned.ok) throw new Error(`${planned.code}: ${planned.reason}`);
      return planned.delta === undefined ? undefined : lattice.encodeDelta(planned.delta);
    },
    apply: (state, delta, origin) => lattice.apply(state, lattice.decodeDelta(delta), origin).state,
    join: (a, b) => lattice.join(a, b),
    toBytes: (state) => latticeToBytes(lattice, state),
    view: (state) => lattice.view(state, null),
  };
}

export function latticeToBytes<State, Delta>(lattice: Lattice<State, Delta>, state: State): Uint8Array {
  const writer = new ByteWriter();
  const table = new ReplicaIndex();
  lattice.encodeState(state, writer, table);
  return finishWithTable(writer, table);
}
