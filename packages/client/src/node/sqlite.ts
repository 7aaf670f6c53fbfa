/** `SqlitePort` over `node:sqlite`: synchronous, statements cached by their text, faults as `HoldfastError` of origin `disk`. */
import { closeSync, existsSync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { HoldfastError } from "@holdfast/core";
import type { SqlitePort, SqlRow, SqlValue } from "@holdfast/core/engine";
import { isPragma } from "../store/pragma.ts";
import { toSqliteFault } from "../store/sqlite-fault.ts";

interface CachedStatement {
  readonly statement: StatementSync;
  /** Set at the first integer beyond 2^53: from then on all integers are read as bigint and narrowed here. */
  wide: boolean;
}

/** The oldest are finalized beyond this: an app that builds SQL text in a loop must not grow without bound. */
const statementsMax = 256;

export interface NodeSqliteOptions {
  /** Opens an existing file without being able to change it. */
  readonly readOnly?: boolean;
}

/** Throws `store-failed` when the file cannot be opened. `:memory:` is taken literally, for tests. */
export function openNodeSqlite(path: string, options: NodeSqliteOptions = {}): SqlitePort {
  const isNew = path !== ":memory:" && !existsSync(path);
  const database = guarded(() => new DatabaseSync(path, { readOnly: options.readOnly ?? false, enableForeignKeyConstraints: false }));
  if (isNew) syncDirectory(path);
  const statements = new Map<string, CachedStatement>();

  function prepare(sql: string): CachedStatement {
    let cached = statements.get(sql);
    if (cached !== undefined) return cached;
    if (isPragma(sql)) return { statement: database.prepare(sql), wide: false };
    if (statements.size >= statementsMax) {
      const oldest = statements.keys().next().value;
      if (oldest !== undefined) statements.delete(oldest);
    }
    cached = { statement: database.prepare(sql), wide: false };
    statements.set(sql, cached);
    return cached;
  }

  return {
    run(sql, parameters = []) {
      guarded(() => prepare(sql).statement.run(...(parameters as SqlValue[])));
    },
    all(sql, parameters = []) {
      return guarded(() => readAll(prepare(sql), parameters as SqlValue[]));
    },
    transaction(body) {
      guarded(() => prepare("BEGIN IMMEDIATE").statement.run());
      try {
        const result = body();
        guarded(() => prepare("COMMIT").statement.run());
        return result;
      } catch (error) {
        // SQLite may have rolled back by itself (a full disk): then there is nothing left to undo.
        if (database.isTransaction) guarded(() => database.exec("ROLLBACK"));
        throw error;
      }
    },
    close() {
      statements.clear();
      if (database.isOpen) guarded(() => database.close());
    },
  };
}

function readAll(cached: CachedStatement, parameters: SqlValue[]): readonly SqlRow[] {
  if (!cached.wide) {
    try {
      return cached.statement.all(...parameters);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ERR_OUT_OF_RANGE") throw error;
      cached.wide = true;
      cached.statement.setReadBigInts(true);
    }
  }
  return (cached.statement.all(...parameters) as SqlRow[]).map(narrow);
}

/** A bigint only where a number would round (trap 20). */
function narrow(row: SqlRow): SqlRow {
  const narrowed: Record<string, SqlValue> = {};
  for (const [name, value] of Object.entries(row)) {
    const small = typeof value === "bigint" && value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
    narrowed[name] = small ? Number(value) : value;
  }
  return narrowed;
}

/** A new file's name is durable only once its directory is. SQLite does it for the write-ahead log, not for the database. */
function syncDirectory(path: string): void {
  try {
    const directory = openSync(dirname(path), "r");
    fsyncSync(directory);
    closeSync(directory);
  } catch {
    // Windows has no directory handles, and there a name is durable with its file.
  }
}

function guarded<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw toDiskError(error);
  }
}

function toDiskError(error: unknown): unknown {
  if (error instanceof HoldfastError) return error;
  const { errcode, message } = error as { errcode?: number; message?: string };
  if (typeof errcode !== "number") return error;
  return toSqliteFault(errcode, message ?? "unknown", error) ?? error;
}
