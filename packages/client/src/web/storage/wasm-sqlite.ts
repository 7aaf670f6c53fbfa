/** `SqlitePort` over a connection of SQLite's WebAssembly build: statements cached by their text, faults as `HoldfastError` of origin `disk`. */
import type { Database, PreparedStatement, Sqlite3Static, SqlValue as WasmValue } from "@sqlite.org/sqlite-wasm";
import { HoldfastError } from "@holdfast/core";
import type { SqlitePort, SqlRow, SqlValue } from "@holdfast/core/engine";
import { toSqliteFault } from "../../store/sqlite-fault.ts";

/** The oldest are finalized beyond this, as in every adapter. */
const statementsMax = 256;

export function wrapDatabase(sqlite: Sqlite3Static, database: Database): SqlitePort {
  const { capi } = sqlite;
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
    statements.set(sql, statement);
    return statement;
  }

  function execute(sql: string, parameters: readonly SqlValue[], visit?: (statement: PreparedStatement) => void): void {
    const statement = prepare(sql);
    try {
      if (parameters.length > 0) statement.bind([...parameters]);
      // Its wrapper takes every number without a fraction for an integer of 64 bits.
      for (const [index, value] of parameters.entries())
        if (typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER) capi.sqlite3_bind_double(statement, index + 1, value);
      while (statement.step()) visit?.(statement);
    } finally {
      // Its result code repeats the step's error, which has been thrown.
      statement.reset();
      if (parameters.length > 0) statement.clearBindings();
    }
  }

  const port: SqlitePort = {
    run: (sql, parameters = []) => guarded(() => execute(sql, parameters)),
    all: (sql, parameters = []) =>
      guarded(() => {
        const rows: SqlRow[] = [];
        let names: readonly string[] | undefined;
        execute(sql, parameters, (statement) => {
          names ??= statement.getColumnNames();
          rows.push(toRow(statement, names));
        });
        return rows;
      }),
    transaction(body) {
      port.run("BEGIN IMMEDIATE");
      try {
        const result = body();
        port.run("COMMIT");
        return result;
      } catch (error) {
        // SQLite may have rolled back by itself (a full disk): then there is nothing left to undo.
        if (capi.sqlite3_get_autocommit(database) === 0) port.run("ROLLBACK");
        throw error;
      }
    },
    close() {
      if (!database.isOpen()) return;
      for (const statement of statements.values()) statement.finalize();
      statements.clear();
      guarded(() => database.close());
    },
  };
  return port;
}

function toRow(statement: PreparedStatement, names: readonly string[]): SqlRow {
  const row: Record<string, SqlValue> = {};
  for (const [column, name] of names.entries()) row[name] = statement.get(column) as Exclude<WasmValue, boolean | Int8Array | ArrayBuffer>;
  return row;
}

export function guarded<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw toDiskError(error);
  }
}

/** SQL that is wrong is our own bug, and goes on as it is. */
function toDiskError(error: unknown): unknown {
  if (error instanceof HoldfastError) return error;
  const { resultCode, message } = error as { readonly resultCode?: unknown; readonly message?: string };
  if (typeof resultCode !== "number") return error;
  return toSqliteFault(resultCode, message ?? "unknown", error) ?? error;
}
