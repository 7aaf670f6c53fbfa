/**
 * A counter: each replica's own totals, up and down, of which the highest ever seen count. A delta says the writer's new totals,
 * never "+1", so that one applied twice counts once (F58). Totals stay exact: they end at 2^53 - 1, and beyond is refused.
 */
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import type { Value } from "../base/value.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import type { FieldChange } from "./change.ts";
import { type Lattice, type Origin, type PlanOrigin, type Planned, refuseChange, type ReplicaTable } from "./lattice.ts";
import { ascending, readCounter } from "./replica-table.ts";

export type CounterState = ReadonlyMap<ReplicaId, CounterShare>;

/** What one replica has counted. */
export interface CounterShare {
  readonly up: number;
  readonly down: number;
  /** Its last operation on this counter: tells which writes had not seen it. */
  readonly counter: number;
}

export interface CounterDelta {
  readonly up: number;
  readonly down: number;
}

export const counterLattice: Lattice<CounterState, CounterDelta> = {
  kind: "counter",
  apply(state, delta, origin) {
    const lifted = lift(delta, origin);
    return { state: state === undefined ? lifted : join(state, lifted), concurrent: isConcurrent(state ?? lifted, origin), losers: [] };
  },
  plan: planIncrement,
  lift,
  join,
  view: (state) => (state === undefined ? 0 : sum(state)),
  encodeState(state: CounterState, writer: ByteWriter, replicas: ReplicaTable): void {
    writer.varint(state.size);
    for (const [replica, share] of ascending(state)) {
      writer.varint(replicas.indexOf(replica));
      writer.varint(share.counter);
      writer.varint(share.up);
      writer.varint(share.down);
    }
  },
  decodeState: decodeShares,
  encodeDelta(delta) {
    const writer = new ByteWriter(16);
    writer.varint(delta.up);
    writer.varint(delta.down);
    return writer.finish();
  },
  decodeDelta(bytes) {
    const reader = new ByteReader(bytes);
    const delta = { up: reader.varint(), down: reader.varint() };
    reader.end();
    return delta;
  },
  refer(state, name) {
    for (const [replica, share] of state) name(replica, share.counter);
  },
  /** A total is the engine's own arithmetic; an app's schema has nothing to say about it. */
  valuesOf: () => [],
};

function lift(delta: CounterDelta, origin: Origin): CounterState {
  return new Map([[origin.dot.replica, { ...delta, counter: origin.dot.counter }]]);
}

function join(a: CounterState, b: CounterState): CounterState {
  const joined = new Map(a);
  for (const [replica, share] of b) joined.set(replica, joinShares(joined.get(replica), share));
  return joined;
}

function joinShares(a: CounterShare | undefined, b: CounterShare): CounterShare {
  if (a === undefined) return b;
  return { up: Math.max(a.up, b.up), down: Math.max(a.down, b.down), counter: Math.max(a.counter, b.counter) };
}

function isConcurrent(state: CounterState, origin: Origin): boolean {
  for (const [replica, share] of state) {
    if (replica !== origin.dot.replica && share.counter > (origin.context.get(replica) ?? 0)) return true;
  }
  return false;
}

function planIncrement(state: CounterState | undefined, change: FieldChange, origin: PlanOrigin): Planned<CounterDelta> {
  if (change.type !== "increment") return refuseChange("counter");
  const { by } = change;
  if (by === 0) return { ok: true, delta: undefined };
  const own = state?.get(origin.dot.replica);
  const up = (own?.up ?? 0) + Math.max(by, 0);
  const down = (own?.down ?? 0) + Math.max(-by, 0);
  if (Number.isSafeInteger(up) && Number.isSafeInteger(down)) return { ok: true, delta: { up, down } };
  return { ok: false, code: "out-of-range", reason: "An increment and its sum are whole and within 2^53." };
}

/** Many replicas' shares together may be more than a number holds exactly: then it is a bigint. */
function sum(state: CounterState): Value {
  let up = 0;
  let down = 0;
  for (const share of state.values()) {
    up += share.up;
    down += share.down;
  }
  if (Number.isSafeInteger(up) && Number.isSafeInteger(down)) return up - down;
  let exact = 0n;
  for (const share of state.values()) exact += BigInt(share.up) - BigInt(share.down);
  const number = Number(exact);
  return Number.isSafeInteger(number) ? number : exact;
}

function decodeShares(reader: ByteReader, replicas: ReplicaTable): CounterState {
  const count = reader.bounded(reader.remaining);
  const state = new Map<ReplicaId, CounterShare>();
  let last = "";
  for (let i = 0; i < count; i++) {
    const replica = replicas.at(reader.varint(), reader);
    if (replica <= last) reader.fail("out of order");
    const counter = readCounter(reader);
    state.set(replica, { counter, up: reader.varint(), down: reader.varint() });
    last = replica;
  }
  return state;
}
