/**
 * Where a browser's replica is kept: in the origin's private file system, or, where there is none or it does not answer, in memory. It
 * is called by the holder of the store's lock alone.
 */
import type { Sqlite3Static } from "@sqlite.org/sqlite-wasm";
import { HoldfastError } from "@holdfast/core";
import type { Runtime, SqlitePort } from "@holdfast/core/engine";
import type { EphemeralReason } from "../../status.ts";
import { type DirectoryLike, storageOf, type SyncAccessHandle } from "../platform.ts";
import { installOpfsVfs, type OpfsVfs, type StoreFile, storeFiles, type StoreHandles } from "./opfs-vfs.ts";
import { gatherWrites } from "./gather-writes.ts";
import { shortenLog } from "./shorten-log.ts";
import { guarded, wrapDatabase } from "./wasm-sqlite.ts";

export interface Storage {
  /** Undefined: on disk. */
  readonly ephemeral: EphemeralReason | undefined;
  open(): SqlitePort;
  /** Lets the files go. */
  release(): void;
}

/** One for each name that `openReplica` was given. */
export function directoryOf(store: string): readonly string[] {
  return ["holdfast", encodeURIComponent(store)];
}

const vfsOf = new WeakMap<Sqlite3Static, OpfsVfs>();

/** Throws `store-locked` where somebody else has the files: a worker that has just ended keeps them for a moment. */
export async function openStorage(sqlite: Sqlite3Static, store: string, runtime: Runtime, waitMsMax: number): Promise<Storage> {
  const opened = await within(runtime, waitMsMax, openHandles(store, runtime, waitMsMax));
  if (opened === undefined) return inMemory(sqlite, "hanging");
  if (typeof opened === "string") return inMemory(sqlite, opened);
  return storageOver(sqlite, opened, runtime);
}

/** Over handles that are open. One at a time for each instance of SQLite. */
export function storageOver(sqlite: Sqlite3Static, opened: StoreHandles, runtime: Runtime): Storage {
  const handles = Object.fromEntries(storeFiles.map((name) => [name, gatherWrites(opened[name])])) as unknown as StoreHandles;
  const vfs = vfsOf.get(sqlite) ?? installOpfsVfs(sqlite);
  vfsOf.set(sqlite, vfs);
  vfs.use(handles);
  let released = false;
  return {
    ephemeral: undefined,
    open() {
      const database = guarded(() => new sqlite.oo1.DB({ filename: `/${storeFiles[0]}`, flags: "c", vfs: vfs.name }));
      return shortenLog(wrapDatabase(sqlite, database), () => handles[storeFiles[1]].getSize(), runtime);
    },
    release() {
      if (released) return;
      released = true;
      for (const name of storeFiles) closeQuietly(handles[name]);
    },
  };
}

function inMemory(sqlite: Sqlite3Static, reason: EphemeralReason): Storage {
  return {
    ephemeral: reason,
    open: () =>
      wrapDatabase(
        sqlite,
        guarded(() => new sqlite.oo1.DB(":memory:", "c")),
      ),
    release: () => undefined,
  };
}

/** Undefined: too late. What comes later is closed again. */
async function within(
  runtime: Runtime,
  msMax: number,
  opening: Promise<StoreHandles | EphemeralReason>,
): Promise<StoreHandles | EphemeralReason | undefined> {
  let late = false;
  let cancel = (): void => undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    cancel = runtime.setTimer(msMax, () => {
      late = true;
      resolve(undefined);
    });
  });
  void opening.then(
    (found) => {
      if (late && typeof found !== "string") for (const name of storeFiles) closeQuietly(found[name]);
    },
    () => undefined,
  );
  try {
    return await Promise.race([opening, tooLate]);
  } finally {
    cancel();
  }
}

async function openHandles(store: string, runtime: Runtime, waitMsMax: number): Promise<StoreHandles | EphemeralReason> {
  const storage = storageOf();
  if (storage?.getDirectory === undefined) return "missing";
  let directory: DirectoryLike;
  try {
    directory = await storage.getDirectory();
    for (const name of directoryOf(store)) directory = await directory.getDirectoryHandle(name, { create: true });
  } catch {
    return "refused";
  }
  const startMs = runtime.nowMs();
  for (;;) {
    const found = await acquire(directory);
    if (found !== "held") return found;
    if (runtime.nowMs() - startMs > waitMsMax * heldShare)
      throw new HoldfastError("store-locked", "The store's files are held by somebody who has not got its lock.", {
        origin: "disk",
        retry: true,
        advice: "Close other tabs of the app, and try again.",
      });
    await new Promise<void>((resolve) => void runtime.setTimer(heldRetryMs, resolve));
  }
}

/** A browser that is asked for the files of a worker that has just ended may still hold them. */
const heldRetryMs = 10;
const heldShare = 0.8;

async function acquire(directory: DirectoryLike): Promise<StoreHandles | EphemeralReason | "held"> {
  const handles: Partial<Record<StoreFile, SyncAccessHandle>> = {};
  try {
    for (const name of storeFiles) {
      const file = await directory.getFileHandle(name, { create: true });
      if (file.createSyncAccessHandle === undefined) return "missing";
      handles[name] = await file.createSyncAccessHandle();
    }
    return handles as StoreHandles;
  } catch (error) {
    for (const handle of Object.values(handles)) closeQuietly(handle);
    return (error as { name?: unknown }).name === "NoModificationAllowedError" ? "held" : "refused";
  }
}

function closeQuietly(handle: SyncAccessHandle): void {
  try {
    handle.close();
  } catch {
    // The storage has gone away: there is nothing left to close.
  }
}
