/** `SqlitePort` over a connection of SQLite's WebAssembly build: faults are `HoldfastError`s of origin `disk`. */
import type { Database, Sqlite3Static } from "@sqlite.org/sqlite-wasm";
import { HoldfastError } from "@holdfast/core";
import type { SqlitePort } from "@holdfast/core/engine";
import { toSqliteFault } from "../../store/sqlite-fault.ts";
import { createStatements } from "./statements.ts";

export function wrapDatabase(sqlite: Sqlite3Static, database: Database): SqlitePort {
  const statements = createStatements(sqlite, database);
  const port: SqlitePort = {
    run: (sql, parameters = []) => guarded(() => statements.run(sql, parameters)),
    all: (sql, parameters = []) => guarded(() => statements.all(sql, parameters)),
    transaction(body) {
      port.run("BEGIN IMMEDIATE");
      try {
        const result = body();
        port.run("COMMIT");
        return result;
      } catch (error) {
        if (statements.inTransaction()) port.run("ROLLBACK");
        throw error;
      }
    },
    close() {
      if (!database.isOpen()) return;
      statements.finalize();
      guarded(() => database.close());
    },
  };
  return port;
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
