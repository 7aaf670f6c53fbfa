/** Rows of the embedded store, read. Values come out as the port names them. */
import type {
  CounterRange,
  ImprintRow,
  IntentRow,
  MarkRow,
  OutcomeRow,
  PageBounds,
  RecordKey,
  RecordRow,
  ReplicaId,
  SpaceId,
  SpaceRow,
  StreamRow,
} from "@holdfast/core/engine";
import type { Database, Row } from "./database.ts";

export function readSpace(database: Database, space: SpaceId): SpaceRow | undefined {
  const row = database.get("SELECT head, lamport, horizon FROM spaces WHERE space = ?", space);
  return row === undefined
    ? undefined
    : { space, head: row["head"] as number, lamport: row["lamport"] as number, horizon: row["horizon"] as number };
}

export function readMark(database: Database, space: SpaceId, replica: ReplicaId): MarkRow | undefined {
  const row = database.get("SELECT mark, chain, lamport, recorded_through FROM marks WHERE space = ? AND replica = ?", space, replica);
  if (row === undefined) return undefined;
  return {
    space,
    replica,
    mark: row["mark"] as number,
    chain: row["chain"] as Uint8Array,
    lamport: row["lamport"] as number,
    recordedThrough: row["recorded_through"] as number,
  };
}

export function readRecord(database: Database, space: SpaceId, key: RecordKey): RecordRow | undefined {
  const row = database.get(
    "SELECT collection, record, state, sequence, deleted FROM records WHERE space = ? AND collection = ? AND record = ?",
    space,
    key.collection,
    key.record,
  );
  return row === undefined ? undefined : toRecordRow(row);
}

export function readOutcomes(database: Database, space: SpaceId, range: CounterRange): readonly OutcomeRow[] {
  const rows = database.all(
    "SELECT counter, bytes, at FROM outcomes WHERE space = ? AND replica = ? AND counter BETWEEN ? AND ? ORDER BY counter LIMIT ?",
    space,
    range.replica,
    range.from,
    range.through,
    range.countMax,
  );
  return rows.map((row) => ({
    replica: range.replica,
    counter: row["counter"] as number,
    bytes: row["bytes"] as Uint8Array,
    atMs: row["at"] as number,
  }));
}

/** Rows do not overlap, so that the one before the range's first is the only earlier one that can reach into it. */
export function readImprints(database: Database, space: SpaceId, range: CounterRange): readonly ImprintRow[] {
  const rows = database.all(
    `SELECT counter_first, counter_last, bytes FROM imprints
     WHERE space = ? AND replica = ? AND counter_last >= ? AND counter_first <= ? AND counter_first >= COALESCE(
       (SELECT MAX(counter_first) FROM imprints WHERE space = ? AND replica = ? AND counter_first <= ?), 0)
     ORDER BY counter_first LIMIT ?`,
    space,
    range.replica,
    range.from,
    range.through,
    space,
    range.replica,
    range.from,
    range.countMax,
  );
  return rows.map((row) => ({
    replica: range.replica,
    counterFirst: row["counter_first"] as number,
    counterLast: row["counter_last"] as number,
    bytes: row["bytes"] as Uint8Array,
  }));
}

export function readIntent(database: Database, space: SpaceId, intent: string): IntentRow | undefined {
  const row = database.get("SELECT bytes, at FROM intents WHERE space = ? AND intent = ?", space, intent);
  return row === undefined ? undefined : { intent, bytes: row["bytes"] as Uint8Array, atMs: row["at"] as number };
}

export function readStreamPage(
  database: Database,
  space: SpaceId,
  after: number,
  through: number,
  bounds: PageBounds,
): readonly StreamRow[] {
  const sql = `SELECT sequence, replica, counter_first, counter_last, bytes, at FROM stream
     WHERE space = ? AND sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?`;
  return readBounded(database, sql, [space, after, through, bounds.countMax], toStreamRow, (row) => row.bytes.length, bounds.bytesMax);
}

/** SQLite compares text by its UTF-8 bytes. */
export function readRecordPage(database: Database, space: SpaceId, after: RecordKey | undefined, bounds: PageBounds): readonly RecordRow[] {
  const columns = "SELECT collection, record, state, sequence, deleted FROM records WHERE space = ?";
  const order = "ORDER BY collection, record LIMIT ?";
  const sql = after === undefined ? `${columns} ${order}` : `${columns} AND (collection, record) > (?, ?) ${order}`;
  const parameters = after === undefined ? [space, bounds.countMax] : [space, after.collection, after.record, bounds.countMax];
  return readBounded(database, sql, parameters, toRecordRow, (row) => row.state.length, bounds.bytesMax);
}

/** By the partial index: records that live are not looked at. */
export function readTombstonePage(database: Database, space: SpaceId, through: number, bounds: PageBounds): readonly RecordRow[] {
  const sql = `SELECT collection, record, state, sequence, deleted FROM records INDEXED BY records_deleted
     WHERE space = ? AND deleted = 1 AND sequence <= ? ORDER BY sequence LIMIT ?`;
  return readBounded(database, sql, [space, through, bounds.countMax], toRecordRow, (row) => row.state.length, bounds.bytesMax);
}

/** The most crowded first. */
export function readCrowdedPage(
  database: Database,
  space: SpaceId,
  through: number,
  entries: number,
  bounds: PageBounds,
): readonly RecordRow[] {
  const sql = `SELECT collection, record, state, sequence, deleted FROM records INDEXED BY records_crowded
     WHERE space = ? AND substr(state, 3, 1) > x'01' AND substr(state, 3, 1) > ? AND sequence <= ?
     ORDER BY substr(state, 3, 1) DESC, sequence DESC LIMIT ?`;
  const parameters = [space, Uint8Array.of(entries), through, bounds.countMax];
  return readBounded(database, sql, parameters, toRecordRow, (row) => row.state.length, bounds.bytesMax);
}

/** The first rows within the bound, and never none: one row above it goes alone, or a page could never pass it. */
function readBounded<R>(
  database: Database,
  sql: string,
  parameters: readonly (string | number | Uint8Array)[],
  toRow: (row: Row) => R,
  sizeOf: (row: R) => number,
  bytesMax: number,
): readonly R[] {
  const rows: R[] = [];
  let bytes = 0;
  database.each(sql, parameters, (found) => {
    const row = toRow(found);
    bytes += sizeOf(row);
    if (bytes > bytesMax && rows.length > 0) return false;
    rows.push(row);
    return true;
  });
  return rows;
}

function toStreamRow(row: Row): StreamRow {
  return {
    sequence: row["sequence"] as number,
    replica: row["replica"] as ReplicaId,
    counterFirst: row["counter_first"] as number,
    counterLast: row["counter_last"] as number,
    bytes: row["bytes"] as Uint8Array,
    atMs: row["at"] as number,
  };
}

function toRecordRow(row: Row): RecordRow {
  return {
    collection: row["collection"] as string,
    record: row["record"] as string,
    state: row["state"] as Uint8Array,
    sequence: row["sequence"] as number,
    deleted: row["deleted"] === 1,
  };
}
