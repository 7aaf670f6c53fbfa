/**
 * What was changed while a snapshot was being read. Its pages are read at different heads, and a record of a late page may hold a part of a
 * transaction whose other part an early page had not: until the changes after it were pulled, a device would show half a transaction (trap 11).
 * So the records that the stream names since come again: a state takes the place of the one that came before.
 */
import {
  assert,
  type DecodeMemo,
  decodeTransaction,
  type RecordKey,
  type RecordRow,
  type ServerStore,
  type SpaceId,
  type StreamRow,
  type Transaction,
} from "@holdfast/core/engine";
import type { ServerLimits } from "../limits.ts";

interface ChangedSource {
  readonly store: ServerStore;
  readonly limits: Pick<ServerLimits, "pageTransactionsMax">;
  readonly transactions: DecodeMemo<Transaction>;
}

interface Changed {
  readonly records: readonly RecordRow[];
  /** The place in the stream up to which they hold everything. */
  readonly through: number;
  /** There is no more: with these, all that was read is of that place. */
  readonly ends: boolean;
  /** No stamp in them is higher. */
  readonly lamport: number;
}

/** A record that others write to all the time is read anew so often; then what it holds beyond comes with the changes that are pulled next. */
const triesMax = 8;

/**
 * `collected`: something of it is here no more, be it the stream or a tombstone that a page may have held: the snapshot begins anew. States that
 * would be too much for one page are left to the changes that are pulled next.
 */
export async function readChanged(
  { store, limits, transactions }: ChangedSource,
  { space, bytesMax }: { readonly space: SpaceId; readonly bytesMax: number },
  after: number,
  head: number,
): Promise<Changed | "collected"> {
  let countMax = limits.pageTransactionsMax;
  for (let tries = 1; ; tries++) {
    const rows = await store.readStream(space, after, head, { countMax, bytesMax });
    const through = rows.at(-1)?.sequence ?? after;
    if (through !== after + rows.length || rows.length === 0) return "collected";
    const keys = keysOf(rows.map((row) => decodeRow(row, transactions)));
    const { now, found } = await store.transact(space, async (reader) => {
      const result = { now: await reader.space(), found: await reader.records(keys) };
      return { batch: undefined, result };
    });
    const records = found.filter((record) => record !== undefined);
    if (records.length < keys.length) return "collected";
    const { lamport } = now;
    if (records.reduce((bytes, { state }) => bytes + state.length, 0) > bytesMax) {
      if (rows.length === 1) return { records: [], through: after, ends: true, lamport };
      countMax = Math.ceil(rows.length / 2);
    } else if (through < head) return { records, through, ends: false, lamport };
    else if (tries >= triesMax || records.every(({ sequence }) => sequence <= through)) return { records, through, ends: true, lamport };
    else head = now.head;
  }
}

/** Each once. */
function keysOf(transactions: readonly Transaction[]): readonly RecordKey[] {
  const keys = new Map<string, RecordKey>();
  for (const { body } of transactions)
    if (body.type === "operations")
      for (const { collection, record } of body.operations) keys.set(`${collection} ${record}`, { collection, record });
  return [...keys.values()];
}

export function decodeRow(row: StreamRow, transactions: DecodeMemo<Transaction>): Transaction {
  const known = transactions.get(row.bytes);
  if (known !== undefined) return known;
  const transaction = decodeTransaction(row.bytes);
  assert(transaction.ok, "the stream holds what this version can read");
  // Devices that were away pull the same changes, one after another.
  transactions.set(row.bytes, transaction.value);
  return transaction.value;
}
