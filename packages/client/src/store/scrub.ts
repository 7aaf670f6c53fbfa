/**
 * What has left the tables leaves the file (F37, F39). SQLite keeps deleted rows in the free places of its pages, and there copies of rows that it
 * once moved, which `secure_delete` does not reach. Only a file that is written anew, and an emptied log, hold nothing of them.
 *
 * It costs reading what lives and writing it twice, and everything else waits meanwhile. So it is owed by the commit that deletes, which
 * survives a kill, and done once, after it.
 */
import { HoldfastError } from "@holdfast/core";
import type { SqlitePort } from "@holdfast/core/engine";
import { deleteMeta, readMeta, writeMeta } from "./meta.ts";

/** VACUUM's copy of what lives is made in memory up to here: not every phone has a place for SQLite's temporary files. */
const copyInMemoryBytesMax = 64 * 2 ** 20;

/** In the transaction that deletes. */
export function oweScrub(port: SqlitePort): void {
  writeMeta(port, "scrub", 1);
}

export function isScrubOwed(port: SqlitePort): boolean {
  return readMeta(port, "scrub") === 1;
}

/** Outside a transaction. Throws what the disk says: all is as it was then, and the scrub is still owed. */
export function scrub(port: SqlitePort): void {
  const read = (pragma: string): unknown => Object.values(port.all(`PRAGMA ${pragma}`)[0] ?? {})[0];
  const lives = (Number(read("page_count")) - Number(read("freelist_count"))) * Number(read("page_size"));
  // What SQLite puts into a file beside an enciphered one may be in the clear.
  const inMemory = lives <= copyInMemoryBytesMax || read("cipher_version") !== undefined;
  try {
    vacuum(port, inMemory ? "MEMORY" : "FILE");
  } catch (error) {
    if (inMemory || (error as HoldfastError).code !== "store-failed") throw error;
    // No place for temporary files.
    vacuum(port, "MEMORY");
  } finally {
    port.all("PRAGMA temp_store=DEFAULT");
  }
  // The log held what was deleted, too.
  if (read("wal_checkpoint(TRUNCATE)") !== 0)
    throw new HoldfastError("store-locked", "SQLite's log is in use.", {
      origin: "disk",
      retry: true,
      advice: "It is tried again.",
    });
  deleteMeta(port, "scrub");
}

function vacuum(port: SqlitePort, place: "MEMORY" | "FILE"): void {
  port.all(`PRAGMA temp_store=${place}`);
  port.run("VACUUM");
}
