/**
 * What a device has withdrawn, and r0 has no void of yet, is counted in by what is logged on top, and shown without (CLI104); unless the confirmed
 * state has it. What each write adds, the file notes beside it: a judge of its own follows that, and no code of the engine's.
 */
import {
  ByteReader,
  type CounterDelta,
  counterLattice,
  counterNameOf,
  decodeTransaction,
  knowsDot,
  type RecordState,
  type SpaceId,
  type SqlitePort,
  type SqlRow,
  type Transaction,
} from "@holdfast/core/engine";

export interface Logged {
  readonly transaction: Transaction;
  /** Operation index → what it adds to its counter. */
  readonly increments: ReadonlyMap<number, number>;
}

export function readLogged(row: SqlRow): Logged {
  const decoded = decodeTransaction(row["bytes"] as Uint8Array);
  if (!decoded.ok) throw new Error(`A logged transaction does not decode: ${decoded.fault}.`);
  const increments = new Map<number, number>();
  const reader = new ByteReader((row["increments"] as Uint8Array | null) ?? new Uint8Array(0));
  while (reader.remaining > 0) {
    const [index, isDown, by] = [reader.varint(), reader.byte() === 1, reader.varint()];
    increments.set(index, isDown ? -by : by);
  }
  return { transaction: decoded.value, increments };
}

/** Of the voids that are pending: what they stand for. */
export function readWithdrawn(port: SqlitePort, space: SpaceId, pending: readonly Logged[]): readonly Logged[] {
  const voids = new Set(pending.flatMap(({ transaction }) => (transaction.body.type === "void" ? [transaction.counter] : [])));
  return port
    .all("SELECT bytes, increments FROM _dead_letters WHERE space = ? AND withdrawn > 0 ORDER BY counter_first", [space])
    .map(readLogged)
    .filter(({ transaction }) => voids.has(transaction.counter) && transaction.replica === pending[0]?.transaction.replica);
}

/** As it is shown on `base`. */
export function shownOn(base: RecordState | undefined, withdrawn: readonly Logged[], pending: readonly Logged[]): readonly Transaction[] {
  const totals = new Map<string, CounterDelta>();
  for (const { transaction, increments } of withdrawn) {
    const isHere = base !== undefined && knowsDot(base, transaction);
    if (transaction.body.type !== "operations") continue;
    for (const [index, operation] of transaction.body.operations.entries()) {
      const name = counterNameOf(operation);
      if (name === undefined || (totals.has(name) && !isHere)) continue;
      totals.set(name, minus(counterLattice.decodeDelta(operation.delta), isHere ? 0 : (increments.get(index) ?? 0)));
    }
  }
  return pending.map(({ transaction, increments }) => {
    const { body } = transaction;
    if (body.type !== "operations") return transaction;
    const operations = body.operations.map((operation, index) => {
      const name = counterNameOf(operation) ?? "";
      const before = totals.get(name);
      if (before === undefined) return operation;
      const total = plus(before, increments.get(index) ?? 0);
      totals.set(name, total);
      return { ...operation, delta: counterLattice.encodeDelta(total) };
    });
    return { ...transaction, body: { ...body, operations } };
  });
}

function plus({ up, down }: CounterDelta, by: number): CounterDelta {
  return { up: up + Math.max(by, 0), down: down + Math.max(-by, 0) };
}

function minus({ up, down }: CounterDelta, by: number): CounterDelta {
  return { up: up - Math.max(by, 0), down: down - Math.max(-by, 0) };
}
