/** One connection to one file that is ours alone, with the settings that durability rests on: set on every open and read back (trap 22). */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type ErrorCode, HoldfastError, type SqlValue } from "@holdfast/core/engine";
import { migrations } from "./tables.ts";

export type Row = Readonly<Record<string, unknown>>;

export interface Database {
  get(sql: string, ...parameters: readonly SqlValue[]): Row | undefined;
  all(sql: string, ...parameters: readonly SqlValue[]): readonly Row[];
  /** Rows one by one, until `visit` says false: what is not looked at is not read. */
  each(sql: string, parameters: readonly SqlValue[], visit: (row: Row) => boolean): void;
  run(sql: string, ...parameters: readonly SqlValue[]): void;
  /** BEGIN IMMEDIATE … COMMIT, synced before it returns; rolls back and rethrows if `body` throws. */
  transaction<T>(body: () => T): T;
  close(): void;
}

interface Setting {
  readonly pragma: string;
  readonly value: string;
  /** What reading it back must give. */
  readonly expected: string | number;
}

/** EXCLUSIVE comes first: a WAL file is then read without shared memory, and a second process is kept out (trap 14). */
const settings: readonly Setting[] = [
  { pragma: "locking_mode", value: "EXCLUSIVE", expected: "exclusive" },
  { pragma: "journal_mode", value: "WAL", expected: "wal" },
  { pragma: "synchronous", value: "FULL", expected: 2 },
  { pragma: "fullfsync", value: "1", expected: 1 },
  { pragma: "checkpoint_fullfsync", value: "1", expected: 1 },
  { pragma: "foreign_keys", value: "1", expected: 1 },
];

/** `epoch` names the history if the file is new. */
export function openDatabase(path: string, epoch: () => string): Database {
  const database = wrap(guard(() => new DatabaseSync(path)));
  prepareDatabase(database, epoch, path);
  return database;
}

/** Settings, tables, the start barrier: what makes an open connection r0's. Closes it if that fails. */
export function prepareDatabase(database: Database, epoch: () => string, path: string): void {
  try {
    for (const setting of settings) applySetting(database, setting, path);
    migrate(database);
    passStartBarrier(database, epoch);
  } catch (error) {
    database.close();
    throw error;
  }
}

function applySetting(database: Database, setting: Setting, path: string): void {
  database.all(`PRAGMA ${setting.pragma} = ${setting.value}`);
  const row = database.get(`PRAGMA ${setting.pragma}`) ?? {};
  const found = Object.values(row)[0];
  // A memory database has no journal to keep; it is for tests and says so by its name.
  if (setting.pragma === "journal_mode" && found === "memory" && path === ":memory:") return;
  if (found === setting.expected) return;
  throw new HoldfastError("store-unsafe", `SQLite runs "${path}" with ${setting.pragma}=${String(found)} instead of ${setting.value}.`, {
    origin: "disk",
    retry: false,
    advice: "Put the file on a local disk that supports SQLite's write-ahead log.",
  });
}

function migrate(database: Database): void {
  const found = (database.get("PRAGMA user_version") as { user_version: number }).user_version;
  if (found > migrations.length)
    throw new HoldfastError("store-mismatch", `The store's tables have version ${found}, and this server knows ${migrations.length}.`, {
      origin: "disk",
      retry: false,
      advice: "Run the newer server that wrote it.",
    });
  for (let version = found; version < migrations.length; version++) {
    const step = migrations[version] ?? [];
    database.transaction(() => {
      for (const statement of step) database.run(statement);
      database.run(`PRAGMA user_version = ${version + 1}`);
    });
  }
}

/** One synced write before anything that was found here may be told to anybody: a commit that a kill left in the page cache is durable after it (trap 21). */
function passStartBarrier(database: Database, epoch: () => string): void {
  database.transaction(() => {
    const isNew = database.get("SELECT id FROM meta") === undefined;
    if (isNew) database.run("INSERT INTO meta (id, epoch, epochs, starts) VALUES (1, ?, 1, 1)", epoch());
    else database.run("UPDATE meta SET starts = starts + 1");
  });
}

function wrap(connection: DatabaseSync): Database {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = connection.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  return {
    get: (sql, ...parameters) => guard(() => prepare(sql).get(...parameters) as Row | undefined),
    all: (sql, ...parameters) => guard(() => prepare(sql).all(...parameters) as readonly Row[]),
    each: (sql, parameters, visit) =>
      guard(() => {
        for (const row of prepare(sql).iterate(...parameters)) if (!visit(row)) break;
      }),
    run: (sql, ...parameters) => guard(() => void prepare(sql).run(...parameters)),
    transaction(body) {
      guard(() => prepare("BEGIN IMMEDIATE").run());
      try {
        const result = body();
        guard(() => prepare("COMMIT").run());
        return result;
      } catch (error) {
        if (connection.isTransaction) prepare("ROLLBACK").run();
        throw error;
      }
    },
    close: () => connection.close(),
  };
}

const codesByResult: ReadonlyMap<number, ErrorCode> = new Map([
  [5, "store-locked"],
  [6, "store-locked"],
  [11, "store-corrupt"],
  [13, "store-full"],
  [26, "store-corrupt"],
]);

const adviceByCode: Partial<Record<ErrorCode, string>> = {
  "store-locked": "Stop the other process that has the file open.",
  "store-corrupt": "Restore the file from a backup, and start a new epoch.",
  "store-full": "Free space on the disk.",
  "store-failed": "Look at the disk and the file's permissions.",
};

/** A fault of the disk, in the words of the public error. Our own errors and defects pass unchanged. */
function guard<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    const result = (error as { errcode?: number }).errcode;
    if (result === undefined) throw error;
    const code = codesByResult.get(result & 0xff) ?? "store-failed";
    throw new HoldfastError(code, `SQLite: ${(error as Error).message}.`, {
      origin: "disk",
      retry: code === "store-full" || code === "store-locked",
      advice: adviceByCode[code] ?? "",
      cause: error,
    });
  }
}
