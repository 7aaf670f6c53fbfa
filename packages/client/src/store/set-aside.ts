/** Pages of a snapshot that has not ended: one row a page, in the order in which they came, and nothing looks into them before the last is here. */
import { ByteReader, ByteWriter, decodeSafely, type SpaceId, type SqlitePort, ownWriting } from "@holdfast/core/engine";
import { insertInto } from "./upsert.ts";

export interface SnapshotRecord {
  readonly collection: string;
  readonly record: string;
  /** As r0 wrote it. */
  readonly state: Uint8Array;
}

export function setAside(port: SqlitePort, space: SpaceId, records: readonly SnapshotRecord[]): void {
  const [row] = port.all("SELECT count(*) AS n FROM _snapshot WHERE space = ?", [space]);
  insertInto(port, "_snapshot", { space, page: 1 + (row?.["n"] as number), records: encodeRecords(records) });
}

export function dropSetAside(port: SqlitePort, space: SpaceId): void {
  port.run("DELETE FROM _snapshot WHERE space = ?", [space]);
}

/** Bytes of the pages so far. SQLite knows the length of each without reading it. */
export function countSetAside(port: SqlitePort, space: SpaceId): number {
  return port.all("SELECT total(length(records)) AS n FROM _snapshot WHERE space = ?", [space])[0]?.["n"] as number;
}

/** A page at a time, so that memory stays flat however large the space is. */
export function* readSetAside(port: SqlitePort, space: SpaceId): Iterable<SnapshotRecord> {
  for (let page = 0; ; ) {
    const [row] = port.all("SELECT page, records FROM _snapshot WHERE space = ? AND page > ? ORDER BY page LIMIT 1", [space, page]);
    if (row === undefined) return;
    page = row["page"] as number;
    yield* decodeRecords(row["records"] as Uint8Array);
  }
}

function encodeRecords(records: readonly SnapshotRecord[]): Uint8Array {
  const writer = new ByteWriter(records.reduce((bytes, { state }) => bytes + state.length + 64, 0));
  for (const { collection, record, state } of records) {
    writer.text(collection);
    writer.text(record);
    writer.block(state);
  }
  return writer.finish();
}

function decodeRecords(bytes: Uint8Array): readonly SnapshotRecord[] {
  return ownWriting(
    decodeSafely(() => {
      const reader = new ByteReader(bytes);
      const records: SnapshotRecord[] = [];
      while (reader.remaining > 0) records.push({ collection: reader.text(), record: reader.text(), state: reader.block() });
      return records;
    }),
    "page",
  );
}
