/**
 * @op-engineering/op-sqlite 18.2.5 over node:sqlite, with what its native side does to values and errors: `cpp/OPBridge.cpp`,
 * `cpp/OPUtils.cpp`, `cpp/OPDatabase.cpp`. It shows nothing about a device: neither its file system nor its VM.
 */
import { join } from "node:path";
import type { NativeValue } from "../native/native-connection.ts";
import type { OpSqlite } from "../op-sqlite/op-sqlite.ts";
import { NativeFile, NativeFileError, type OpenCounts } from "./native-file.ts";

export interface OpShimOptions {
  /** Where names without a location go. */
  readonly directory: string;
  readonly sqlCipher?: boolean;
}

export interface OpShim extends OpSqlite {
  readonly openCounts: OpenCounts;
  /** As the native side would throw it, at the next statement that begins so. */
  failNext(beginning: string, errcode: number, sentence: string): void;
}

export function createOpShim({ directory, sqlCipher = false }: OpShimOptions): OpShim {
  const openCounts: OpenCounts = { connections: 0, statements: 0, running: 0, transactions: 0 };
  let failure: { beginning: string; errcode: number; sentence: string } | undefined;
  return {
    openCounts,
    failNext: (beginning, errcode, sentence) => void (failure = { beginning, errcode, sentence }),
    isSQLCipher: () => sqlCipher,
    open({ name, location = directory, encryptionKey = "" }) {
      let file: NativeFile;
      try {
        file = new NativeFile(join(location, name), openCounts, sqlCipher);
      } catch (error) {
        // `opsqlite_open` throws SQLite's sentence alone.
        throw new Error(error instanceof NativeFileError ? error.sentence : String(error), { cause: error });
      }
      file.setKey(encryptionKey);
      return {
        executeRawSync(query, params = []) {
          const values = params.map(bound);
          try {
            if (failure !== undefined && query.startsWith(failure.beginning)) {
              const { errcode, sentence } = failure;
              failure = undefined;
              throw new NativeFileError(errcode, sentence);
            }
            file.columnsOf(query);
          } catch (error) {
            if (!(error instanceof NativeFileError)) throw error;
            throw new Error(`[op-sqlite] SQL statement error:${error.errcode} description:${error.sentence}`, { cause: error });
          }
          try {
            const { columns, rows } = file.query(query, values);
            return { rawRows: rows, columnNames: columns };
          } catch (error) {
            if (!(error instanceof NativeFileError)) throw error;
            throw new Error(`[op-sqlite] SQLite error code: ${error.errcode}, description: ${error.sentence}`, { cause: error });
          }
        },
        close: () => file.close(),
      };
    },
  };
}

/** `to_variant`: an int of 32 bits where the number is one, else a double; no bigint. */
function bound(value: NativeValue): unknown {
  if (typeof value === "bigint") throw new Error("Cannot convert JSI value to C++ Variant value");
  return typeof value === "number" && (value | 0) === value ? BigInt(value) : value;
}
