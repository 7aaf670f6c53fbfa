/** `SqlitePort` over a simulated disk. A process that died in the middle of a call hears of it, also where SQLite swallowed the error. */
import type { Database, PreparedStatement, SqlValue as WasmValue } from "@sqlite.org/sqlite-wasm";
import { type ErrorCode, HoldfastError, type SqlitePort, type SqlRow, type SqlValue } from "@holdfast/core/engine";
import type { SimulatedSqlite } from "./load-sqlite.ts";
import { type Mount, ProcessDied } from "./mount.ts";

/** The oldest are finalized beyond this, as in the adapters that ship. */
const statementsMax = 256;

/** Throws `store-failed` or `ProcessDied`. */
export function openSimulatedSqlite(sqlite: SimulatedSqlite, mount: Mount, file: string): SqlitePort {
  const { capi } = sqlite.static;
  const isNew = mount.alive && !mount.exists(file);
  const database: Database = living(() => sqlite.open(mount, file));
  const statements = new Map<string, PreparedStatement>();

  /** SQLite goes on after an I/O error inside an automatic checkpoint: whatever it says, a dead process has no answer. */
  function living<T>(body: () => T): T {
    let result: T;
    try {
      mount.assertAlive();
      result = body();
    } catch (error) {
      throw mount.alive ? toDiskError(error) : new ProcessDied("The process died in a call of SQLite.");
    }
    mount.assertAlive();
    return result;
  }

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
    run: (sql, parameters = []) => living(() => execute(sql, parameters)),
    all: (sql, parameters = []) =>
      living(() => {
        const rows: SqlRow[] = [];
        execute(sql, parameters, (statement) => rows.push(toRow(statement)));
        return rows;
      }),
    transaction(body) {
      port.run("BEGIN IMMEDIATE");
      try {
        const result = body();
        port.run("COMMIT");
        return result;
      } catch (error) {
        if (mount.alive && capi.sqlite3_get_autocommit(database) === 0) port.run("ROLLBACK");
        throw error;
      }
    },
    close() {
      if (!database.isOpen()) return;
      for (const statement of statements.values()) statement.finalize();
      statements.clear();
      // A dead process closes nothing; the memory of its connection is ours.
      database.close();
    },
  };
  if (isNew) living(() => mount.syncDirectory());
  return port;
}

function toRow(statement: PreparedStatement): SqlRow {
  const row: Record<string, SqlValue> = {};
  for (let column = 0; column < statement.columnCount; column++)
    row[statement.getColumnName(column) ?? ""] = statement.get(column) as Exclude<WasmValue, boolean | Int8Array | ArrayBuffer>;
  return row;
}

const codesByResult: ReadonlyMap<number, ErrorCode> = new Map([
  [5, "store-locked"],
  [6, "store-locked"],
  [11, "store-corrupt"],
  [13, "store-full"],
  [26, "store-corrupt"],
]);

function toDiskError(error: unknown): unknown {
  const { resultCode, message } = error as { resultCode?: unknown; message?: string };
  if (typeof resultCode !== "number") return error;
  const primary = resultCode & 0xff;
  // SQL that is wrong is our own bug.
  if (primary === 1 || primary === 19 || primary === 21 || primary === 25) return error;
  const code = codesByResult.get(primary) ?? "store-failed";
  return new HoldfastError(code, `SQLite says: ${message ?? "unknown"} (${resultCode}).`, {
    origin: "disk",
    retry: code !== "store-corrupt",
    advice: "Look at the simulated disk.",
    cause: error,
  });
}
