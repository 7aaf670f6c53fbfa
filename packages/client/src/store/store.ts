/** What every part of the client reads and writes with: the port, the schema, and the statements that the schema makes. */
import {
  type CollectionSpec,
  DecodeMemo,
  type LatticeTable,
  latticesOf,
  type RecordState,
  type SchemaSpec,
  type SqlitePort,
  type Transaction,
} from "@holdfast/core/engine";
import { columnsOf, quote, tableOf } from "./names.ts";
import { upsertInto } from "./upsert.ts";

export interface Store {
  readonly port: SqlitePort;
  readonly schema: SchemaSpec;
  readonly lattices: LatticeTable;
  /** Also of those that have a table and that this schema does not declare. */
  readonly collections: ReadonlyMap<string, CollectionStatements>;
  /** States that were read or written a moment ago. It also keeps warm what hangs on their identity: opened texts, the order of lists. */
  readonly states: DecodeMemo<RecordState>;
  /** Logged a moment ago, to be pushed now and settled soon. */
  readonly transactions: DecodeMemo<Transaction>;
}

/** SQL of one collection, composed once: statements are cached by their text. */
export interface CollectionStatements {
  readonly name: string;
  readonly spec: CollectionSpec;
  readonly table: string;
  /** Field → column. */
  readonly columns: ReadonlyMap<string, string>;
  readonly select: string;
  readonly upsert: string;
  readonly delete: string;
  readonly settle: string;
}

/** `retired`: collections that this version of the app does not declare, and that have a table. */
export function createStore(port: SqlitePort, schema: SchemaSpec, retired: readonly string[] = []): Store {
  const collections = new Map<string, CollectionStatements>();
  for (const name of retired) collections.set(name, composeStatements(name, noFields));
  for (const [name, spec] of schema.collections) collections.set(name, composeStatements(name, spec));
  return { port, schema, lattices: latticesOf(schema), collections, states: new DecodeMemo(), transactions: new DecodeMemo() };
}

/** An older app has opened the file: the records stay where they are, whole in `_meta`, and a newer one fills the columns again. */
const noFields: CollectionSpec = { fields: new Map(), indexes: [] };

function composeStatements(name: string, spec: CollectionSpec): CollectionStatements {
  const table = tableOf(name);
  const columns = columnsOf(spec);
  const fields = [...columns.values()].map(quote);
  return {
    name,
    spec,
    table,
    columns,
    select: `SELECT _meta, _base, _pending FROM ${table} WHERE space = ? AND id = ?`,
    upsert: upsertInto(table, ["space", "id"], ["_meta", "_base", "_pending", ...fields]),
    delete: `DELETE FROM ${table} WHERE space = ? AND id = ?`,
    settle: `UPDATE ${table} SET _base = NULL, _pending = NULL WHERE space = ? AND id = ? AND _pending <= ?`,
  };
}
