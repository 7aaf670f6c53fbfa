/** What r0 refused, or what had to be withdrawn: with its payload and the reason, until the app disposes of it (F22). None is ever dropped. */
import {
  type Kind,
  kindCodes,
  lastCounter,
  type LatticeTable,
  type SpaceId,
  type SqlitePort,
  type SqlRow,
  type Transaction,
  type Value,
  valueOrNull,
} from "@holdfast/core/engine";
import { insertInto } from "./upsert.ts";
import { encodeIncrements, type Increments, type LogEntry, rowToEntry } from "./change-log.ts";

/** Of a letter that nobody could tell any more how it ended: it may be in the data, so that only a person can say whether to repeat it. */
export const outcomeUnknown = "outcome-unknown";

export interface DeadLetter {
  readonly id: number;
  readonly space: SpaceId;
  readonly code: string;
  readonly reason: string;
  /** By the clock of this device, when the answer came. */
  readonly at: number;
  /** What the write asked for. */
  readonly payload: DeadLetterPayload;
}

export type DeadLetterPayload =
  | { readonly type: "write"; readonly changes: readonly DeadLetterChange[] }
  | { readonly type: "request"; readonly intent: string; readonly input: Value };

export interface DeadLetterChange {
  readonly collection: string;
  readonly record: string;
  /** Empty for the record itself. */
  readonly field: string;
  readonly kind: Kind | "unknown";
  /** A register's value, a set's elements, a list's items; for a counter what was added. */
  readonly values: readonly Value[];
}

export interface StoredLetter extends DeadLetter {
  readonly transaction: Transaction;
  readonly increments: Increments;
  readonly bytes: Uint8Array;
  /** Withdrawn by this replica rather than refused by r0: its last counter in the space at that moment; 0 for a refusal. */
  readonly withdrawn: number;
}

export function addDeadLetter(
  port: SqlitePort,
  space: SpaceId,
  { transaction, bytes, increments }: LogEntry,
  why: { readonly code: string; readonly reason: string; readonly at: number; readonly withdrawn?: number },
): void {
  insertInto(port, "_dead_letters", {
    space,
    counter_first: transaction.counter,
    counter_last: lastCounter(transaction),
    bytes,
    increments: encodeIncrements(increments),
    delivered: 0,
    withdrawn: 0,
    ...why,
  });
}

export function countDeadLetters(port: SqlitePort): number {
  return port.all("SELECT count(*) AS n FROM _dead_letters WHERE delivered < 2")[0]?.["n"] as number;
}

export function readDeadLetters(
  port: SqlitePort,
  lattices: LatticeTable,
  which: "all" | "listed" | "undelivered",
): readonly StoredLetter[] {
  const where = { all: "", listed: "WHERE delivered < 2", undelivered: "WHERE delivered = 0" }[which];
  return port.all(`SELECT * FROM _dead_letters ${where} ORDER BY id`).map((row) => rowToLetter(lattices, row));
}

export function readDeadLetter(port: SqlitePort, lattices: LatticeTable, id: number): StoredLetter | undefined {
  const [row] = port.all("SELECT * FROM _dead_letters WHERE id = ? AND delivered < 2", [id]);
  return row === undefined ? undefined : rowToLetter(lattices, row);
}

/** How an own counter ended that a letter holds. Counters of an earlier replica id may be the same: the newest counts. */
export function findEnding(
  port: SqlitePort,
  space: SpaceId,
  counter: number,
): { readonly type: "refused"; readonly code: string; readonly reason: string } | { readonly type: "expired" } | undefined {
  const [row] = port.all(
    "SELECT code, reason FROM _dead_letters WHERE space = ? AND counter_first <= ? AND counter_last >= ? ORDER BY id DESC LIMIT 1",
    [space, counter, counter],
  );
  if (row === undefined) return undefined;
  const code = row["code"] as string;
  return code === outcomeUnknown ? { type: "expired" } : { type: "refused", code, reason: row["reason"] as string };
}

/** The void in its place has another counter now: who asks for that hears how it ended. */
export function moveDeadLetter(port: SqlitePort, space: SpaceId, from: number, to: number): void {
  port.run(
    `UPDATE _dead_letters SET counter_last = counter_last - counter_first + ?, counter_first = ?
      WHERE id = (SELECT max(id) FROM _dead_letters WHERE space = ? AND counter_first = ?)`,
    [to, to, space, from],
  );
}

export function markDelivered(port: SqlitePort, id: number): void {
  port.run("UPDATE _dead_letters SET delivered = 1 WHERE id = ?", [id]);
}

/** The app is done with it. Until r0 has the void in a withdrawn write's place, it is kept unlisted: what counts it in is said without it then. */
export function disposeDeadLetter(port: SqlitePort, id: number): void {
  port.run("UPDATE _dead_letters SET delivered = 2 WHERE id = ?", [id]);
  port.run("DELETE FROM _dead_letters WHERE id = ? AND withdrawn = 0", [id]);
}

/** Nothing rests any more on those that the app was done with. */
export function dropDisposed(port: SqlitePort, space: SpaceId, through: number): void {
  port.run("DELETE FROM _dead_letters WHERE space = ? AND delivered = 2 AND counter_first <= ?", [space, through]);
}

export function deleteDeadLetter(port: SqlitePort, id: number): void {
  port.run("DELETE FROM _dead_letters WHERE id = ?", [id]);
}

function rowToLetter(lattices: LatticeTable, row: SqlRow): StoredLetter {
  const entry = rowToEntry(row);
  // The other columns have the names and the values of what it is.
  return { ...(row as unknown as StoredLetter), ...entry, payload: payloadOf(lattices, entry.transaction, entry.increments) };
}

export function payloadOf(lattices: LatticeTable, transaction: Transaction, increments: Increments): DeadLetterPayload {
  const { body } = transaction;
  if (body.type === "intent") {
    return { type: "request", intent: body.intent.name, input: valueOrNull(body.intent.input) };
  }
  if (body.type === "void") return { type: "write", changes: [] };
  const changes = body.operations.map(({ collection, record, field, kind, delta }, index): DeadLetterChange => {
    const lattice = lattices.get(kind);
    const increment = increments.get(index);
    const values = increment !== undefined ? [increment] : lattice === undefined ? [delta] : lattice.valuesOf(lattice.decodeDelta(delta));
    return { collection, record, field, kind: kindNames.get(kind) ?? "unknown", values };
  });
  return { type: "write", changes };
}

const kindNames: ReadonlyMap<number, Kind> = new Map(Object.entries(kindCodes).map(([name, code]) => [code, name as Kind]));
