/**
 * SQLite's files over sync access handles of the origin's private file system. The handles are opened beforehand, because opening them is
 * asynchronous and SQLite is not: one for each file that a database in WAL mode with exclusive locking ever has. A file of no bytes is
 * one that does not exist, for SQLite treats the two alike.
 *
 * Not the pool that comes with the build: it keeps names in a header of each file that it rewrites, takes a torn header for an unused
 * file and empties it, and calls a full disk an I/O error.
 */
import type { Sqlite3Static } from "@sqlite.org/sqlite-wasm";
import { assert } from "@holdfast/core/engine";
import type { SyncAccessHandle } from "../platform.ts";

/** In the store's directory. Temporary files are in memory in this build. */
export const storeFiles = ["replica.db", "replica.db-wal", "replica.db-journal"] as const;
export type StoreFile = (typeof storeFiles)[number];
export type StoreHandles = Readonly<Record<StoreFile, SyncAccessHandle>>;

const vfsName = "holdfast-opfs";
const sectorBytes = 4_096;
const pathBytesMax = 512;

/** Once for each instance of SQLite: it serves whatever handles were given last. */
export interface OpfsVfs {
  readonly name: string;
  use(handles: StoreHandles | undefined): void;
}

export function installOpfsVfs(sqlite: Sqlite3Static): OpfsVfs {
  const { capi, wasm } = sqlite;
  let handles: StoreHandles | undefined;
  const open = new Map<number, { readonly handle: SyncAccessHandle; readonly name: StoreFile }>();
  const handleOf = (pointer: number): SyncAccessHandle => {
    const file = open.get(pointer);
    assert(file !== undefined, "SQLite uses files that it has opened");
    return file.handle;
  };
  const nameOf = (pointer: number): StoreFile | undefined => {
    const path = wasm.cstrToJs(pointer) ?? "";
    return storeFiles.find((name) => path === `/${name}`);
  };
  const bytesAt = (pointer: number, length: number): Uint8Array => wasm.heap8u().subarray(Number(pointer), Number(pointer) + length);
  /** Whatever the browser throws is an answer to SQLite: its own stack must not be unwound. */
  const guarded = (failure: number, body: () => number): number => {
    try {
      return body();
    } catch (error) {
      return (error as { name?: unknown }).name === "QuotaExceededError" ? capi.SQLITE_FULL : failure;
    }
  };

  const io = {
    xClose(pointer: number) {
      open.delete(pointer);
      return capi.SQLITE_OK;
    },
    xRead: (pointer: number, into: number, length: number, offset: bigint) =>
      guarded(capi.SQLITE_IOERR_READ, () => {
        const bytes = bytesAt(into, length);
        const read = handleOf(pointer).read(bytes, { at: Number(offset) });
        if (read >= length) return capi.SQLITE_OK;
        bytes.fill(0, read);
        return capi.SQLITE_IOERR_SHORT_READ;
      }),
    xWrite: (pointer: number, from: number, length: number, offset: bigint) =>
      guarded(capi.SQLITE_IOERR_WRITE, () =>
        // Less than all, without an exception, is how a quota ends.
        handleOf(pointer).write(bytesAt(from, length), { at: Number(offset) }) === length ? capi.SQLITE_OK : capi.SQLITE_FULL,
      ),
    xTruncate: (pointer: number, size: bigint) =>
      guarded(capi.SQLITE_IOERR_TRUNCATE, () => {
        handleOf(pointer).truncate(Number(size));
        return capi.SQLITE_OK;
      }),
    xSync: (pointer: number) =>
      guarded(capi.SQLITE_IOERR_FSYNC, () => {
        handleOf(pointer).flush();
        return capi.SQLITE_OK;
      }),
    xFileSize: (pointer: number, out: number) =>
      guarded(capi.SQLITE_IOERR_FSTAT, () => {
        wasm.poke64(out, BigInt(handleOf(pointer).getSize()));
        return capi.SQLITE_OK;
      }),
    // One connection at a time: a second is refused when it opens the file.
    xLock: () => capi.SQLITE_OK,
    xUnlock: () => capi.SQLITE_OK,
    xCheckReservedLock: (_pointer: number, out: number) => {
      wasm.poke32(out, 0);
      return capi.SQLITE_OK;
    },
    xFileControl: () => capi.SQLITE_NOTFOUND,
    xSectorSize: () => sectorBytes,
    xDeviceCharacteristics: () => capi.SQLITE_IOCAP_POWERSAFE_OVERWRITE,
  };

  const vfs = {
    xOpen: (_vfs: number, path: number, pointer: number, flags: number, flagsOut: number) =>
      guarded(capi.SQLITE_CANTOPEN, () => {
        const name = path === 0 ? undefined : nameOf(path);
        if (name === undefined || handles === undefined) return capi.SQLITE_CANTOPEN;
        for (const file of open.values()) if (file.name === name) return capi.SQLITE_BUSY;
        open.set(pointer, { handle: handles[name], name });
        const struct = new capi.sqlite3_file(pointer);
        Object.assign(struct, { $pMethods: ioStruct.pointer });
        struct.dispose();
        if (flagsOut !== 0) wasm.poke32(flagsOut, flags);
        return capi.SQLITE_OK;
      }),
    xDelete: (_vfs: number, path: number) =>
      guarded(capi.SQLITE_IOERR_DELETE, () => {
        const name = nameOf(path);
        const handle = name === undefined ? undefined : handles?.[name];
        if (handle === undefined || handle.getSize() === 0) return capi.SQLITE_IOERR_DELETE_NOENT;
        handle.truncate(0);
        handle.flush();
        return capi.SQLITE_OK;
      }),
    xAccess: (_vfs: number, path: number, _flags: number, out: number) =>
      guarded(capi.SQLITE_IOERR_ACCESS, () => {
        const name = nameOf(path);
        wasm.poke32(out, name !== undefined && (handles?.[name].getSize() ?? 0) > 0 ? 1 : 0);
        return capi.SQLITE_OK;
      }),
    xFullPathname: (_vfs: number, path: number, length: number, out: number) =>
      wasm.cstrncpy(out, path, length) <= length ? capi.SQLITE_OK : capi.SQLITE_CANTOPEN,
    xRandomness(_vfs: number, length: number, out: number) {
      const bytes = bytesAt(out, length);
      for (let at = 0; at < length; at++) bytes[at] = Math.floor(Math.random() * 256);
      return length;
    },
    xSleep: () => 0,
    xCurrentTime(_vfs: number, out: number) {
      wasm.poke64f(out, unixEpochJulianDay + Date.now() / dayMs);
      return capi.SQLITE_OK;
    },
    xGetLastError: () => 0,
  };

  const ioStruct = new capi.sqlite3_io_methods();
  const vfsStruct = new capi.sqlite3_vfs();
  // The build's fields have a dollar that its types leave out.
  Object.assign(ioStruct, { $iVersion: 1 });
  const { structInfo } = capi.sqlite3_file as unknown as { readonly structInfo: { readonly sizeof: number } };
  Object.assign(vfsStruct, { $iVersion: 1, $szOsFile: structInfo.sizeof, $mxPathname: pathBytesMax });
  sqlite.vfs.installVfs({
    io: { struct: ioStruct, methods: io as never },
    vfs: { struct: vfsStruct, methods: vfs as never, name: vfsName, asDefault: false },
  });
  return {
    name: vfsName,
    use(next) {
      handles = next;
    },
  };
}

const unixEpochJulianDay = 2_440_587.5;
const dayMs = 86_400_000;
