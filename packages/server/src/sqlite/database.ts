/** One connection to one file that is ours alone, with the settings that durability rests on: set on every open and read back (trap 22). */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { type ErrorCode, HoldfastError } from "@holdfast/core/engine";
import { migrations } from "./tables.ts";

export type Row = Readonly<Record<string, unknown>>;

export interface Database {
  get(sql: string, ...parameters: readonly SQLInputValue[]): Row | undefined;
  all(sql: string, ...parameters: readonly SQLInputValue[]): readonly Row[];
  /** Rows one by one, until `visit` says false: what is not looked at is not read. */
  each(sql: string, parameters: readonly SQLInputValue[], visit: (row: Row) => boolean): void;
  run(sql: string, ...parameters: readonly SQLInputValue[]): void;
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
  const connection = guard(() => new DatabaseSync(path));
  try {
    guard(() => {
      for (const setting of settings) applySetting(connection, setting, path);
      migrate(connection);
      passStartBarrier(connection, epoch);
    });
  } catch (error) {
    connection.close();
    throw error;
  }
  return wrap(connection);
}

function applySetting(connection: DatabaseSync, setting: Setting, path: string): void {
  connection.exec(`PRAGMA ${setting.pragma} = ${setting.value}`);
  const row = connection.prepare(`PRAGMA ${setting.pragma}`).get() as Row;
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

function migrate(connection: DatabaseSync): void {
  const found = (connection.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
  if (found > migrations.length)
    throw new HoldfastError("store-mismatch", `The store's tables have version ${found}, and this server knows ${migrations.length}.`, {
      origin: "disk",
      retry: false,
      advice: "Run the newer server that wrote it.",
    });
  for (let version = found; version < migrations.length; version++) {
    connection.exec(`BEGIN IMMEDIATE; ${migrations[version] as string}; PRAGMA user_version = ${version + 1}; COMMIT`);
  }
}

/** One synced write before anything that was found here may be told to anybody: a commit that a kill left in the page cache is durable after it (trap 21). */
function passStartBarrier(connection: DatabaseSync, epoch: () => string): void {
  connection.exec("BEGIN IMMEDIATE");
  const known = connection.prepare("UPDATE meta SET starts = starts + 1").run().changes !== 0;
  if (!known) connection.prepare("INSERT INTO meta (id, epoch, epochs, starts) VALUES (1, ?, 1, 1)").run(epoch());
  connection.exec("COMMIT");
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
