/** Pages of the stream and of records: in key order, and never more bytes out of the database than a page may hold. */
import type { RecordRow, ReplicaId, ServerStore, StreamRow } from "@holdfast/core/engine";
import type { TextRow } from "./connections.ts";
import { decodeBytes, decodeReplica } from "./parameters.ts";

/** An empty name: the statement is not kept. Rejects as the port's readers do. */
export type Ask = (name: string, text: string, values: readonly unknown[]) => Promise<readonly TextRow[]>;

/** The first row always, whatever its size, or a page could never pass it: the others while the sum of sizes is within the bound. */
export function pagesOver(ask: Ask, schema: string): Pick<ServerStore, "readStream" | "readRecords"> {
  const bounded = (columns: string, size: string, order: string, from: string, limit: string, bytes: string): string =>
    `SELECT ${columns} FROM (SELECT ${columns}, sum(length(${size})) OVER (ORDER BY ${order}) AS total, row_number() OVER (ORDER BY ${order}) AS place
      FROM ${from} ORDER BY ${order} LIMIT ${limit}) t WHERE total <= ${bytes} OR place = 1 ORDER BY ${order}`;
  const streamText = bounded(
    "sequence, replica, counter_first, counter_last, bytes, at",
    "bytes",
    "sequence",
    `${schema}.stream WHERE space = $1 AND sequence > $2 AND sequence <= $3`,
    "$4",
    "$5",
  );
  const recordColumns = "collection, record, sequence, deleted, state";
  const recordsOf = (more: string, limit: string, bytes: string): string =>
    bounded(recordColumns, "state", "collection, record", `${schema}.records WHERE space = $1${more}`, limit, bytes);
  const firstRecords = recordsOf("", "$2", "$3");
  const nextRecords = recordsOf(" AND (collection, record) > ($2, $3)", "$4", "$5");

  return {
    async readStream(space, after, through, bounds) {
      const rows = await ask("hf_stream", streamText, [space, after, through, bounds.countMax, bounds.bytesMax]);
      return rows.map(toStreamRow);
    },
    async readRecords(space, after, bounds) {
      const rows =
        after === undefined
          ? await ask("hf_records_first", firstRecords, [space, bounds.countMax, bounds.bytesMax])
          : await ask("hf_records_next", nextRecords, [space, after.collection, after.record, bounds.countMax, bounds.bytesMax]);
      return toRecordRows(rows);
    },
  };
}

export function toStreamRow([sequence, replica, first, last, bytes, at]: TextRow): StreamRow {
  return {
    sequence: Number(sequence),
    replica: decodeReplica(replica as string) as ReplicaId,
    counterFirst: Number(first),
    counterLast: Number(last),
    bytes: decodeBytes(bytes as string),
    atMs: Number(at),
  };
}

/** Of `collection, record, sequence, deleted, state`. */
export function toRecordRows(rows: readonly TextRow[]): readonly RecordRow[] {
  return rows.map(([collection, record, sequence, deleted, state]) => ({
    collection: collection as string,
    record: record as string,
    sequence: Number(sequence),
    deleted: deleted === "t",
    state: decodeBytes(state as string),
  }));
}
