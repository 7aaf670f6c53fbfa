/**
 * Opening a replica's file: settings, ownership, the start barrier, tables. The time it takes does not grow with the data: no
 * statement here reads more than one row a space or a collection.
 */
import type { HoldfastError } from "@holdfast/core";
import {
  callerError,
  bytesToHex,
  bytesToReplicaId,
  isReplicaId,
  type ReplicaId,
  type Runtime,
  type SchemaSpec,
  type SqlitePort,
} from "@holdfast/core/engine";
import { fillFromHidden, fillFromTable } from "./fill.ts";
import { deleteMeta, readMeta, writeMeta, readKeys } from "./meta.ts";
import { migrate } from "./migrate.ts";
import { applySettings } from "./settings.ts";
import { readSpaces, type SpaceRow } from "./spaces.ts";
import { createStore, type Store } from "./store.ts";
import { isScrubOwed, oweScrub, scrub } from "./scrub.ts";
import { createCollectionTable, createEngineTables, shapeOf, storeFormat } from "./tables.ts";

export interface OpenedStore {
  readonly store: Store;
  readonly replica: ReplicaId;
  /** Empty before the first welcome. */
  readonly principal: string;
  readonly epoch: string;
  readonly boots: number;
  readonly spaces: readonly SpaceRow[];
  /** Collections whose columns must be filled again: the schema has changed since they were written. */
  readonly fills: readonly string[];
  readonly isScrubOwed: boolean;
}

/** Throws `store-locked`, `store-unsafe`, `store-corrupt`, `store-mismatch`, `wrong-principal`. The caller closes the port then. */
export function openStore(port: SqlitePort, schema: SchemaSpec, runtime: Runtime, user: string | undefined, onDisk = true): OpenedStore {
  // In memory there is no log to write ahead, and nothing that could be promised.
  if (onDisk) applySettings(port);
  const opened = port.transaction(() => {
    createEngineTables(port);
    checkFormat(port);
    finishWipe(port);
    const replica = identity(port, runtime);
    const principal = checkUser(port, user);
    const fills = prepareCollections(port, schema);
    const retired = shapedCollections(port).filter((name) => !schema.collections.has(name));
    // The barrier (trap 21): this commit syncs the log, and with it whatever a kill left visible and not durable. Nothing may be sent before.
    const boots = ((readMeta(port, "boots") as number | undefined) ?? 0) + 1;
    writeMeta(port, "boots", boots);
    const epoch = (readMeta(port, "epoch") as string | undefined) ?? "";
    return { store: createStore(port, schema, retired), replica, principal, epoch, boots, spaces: readSpaces(port), fills };
  });
  // A file without spaces was wiped: it costs little, and nobody else's app may read before.
  if (isScrubOwed(port) && opened.spaces.length === 0) scrubQuietly(port);
  return { ...opened, isScrubOwed: isScrubOwed(port) };
}

function checkFormat(port: SqlitePort): void {
  const format = readMeta(port, "format");
  if (format === undefined) {
    const other = tableNames(port).find((name) => !name.startsWith("_"));
    if (other !== undefined) throw mismatch(`The file holds a table "${other}" of another.`);
    writeMeta(port, "format", storeFormat);
  } else if (format !== storeFormat) {
    if (typeof format !== "number" || !migrate(port, format)) throw mismatch(`The file has format ${String(format)}, not ${storeFormat}.`);
    writeMeta(port, "format", storeFormat);
  }
}

function tableNames(port: SqlitePort): readonly string[] {
  return port.all("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").map((row) => String(row["name"]));
}

function mismatch(happened: string): HoldfastError {
  return callerError("store-mismatch", happened, "Pass another path, or update the app.");
}

function identity(port: SqlitePort, runtime: Runtime): ReplicaId {
  const found = readMeta(port, "replica");
  if (typeof found === "string" && isReplicaId(found)) return found;
  const replica = bytesToReplicaId(runtime.randomBytes(16));
  writeMeta(port, "replica", replica);
  writeMeta(port, "nonce", bytesToHex(runtime.randomBytes(16)));
  return replica;
}

/** A file belongs to one principal for ever; a sealed one opens only to an app that names it (trap 13). */
function checkUser(port: SqlitePort, user: string | undefined): string {
  const principal = (readMeta(port, "principal") as string | undefined) ?? "";
  const sealed = readMeta(port, "sealed") === 1;
  if (principal !== "" && ((user !== undefined && user !== principal) || (sealed && user === undefined)))
    throw callerError(
      "wrong-principal",
      sealed ? "The file is sealed: its user has signed out." : "The file belongs to another user.",
      "Pass the `user` who wrote it, or another path.",
    );
  if (sealed) deleteMeta(port, "sealed");
  if (principal === "" && user !== undefined) writeMeta(port, "principal", user);
  return principal === "" ? (user ?? "") : principal;
}

function prepareCollections(port: SqlitePort, schema: SchemaSpec): readonly string[] {
  const hash = readMeta(port, "schemaHash");
  if (hash !== schema.hash) {
    for (const [name, spec] of schema.collections) {
      const shape = shapeOf(spec);
      const before = readMeta(port, `shape:${name}`);
      createCollectionTable(port, name, spec);
      if (before === shape) continue;
      writeMeta(port, `shape:${name}`, shape);
      // A collection that is new may have records set aside in `_hidden`; a file that is new has nothing.
      if (hash !== undefined) writeMeta(port, `fill:${name}`, before === undefined ? fillFromHidden : fillFromTable);
    }
    // Not declared: its columns stand still, and are filled again by the version that declares it next.
    for (const name of shapedCollections(port)) if (!schema.collections.has(name)) writeMeta(port, `shape:${name}`, "");
    writeMeta(port, "schemaHash", schema.hash);
    writeMeta(port, "schemaVersion", schema.version);
  }
  return readKeys(port, "fill");
}

/** Those that have a table. */
function shapedCollections(port: SqlitePort): readonly string[] {
  return readKeys(port, "shape");
}

/** A wipe that a kill interrupted is finished before anything is read (F39). */
function finishWipe(port: SqlitePort): void {
  if (readMeta(port, "wiping") === 1) wipe(port);
}

/** Everything of the user, and the replica's identity with it: a wiped file is a new replica. */
export function wipe(port: SqlitePort): void {
  for (const name of tableNames(port)) if (name !== "_meta") port.run(`DELETE FROM "${name}"`);
  port.run("DELETE FROM _meta WHERE key NOT IN ('format', 'schemaHash', 'schemaVersion') AND key NOT LIKE 'shape:%'");
  oweScrub(port);
}

/** A disk that is full or fails must keep nobody from leaving or opening: it stays owed. */
export function scrubQuietly(port: SqlitePort): void {
  try {
    scrub(port);
  } catch {
    // Tried again while the replica is open, and at every start.
  }
}
