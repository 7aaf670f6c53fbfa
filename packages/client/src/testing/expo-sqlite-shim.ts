/**
 * expo-sqlite 57.0.3 over node:sqlite, with what its native side does to values and errors: `build/SQLiteDatabase.js`,
 * `build/SQLiteStatement.js`, `ios/SQLiteModule.swift`, `android/src/main/cpp/*.cpp`. It shows nothing about a device: neither its file
 * system nor its VM.
 */
import { join } from "node:path";
import type { ExpoDatabase, ExpoSqlite, ExpoStatement } from "../expo/expo-sqlite.ts";
import type { NativeValue } from "../native/native-connection.ts";
import { NativeFile, NativeFileError, type OpenCounts } from "./native-file.ts";

export interface ExpoShimOptions {
  /** Where names without a directory go. */
  readonly directory: string;
  /** Android appends the code of an error as a character. */
  readonly platform?: "ios" | "android";
  readonly sqlCipher?: boolean;
}

export interface ExpoShim extends ExpoSqlite {
  readonly open: OpenCounts;
  /** As the native side would throw it, at the next statement that begins so. */
  failNext(beginning: string, errcode: number, sentence: string): void;
}

export function createExpoShim({ directory, platform = "ios", sqlCipher = false }: ExpoShimOptions): ExpoShim {
  const open: OpenCounts = { connections: 0, statements: 0, running: 0, transactions: 0 };
  const cached = new Map<string, ExpoDatabase>();
  let failure: { beginning: string; errcode: number; sentence: string } | undefined;

  const native = <T>(call: string, body: () => T): T => {
    try {
      return body();
    } catch (error) {
      if (!(error instanceof NativeFileError)) throw error;
      const code = platform === "ios" ? String(error.errcode) : String.fromCharCode(error.errcode);
      throw new Error(`Calling the '${call}' function has failed\n→ Caused by: Error code ${code}: ${error.sentence}`, { cause: error });
    }
  };

  return {
    open,
    failNext: (beginning, errcode, sentence) => void (failure = { beginning, errcode, sentence }),
    openDatabaseSync(databaseName, options = {}, where = directory) {
      const path = join(where, databaseName);
      const shared = cached.get(path);
      if (shared !== undefined && options.useNewConnection !== true) return shared;
      const file = native("initSync", () => new NativeFile(path, open, sqlCipher));
      const run = (sql: string, parameters: readonly NativeValue[]) => {
        if (failure !== undefined && sql.startsWith(failure.beginning)) {
          const { errcode, sentence } = failure;
          failure = undefined;
          throw new NativeFileError(errcode, sentence);
        }
        return file.query(sql, parameters.map(bound));
      };
      const database: ExpoDatabase = {
        execSync: (source) => native("execSync", () => void run(source, [])),
        closeSync: () => file.close(),
        prepareSync: (source) =>
          prepare(
            native("prepareSync", () => file.columnsOf(source)),
            (parameters) => run(source, parameters),
          ),
      };
      if (options.useNewConnection !== true) cached.set(path, database);
      return database;
    },
  };

  function prepare(columns: string[], run: (parameters: readonly NativeValue[]) => { rows: unknown[][] }): ExpoStatement {
    open.statements++;
    let isFinalized = false;
    let isRunning = false;
    const setRunning = (running: boolean): void => {
      open.running += Number(running) - Number(isRunning);
      isRunning = running;
    };
    return {
      getColumnNamesSync: () => columns,
      executeForRawResultSync(params) {
        if (isFinalized) throw new Error("Access to closed resource");
        setRunning(false);
        const { rows } = native("runSync", () => run(params));
        // `run` has taken the first step. A row leaves the statement on it; so does every later one, until `reset`.
        setRunning(rows.length > 0);
        return {
          getAllSync: () => rows.map((row) => row.map((value) => (value instanceof ArrayBuffer ? new Uint8Array(value) : value))),
          resetSync: () => setRunning(false),
        };
      },
      finalizeSync() {
        if (isFinalized) throw new Error("Access to closed resource");
        isFinalized = true;
        setRunning(false);
        open.statements--;
      },
    };
  }
}

/** The bridge: no bigint, every number a double, empty bytes a null pointer, text up to the first NUL. */
function bound(value: NativeValue): NativeValue {
  if (typeof value === "bigint") throw new Error("Unsupported parameter type: BigInt");
  if (value instanceof Uint8Array && value.length === 0) return null;
  return typeof value === "string" ? (value.split("\0")[0] as string) : value;
}
