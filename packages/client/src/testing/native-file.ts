/** What the two shims of React Native's libraries stand on: one connection of node:sqlite that counts what is open, and a file that has a key. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";

/** What is open on the device at this moment: what iOS would find at suspension. */
export interface OpenCounts {
  connections: number;
  /** Prepared and not finalized. */
  statements: number;
  /** Stepped to a row and not reset. */
  running: number;
  transactions: number;
}

export class NativeFileError extends Error {
  readonly errcode: number;
  readonly sentence: string;
  constructor(errcode: number, sentence: string) {
    super(sentence);
    this.errcode = errcode;
    this.sentence = sentence;
  }
}

export class NativeFile {
  readonly #database: DatabaseSync;
  readonly #counts: OpenCounts;
  readonly #path: string;
  readonly #isCipher: boolean;
  #key = "";
  #isChecked = false;
  isOpen = true;

  constructor(path: string, counts: OpenCounts, isCipher: boolean) {
    this.#database = translated(() => new DatabaseSync(path));
    this.#counts = counts;
    this.#path = path;
    this.#isCipher = isCipher;
    counts.connections++;
  }

  /** As `sqlite3_key`: takes any key, and the first read finds out. Without SQLCipher it does nothing at all. */
  setKey(key: string): void {
    if (this.#isCipher) this.#key = key;
  }

  /** As preparing does: the mistakes of the SQL, and a key that does not fit. */
  columnsOf(sql: string): string[] {
    if (!this.isOpen) throw new Error("Access to closed resource");
    if (/^PRAGMA (key|cipher_version)/i.test(sql)) return ["cipher_version"];
    this.#checkKey();
    return translated(() =>
      this.#database
        .prepare(sql)
        .columns()
        .map(({ name }) => name),
    );
  }

  /** Rows as arrays, integers beyond 2^53 rounded as the bridge rounds them, bytes as `ArrayBuffer`. */
  query(sql: string, parameters: readonly unknown[]): { columns: string[]; rows: unknown[][] } {
    if (!this.isOpen) throw new Error("Access to closed resource");
    const pragma = /^PRAGMA key\s*=\s*'((?:[^']|'')*)'$/i.exec(sql)?.[1];
    if (pragma !== undefined) {
      this.setKey(pragma.replace(/''/g, "'"));
      return { columns: [], rows: [] };
    }
    if (/^PRAGMA cipher_version$/i.test(sql)) return { columns: ["cipher_version"], rows: this.#isCipher ? [["4.6.0 community"]] : [] };
    this.#checkKey();
    const inTransaction = this.#database.isTransaction;
    try {
      return translated(() => {
        const statement = this.#database.prepare(sql);
        statement.setReturnArrays(true);
        statement.setReadBigInts(true);
        const columns = statement.columns().map(({ name }) => name);
        const rows = statement.all(...(parameters as SQLInputValue[])) as unknown as unknown[][];
        return { columns, rows: rows.map((row) => row.map(overTheBridge)) };
      });
    } finally {
      this.#counts.transactions += Number(this.#database.isTransaction) - Number(inTransaction);
    }
  }

  close(): void {
    if (!this.isOpen) throw new Error("Access to closed resource");
    this.isOpen = false;
    this.#counts.connections--;
    if (this.#database.isTransaction) this.#counts.transactions--;
    this.#database.close();
  }

  /** The key is kept beside the file, in the clear: a shim encrypts nothing. */
  #checkKey(): void {
    if (this.#isChecked) return;
    const beside = `${this.#path}.key`;
    if (!existsSync(beside)) writeFileSync(beside, this.#key);
    if (readFileSync(beside, "utf8") !== this.#key) throw new NativeFileError(26, "file is not a database");
    this.#isChecked = true;
  }
}

function overTheBridge(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength);
  return value;
}

function translated<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    const { errcode, errstr, message } = error as { errcode?: number; errstr?: string; message: string };
    throw typeof errcode === "number" ? new NativeFileError(errcode & 0xff, message || errstr || "") : error;
  }
}
