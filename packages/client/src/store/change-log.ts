/**
 * The change log: one row a transaction, in counter order, written in the same commit as the records it changes.
 * Rows up to the space's `settledThrough` are confirmed and kept for a server that lost them; the rest are pending.
 */
import {
  assert,
  ByteReader,
  ByteWriter,
  type DecodeMemo,
  decodeTransaction,
  encodeTransaction,
  lastCounter,
  lastLamport,
  type SpaceId,
  type SqlitePort,
  type SqlRow,
  type Transaction,
  ownWriting,
} from "@holdfast/core/engine";

export interface LogEntry {
  readonly transaction: Transaction;
  readonly bytes: Uint8Array;
  readonly increments: Increments;
  /** Of a void that stands for what r0 has refused: the chain before that. */
  readonly chainBefore?: Uint8Array | undefined;
}

/** Operation index → what a counter was asked to add: its delta holds totals, which belong to one replica id (trap 4). */
export type Increments = ReadonlyMap<number, number>;

export const noIncrements: Increments = new Map();

/** `written`: what the file's writes are counted by, across its spaces and without a clock. */
export function appendToLog(port: SqlitePort, space: SpaceId, entry: LogEntry, written: number): void {
  const { transaction } = entry;
  port.run("INSERT INTO _log (space, counter_first, counter_last, lamport_last, written, bytes, increments) VALUES (?, ?, ?, ?, ?, ?, ?)", [
    space,
    transaction.counter,
    lastCounter(transaction),
    lastLamport(transaction),
    written,
    entry.bytes,
    encodeIncrements(entry.increments),
  ]);
}

/** Which of the file's writes this one was. */
export function readWritten(port: SqlitePort, space: SpaceId, counter: number): number {
  const [row] = port.all("SELECT written FROM _log WHERE space = ? AND counter_first = ?", [space, counter]);
  assert(row !== undefined, "not in the log");
  return row["written"] as number;
}

/** What the log says of a space's last row, by the primary key's order: one seek, however long it is. */
export function readLast(port: SqlitePort, space: SpaceId): SqlRow | undefined {
  return port.all("SELECT counter_last, lamport_last, written FROM _log WHERE space = ? ORDER BY counter_first DESC LIMIT 1", [space])[0];
}

/** Of the file's last write, in whatever space it is. */
export function readLastWritten(port: SqlitePort, spaces: Iterable<SpaceId>): number {
  return Math.max(0, ...[...spaces].map((space) => (readLast(port, space)?.["written"] as number | undefined) ?? 0));
}

/** In counter order, beginning with the first transaction after `after`. `known`: for what was logged a moment ago. */
export function readLog(
  port: SqlitePort,
  space: SpaceId,
  after: number,
  through: number,
  rowsMax = -1,
  known?: DecodeMemo<Transaction>,
): LogEntry[] {
  return port
    .all(
      "SELECT bytes, increments, chain_before FROM _log WHERE space = ? AND counter_first > ? AND counter_first <= ? ORDER BY counter_first LIMIT ?",
      [space, after, through, rowsMax],
    )
    .map((row) => rowToEntry(row, known));
}

/** The entry that begins at this counter. */
export function readEntry(port: SqlitePort, space: SpaceId, counter: number): LogEntry | undefined {
  const [entry] = readLog(port, space, counter - 1, counter, 1);
  return entry;
}

/** Of what is after `after`, and r0 does not have: the positions that they name are those of a history that is gone. */
export function dropDependencies(port: SqlitePort, space: SpaceId, after: number): void {
  for (const { transaction } of readLog(port, space, after, Number.MAX_SAFE_INTEGER)) {
    if (transaction.dependencies.size === 0) continue;
    rewriteEntry(port, space, transaction, encodeTransaction({ ...transaction, dependencies: new Map() }));
  }
}

export function rewriteEntry(port: SqlitePort, space: SpaceId, { counter }: Transaction, bytes: Uint8Array): void {
  port.run("UPDATE _log SET bytes = ? WHERE space = ? AND counter_first = ?", [bytes, space, counter]);
}

export function rowToEntry(row: SqlRow, known?: DecodeMemo<Transaction>): LogEntry {
  const bytes = row["bytes"] as Uint8Array;
  let transaction = known?.get(bytes);
  if (transaction === undefined) {
    // Nothing of it may be sent, if it does not decode.
    transaction = ownWriting(decodeTransaction(bytes), "transaction");
    known?.set(bytes, transaction);
  }
  return {
    transaction,
    bytes,
    increments: decodeIncrements(row["increments"] as Uint8Array | null),
    chainBefore: (row["chain_before"] as Uint8Array | null | undefined) ?? undefined,
  };
}

export function encodeIncrements(increments: Increments): Uint8Array | null {
  if (increments.size === 0) return null;
  const writer = new ByteWriter(8 * increments.size);
  for (const [index, by] of increments) {
    writer.varint(index);
    writer.byte(by < 0 ? 1 : 0);
    writer.varint(Math.abs(by));
  }
  return writer.finish();
}

export function decodeIncrements(bytes: Uint8Array | null): Increments {
  if (bytes === null) return noIncrements;
  const reader = new ByteReader(bytes);
  const increments = new Map<number, number>();
  while (reader.remaining > 0) {
    const index = reader.varint();
    const negative = reader.byte() === 1;
    const by = reader.varint();
    increments.set(index, negative ? -by : by);
  }
  return increments;
}
