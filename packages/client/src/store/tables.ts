/**
 * What is in the one file of a replica. Everything that belongs together dies together: records, change log, cursors and
 * identity are never in stores with different lifetimes (F30).
 *
 * A record is in its collection's table while it is visible, and in `_hidden` otherwise (deleted, or of a collection that this
 * schema does not declare), so that an app's SQL and indexes never meet one that is not there.
 * `_meta` is the whole visible state; the field columns are projections of it for SQL, and the engine never reads them.
 * `_base` is the confirmed state while own operations up to counter `_pending` are not answered: empty for "no such record".
 * A browser's file has `_requests` as well (`requests.ts`).
 */
import type { CollectionSpec, SqlitePort } from "@holdfast/core/engine";
import { columnsOf, quote, tableOf } from "./names.ts";

export const storeFormat = 2;

const engineTables = [
  "_meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
  "_spaces (" +
    "space TEXT PRIMARY KEY, followed INTEGER NOT NULL, cursor BLOB NOT NULL, sequence INTEGER NOT NULL, counter INTEGER NOT NULL, " +
    "lamport INTEGER NOT NULL, settled_through INTEGER NOT NULL, chain BLOB NOT NULL, access TEXT NOT NULL, " +
    "bootstrapping INTEGER NOT NULL, snapshot_own INTEGER NOT NULL, resaying INTEGER NOT NULL, synced_at INTEGER, " +
    "answered_own INTEGER NOT NULL DEFAULT 0, snapshot_head INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID",
  // A row is pending while its counters are above the space's settled_through; confirmed rows are kept for a server that lost them.
  // `chain_before`: of a void that stands for what r0 has refused. `written`: ascends with the file's writes, in whatever space they are.
  "_log (" +
    "space TEXT NOT NULL, counter_first INTEGER NOT NULL, counter_last INTEGER NOT NULL, lamport_last INTEGER NOT NULL, " +
    "written INTEGER NOT NULL, bytes BLOB NOT NULL, increments BLOB, chain_before BLOB, PRIMARY KEY (space, counter_first)) WITHOUT ROWID",
  "_intents (" +
    "space TEXT NOT NULL, counter INTEGER NOT NULL, name TEXT NOT NULL, input BLOB NOT NULL, sequence INTEGER, " +
    "PRIMARY KEY (space, counter)) WITHOUT ROWID",
  // Records that an undecided intent shows differently: their state without it. Empty: no such record.
  "_overlay (" +
    "space TEXT NOT NULL, collection TEXT NOT NULL, id TEXT NOT NULL, solid BLOB NOT NULL, PRIMARY KEY (space, collection, id)) WITHOUT ROWID",
  "_hidden (" +
    "space TEXT NOT NULL, collection TEXT NOT NULL, id TEXT NOT NULL, _meta BLOB NOT NULL, _base BLOB, _pending INTEGER, " +
    "PRIMARY KEY (space, collection, id))",
  "_snapshot (space TEXT NOT NULL, page INTEGER NOT NULL, records BLOB NOT NULL, PRIMARY KEY (space, page))",
  "_conflicts (" +
    "id INTEGER PRIMARY KEY AUTOINCREMENT, space TEXT NOT NULL, collection TEXT NOT NULL, record TEXT NOT NULL, field TEXT NOT NULL, " +
    "loser TEXT NOT NULL, winner TEXT NOT NULL, item TEXT NOT NULL, value BLOB NOT NULL, at INTEGER NOT NULL, " +
    "UNIQUE (space, loser, field, item))",
  "_dead_letters (" +
    "id INTEGER PRIMARY KEY AUTOINCREMENT, space TEXT NOT NULL, counter_first INTEGER NOT NULL, counter_last INTEGER NOT NULL, " +
    "code TEXT NOT NULL, reason TEXT NOT NULL, bytes BLOB NOT NULL, increments BLOB, at INTEGER NOT NULL, delivered INTEGER NOT NULL, " +
    "withdrawn INTEGER NOT NULL)",
];

const engineIndexes = [
  "_conflicts_by_record ON _conflicts (space, collection, record)",
  "_dead_letters_undelivered ON _dead_letters (delivered) WHERE delivered = 0",
];

export function createEngineTables(port: SqlitePort): void {
  for (const table of engineTables) port.run(`CREATE TABLE IF NOT EXISTS ${table}`);
  for (const index of engineIndexes) port.run(`CREATE INDEX IF NOT EXISTS ${index}`);
  // A file that was written before there were these.
  for (const column of ["answered_own", "snapshot_head"]) addColumn(port, "_spaces", column);
}

/** A column of whole numbers. False: it was there. */
export function addColumn(port: SqlitePort, table: string, column: string): boolean {
  if (port.all("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", [table, column]).length > 0) return false;
  port.run(`ALTER TABLE ${table} ADD COLUMN ${column} INTEGER NOT NULL DEFAULT 0`);
  return true;
}

/** Field columns have no type, so that SQLite keeps exactly what is bound: "12" stays text. */
export function createCollectionTable(port: SqlitePort, collection: string, spec: CollectionSpec): void {
  const columns = columnsOf(spec);
  const table = tableOf(collection);
  const name = table.slice(1, -1);
  const fields = [...columns.values()].map((column) => `${quote(column)}, `).join("");
  port.run(
    `CREATE TABLE IF NOT EXISTS ${table} (space TEXT NOT NULL, id TEXT NOT NULL, ${fields}_meta BLOB NOT NULL, _base BLOB, _pending INTEGER, PRIMARY KEY (space, id))`,
  );
  const present = new Set(port.all(`SELECT name FROM pragma_table_info(?)`, [name]).map((row) => String(row["name"]).toLowerCase()));
  for (const column of columns.values())
    if (!present.has(column.toLowerCase())) port.run(`ALTER TABLE ${table} ADD COLUMN ${quote(column)}`);
  for (const field of spec.indexes) {
    const column = columns.get(field) as string;
    port.run(`CREATE INDEX IF NOT EXISTS ${quote(`${name}_by_${column}`)} ON ${table} (space, ${quote(column)}, id)`);
  }
}

/** Changes when the projection of a collection's records does. */
export function shapeOf(spec: CollectionSpec): string {
  const columns = columnsOf(spec);
  return [...spec.fields].map(([field, { kind, initial }]) => `${columns.get(field) ?? ""}:${kind}:${typeof initial}`).join(",");
}
