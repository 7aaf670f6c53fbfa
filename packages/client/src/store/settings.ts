/**
 * The settings on which every promise of durability rests. They belong to the connection, not to the file, and some drivers
 * forget them: set at every open and read back (trap 22; DUR2).
 */
import { HoldfastError } from "@holdfast/core";
import type { SqlitePort } from "@holdfast/core/engine";

interface Setting {
  readonly name: string;
  readonly set: string;
  /** Absent: what may differ without a risk to durability. */
  readonly expected?: string | number;
}

/** In this order: with WAL, exclusive locking must come before the first access, or a shared-memory file appears. */
const settings: readonly Setting[] = [
  { name: "locking_mode", set: "EXCLUSIVE", expected: "exclusive" },
  { name: "journal_mode", set: "WAL", expected: "wal" },
  { name: "synchronous", set: "FULL", expected: 2 },
  // Only Apple's kernels look at it: there a plain fsync stops at the drive's cache.
  { name: "fullfsync", set: "1" },
  { name: "checkpoint_fullfsync", set: "1" },
  { name: "foreign_keys", set: "0" },
  { name: "secure_delete", set: "0" },
  { name: "wal_autocheckpoint", set: "4000" },
];

/** Refuses with `store-unsafe` to run on a connection that does not keep what it was told. */
export function applySettings(port: SqlitePort): void {
  for (const { name, set } of settings) port.all(`PRAGMA ${name}=${set}`);
  checkSettings(port);
}

/** Reads them back; also before the first write after a pause. */
export function checkSettings(port: SqlitePort): void {
  for (const { name, expected } of settings) {
    const [row] = port.all(`PRAGMA ${name}`);
    const found = row === undefined ? undefined : Object.values(row)[0];
    if (expected === undefined || found === expected) continue;
    throw new HoldfastError("store-unsafe", `SQLite keeps ${name}=${String(found)}, not ${expected}.`, {
      origin: "disk",
      retry: false,
      advice: "Use another SQLite or file system.",
    });
  }
}
