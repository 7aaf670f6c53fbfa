/** `SqlitePort` over a simulated disk. A process that died in the middle of a call hears of it, also where SQLite swallowed the error. */
import type { Database } from "@sqlite.org/sqlite-wasm";
import { createStatements } from "@holdfast/client/web/worker";
import { type ErrorCode, HoldfastError, type SqlitePort } from "@holdfast/core/engine";
import type { SimulatedSqlite } from "./load-sqlite.ts";
import { type Mount, ProcessDied } from "./mount.ts";

/** Throws `store-failed` or `ProcessDied`. */
export function openSimulatedSqlite(sqlite: SimulatedSqlite, mount: Mount, file: string): SqlitePort {
  const isNew = mount.alive && !mount.exists(file);
  const database: Database = living(() => sqlite.open(mount, file));
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

  const statements = createStatements(sqlite.static, database);
  const port: SqlitePort = {
    run: (sql, parameters = []) => living(() => statements.run(sql, parameters)),
    all: (sql, parameters = []) => living(() => statements.all(sql, parameters)),
    transaction(body) {
      port.run("BEGIN IMMEDIATE");
      try {
        const result = body();
        port.run("COMMIT");
        return result;
      } catch (error) {
        if (mount.alive && statements.inTransaction()) port.run("ROLLBACK");
        throw error;
      }
    },
    close() {
      if (!database.isOpen()) return;
      statements.finalize();
      // A dead process closes nothing; the memory of its connection is ours.
      database.close();
    },
  };
  if (isNew) living(() => mount.syncDirectory());
  return port;
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
