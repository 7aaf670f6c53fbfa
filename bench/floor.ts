/** The floor, measured in the same run and the same directory: what this disk and this SQLite give with nothing of ours on top. */
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ascending, quantile } from "./table.ts";
import { bodyOf, titleOf } from "./note-text.ts";

export interface Sample {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
}

export function sampleOf(durationsMs: readonly number[]): Sample {
  const sorted = ascending(durationsMs);
  const totalMs = durationsMs.reduce((sum, each) => sum + each, 0);
  return { p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99), perSecond: (durationsMs.length * 1_000) / totalMs };
}

/** Appends of one 4 KiB page, each with fdatasync: as much as one small WAL commit asks of the disk. */
export function probeFdatasync(directory: string, count: number): Sample {
  const file = openSync(join(directory, "probe.bin"), "w");
  const page = Buffer.alloc(4_096, 7);
  const durations: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    durations.push(performance.now() - start);
  }
  closeSync(file);
  return sampleOf(durations);
}

/** One row of a record as the bench writes them, with an index on one column, as an app would have. */
export class BareSqlite {
  readonly #database: DatabaseSync;
  readonly #insert: ReturnType<DatabaseSync["prepare"]>;
  #next = 0;

  constructor(directory: string) {
    this.#database = new DatabaseSync(join(directory, "bare.db"));
    this.#database.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
    this.#database.exec(
      "CREATE TABLE notes (id TEXT PRIMARY KEY, title, body, done, tags, updatedAt) WITHOUT ROWID; CREATE INDEX byTitle ON notes (title)",
    );
    this.#insert = this.#database.prepare("INSERT INTO notes VALUES (?, ?, ?, ?, ?, ?)");
  }

  insert(rows: number): void {
    this.#database.exec("BEGIN IMMEDIATE");
    for (let i = 0; i < rows; i++) {
      const n = this.#next++;
      this.#insert.run(`record-${n.toString().padStart(15, "0")}`, titleOf(n), bodyOf(n), 0, '["a","b","c"]', 1_700_000_000_000 + n);
    }
    this.#database.exec("COMMIT");
  }

  close(): void {
    this.#database.close();
  }
}

/** 20 characters, and no two alike. */
