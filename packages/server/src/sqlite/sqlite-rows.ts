/**
 * The embedded store's rows without its turns: for whoever keeps turns apart in another way, like the simulator's model of a database that
 * several instances share. The file has been opened as a store.
 */
import type { SpaceId, SqlitePort, StoreReader, WriteBatch } from "@holdfast/core/engine";
import { databaseAs } from "./database-over.ts";
import { createReader } from "./store-reader.ts";
import { writeBatch } from "./write-batch.ts";

export interface SqliteRows {
  /** Each answer is what is committed at the moment of the call. */
  reader(space: SpaceId): StoreReader;
  /** The caller holds the transaction. Throws if the batch cannot be written. */
  write(batch: WriteBatch): void;
}

export function sqliteRows(port: SqlitePort): SqliteRows {
  const database = databaseAs(port);
  return {
    reader: (space) => createReader(database, space),
    write: (batch) => writeBatch(database, batch),
  };
}
