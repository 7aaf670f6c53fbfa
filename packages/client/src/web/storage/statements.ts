/**
 * Statements of a connection of SQLite's WebAssembly build, cached by their text. What the store of a browser and the simulator's have in
 * common; each says for itself what a fault is.
 */
import type { Database, PreparedStatement, Sqlite3Static, SqlValue as WasmValue } from "@sqlite.org/sqlite-wasm";
import type { SqlRow, SqlValue } from "@holdfast/core/engine";
import { createBinder } from "./bind-parameters.ts";
import { isPragma } from "../../store/pragma.ts";

/** The oldest are finalized beyond this, as in every adapter. */
const statementsMax = 256;

export interface Statements {
  run(sql: string, parameters: readonly SqlValue[]): void;
  all(sql: string, parameters: readonly SqlValue[]): SqlRow[];
  /** SQLite may have rolled back by itself: after a full disk, say. */
  inTransaction(): boolean;
  /** Before the connection is closed. */
  finalize(): void;
}

export function createStatements(sqlite: Sqlite3Static, database: Database): Statements {
  const { capi } = sqlite;
  const binder = createBinder(sqlite, database);
  const statements = new Map<string, PreparedStatement>();

  function prepare(sql: string): PreparedStatement {
    let statement = statements.get(sql);
    if (statement !== undefined) return statement;
    if (statements.size >= statementsMax) {
      const [oldest] = statements;
      if (oldest !== undefined) {
        statements.delete(oldest[0]);
        oldest[1].finalize();
      }
    }
    statement = database.prepare(sql);
    if (!isPragma(sql)) statements.set(sql, statement);
    return statement;
  }

  function execute(sql: string, parameters: readonly SqlValue[], visit?: (statement: PreparedStatement) => void): void {
    const statement = prepare(sql);
    try {
      binder.bind(statement, parameters);
      while (statement.step()) visit?.(statement);
    } finally {
      // Its result code repeats the step's error, which has been thrown.
      statement.reset();
      if (isPragma(sql)) statement.finalize();
      else if (parameters.length > 0) statement.clearBindings();
    }
  }

  return {
    run: (sql, parameters) => execute(sql, parameters),
    all(sql, parameters) {
      const rows: SqlRow[] = [];
      let names: readonly string[] | undefined;
      execute(sql, parameters, (statement) => {
        names ??= statement.getColumnNames();
        rows.push(toRow(statement, names));
      });
      return rows;
    },
    inTransaction: () => capi.sqlite3_get_autocommit(database) === 0,
    finalize() {
      for (const statement of statements.values()) statement.finalize();
      statements.clear();
      binder.release();
    },
  };
}

function toRow(statement: PreparedStatement, names: readonly string[]): SqlRow {
  const row: Record<string, SqlValue> = {};
  for (const [column, name] of names.entries()) row[name] = statement.get(column) as Exclude<WasmValue, boolean | Int8Array | ArrayBuffer>;
  return row;
}
