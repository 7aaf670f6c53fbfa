/**
 * The native half of expo-sqlite, imitated over node:sqlite, for the other half as it ships: `ios/SQLiteModule.swift` and its fellows, by the shapes of
 * `build/NativeDatabase.d.ts` and `build/NativeStatement.d.ts`. Bundled by real-expo-sqlite.ts, which puts `NativeFile` in.
 */
import { NativeFile, NativeFileError, type OpenCounts } from "native-file";

type Bound = string | number | null | Uint8Array;

export const counts: OpenCounts = { connections: 0, statements: 0, running: 0, transactions: 0 };

function native<T>(call: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof NativeFileError)) throw error;
    throw new Error(`Calling the '${call}' function has failed\n→ Caused by: Error code ${error.errcode}: ${error.sentence}`, {
      cause: error,
    });
  }
}

class NativeDatabase {
  readonly #path: string;
  file!: NativeFile;

  constructor(path: string) {
    this.#path = path;
  }

  initSync(): void {
    this.file = native("initSync", () => new NativeFile(this.#path, counts, false));
  }

  execSync(source: string): void {
    native("execSync", () => void this.file.query(source, []));
  }

  prepareSync(statement: NativeStatement, source: string): void {
    native("prepareSync", () => statement.prepare(source, this.file.columnsOf(source)));
  }

  closeSync(): void {
    this.file.close();
  }
}

class NativeStatement {
  #sql = "";
  #columns: string[] = [];
  /** Of those after the first, which `runSync` gives. */
  #rest: unknown[][] = [];

  prepare(sql: string, columns: string[]): void {
    counts.statements++;
    this.#sql = sql;
    this.#columns = columns;
  }

  getColumnNamesSync(): string[] {
    return this.#columns;
  }

  runSync({ file }: NativeDatabase, plain: Record<string, Bound>, blobs: Record<string, Uint8Array>) {
    const all = { ...plain, ...blobs };
    const parameters = Object.keys(all)
      .sort((a, b) => Number(a) - Number(b))
      .map((key) => overTheBridge(all[key] as Bound));
    const { rows } = native("runSync", () => file.query(this.#sql, parameters));
    this.#rest = rows.slice(1);
    return { lastInsertRowId: 0, changes: 0, firstRowValues: rows[0] ?? [] };
  }

  getAllSync(): unknown[][] {
    return this.#rest.splice(0);
  }

  resetSync(): void {
    this.#rest = [];
  }

  finalizeSync(): void {
    counts.statements--;
  }
}

/** Every number a double, empty bytes a null pointer, text up to the first NUL. */
function overTheBridge(value: Bound): Bound {
  if (value instanceof Uint8Array && value.length === 0) return null;
  return typeof value === "string" ? (value.split("\0")[0] as string) : value;
}

// eslint-disable-next-line no-restricted-syntax -- as the module that it stands for
export default { NativeDatabase, NativeStatement, ensureDatabasePathExistsSync(): void {}, defaultDatabaseDirectory: "." };
