/** The embedded store: one process, one file. Reads see what is committed; writes of all spaces share commits. */
import { randomBytes } from "node:crypto";
import {
  assert,
  bytesToHex,
  callerError,
  epochLamportStep,
  type ServerStore,
  type SpaceId,
  type SqlitePort,
  type StoreReader,
  type Turn,
  type WriteBatch,
} from "@holdfast/core/engine";
import { emptySpace } from "../store/empty-rows.ts";
import { createRowMemory } from "../store/row-memory.ts";
import { createCommitQueue } from "./commit-queue.ts";
import { compactionOver } from "./compaction.ts";
import { type Database, openDatabase } from "./database.ts";
import { databaseOver } from "./database-over.ts";
import { readMark, readOutcomes, readRecordPage, readSpace, readStreamPage } from "./read-rows.ts";
import { createReader } from "./store-reader.ts";
import { writeBatch } from "./write-batch.ts";

/** Nobody else writes the file: what is remembered is so until this process changes it. */
const onlyVersion = 1;
const neverOld = (): number => 0;

export interface SqliteStoreOptions {
  /** 16 bytes for a new history's epoch; the host's cryptographic randomness by default. */
  readonly randomBytes?: (length: number) => Uint8Array;
  /** Runs a commit after what is ready has been decided; `setImmediate` by default. */
  readonly defer?: (run: () => void) => void;
}

/** Opens or creates the file; a port that is open already becomes the store's own. Throws `store-locked`, `store-corrupt`, `store-unsafe`, `store-mismatch`, `store-full` or `store-failed`. */
export function sqliteStore(file: string | SqlitePort, options: SqliteStoreOptions = {}): ServerStore {
  if (file === "" || (typeof file !== "string" && typeof file?.transaction !== "function"))
    throw callerError("invalid-option", "sqliteStore needs the path of a file.", 'Pass one, like "sync.db".');
  const random = options.randomBytes ?? ((length: number) => new Uint8Array(randomBytes(length)));
  const epoch = (): string => bytesToHex(random(16));
  const database = typeof file === "string" ? openDatabase(file, epoch) : databaseOver(file, epoch);
  const memory = createRowMemory(neverOld);
  const commit = (batches: readonly WriteBatch[]): void => {
    try {
      database.transaction(() => batches.forEach((batch) => writeBatch(database, batch)));
    } catch (error) {
      // Whatever the disk has made of it, it is asked.
      memory.forget();
      throw error;
    }
    for (const batch of batches) memory.committed(batch, onlyVersion, onlyVersion);
  };
  const queue = createCommitQueue(commit, options.defer ?? ((run) => void setImmediate(run)));
  const turns = new Map<SpaceId, Promise<unknown>>();
  const write = <T>(body: () => T): T => {
    queue.flush(); // in the order of the calls
    memory.forget();
    return database.transaction(body);
  };

  return {
    isExclusive: true,
    async meta() {
      const row = database.get("SELECT epoch, epochs FROM meta");
      assert(row !== undefined, "the start barrier wrote the meta row");
      return { epoch: row["epoch"] as string, epochs: row["epochs"] as number };
    },
    transact(space, body) {
      const previous = turns.get(space);
      const turn = (previous === undefined ? runTurn(space, body) : previous.then(() => runTurn(space, body))) as ReturnType<
        typeof runTurn<never>
      >;
      const ended = turn.then(ignore, ignore).then(() => {
        if (turns.get(space) === ended) turns.delete(space);
      });
      turns.set(space, ended);
      return turn;
    },
    async readSpaces(spaces) {
      return spaces.map((space) => readSpace(database, space) ?? emptySpace(space));
    },
    readMark: async (space, replica) => readMark(database, space, replica),
    readOutcomes: async (space, range) => readOutcomes(database, space, range),
    readStream: async (space, after, through, bounds) => readStreamPage(database, space, after, through, bounds),
    readRecords: async (space, after, bounds) => readRecordPage(database, space, after, bounds),
    async bindReplica(replica, principal) {
      const owner = (): string | undefined =>
        database.get("SELECT principal FROM replicas WHERE replica = ?", replica)?.["principal"] as string | undefined;
      const found = owner();
      if (found !== undefined) return found;
      write(() => database.run("INSERT INTO replicas (replica, principal) VALUES (?, ?)", replica, principal));
      return principal;
    },
    ...compactionOver(database, write),
    async expireOutcomes(beforeMs) {
      return write(() => expireOutcomes(database, beforeMs));
    },
    async startNewEpoch(epoch) {
      write(() => {
        database.run("UPDATE meta SET epoch = ?, epochs = epochs + 1", epoch);
        // In the text: a bound number is a double, and divides like one.
        database.run(`UPDATE spaces SET lamport = (lamport / ${epochLamportStep} + 2) * ${epochLamportStep}`);
      });
    },
    async close() {
      queue.flush();
      database.close();
    },
  };

  async function runTurn<T>(space: SpaceId, body: (reader: StoreReader) => Promise<Turn<T>>): Promise<T> {
    const { batch, result } = await body(memory.reader(space, createReader(database, space), () => onlyVersion));
    if (batch !== undefined) {
      assert(batch.space.space === space, "a turn writes its own space");
      await queue.add(batch);
    }
    return result;
  }
}

function ignore(): void {}

function expireOutcomes(database: Database, beforeMs: number): number {
  const expired = database.get("SELECT COUNT(*) AS n FROM outcomes WHERE at < ? AND length(bytes) > 1", beforeMs);
  database.run("UPDATE outcomes SET bytes = substr(bytes, 1, 1) WHERE at < ? AND length(bytes) > 1", beforeMs);
  database.run("DELETE FROM intents WHERE at < ?", beforeMs);
  return expired?.["n"] as number;
}
