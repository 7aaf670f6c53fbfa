/**
 * The official WebAssembly build of SQLite over simulated disks: a synchronous VFS in JavaScript. File names are `/<mount>/<file>`, so that one
 * instance serves any number of machines. There is no shared memory: WAL works with `locking_mode=EXCLUSIVE` alone, as the engine sets it.
 */
import init, { type Database, type Sqlite3Static } from "@sqlite.org/sqlite-wasm";
import { type Random, random } from "../random.ts";
import { sectorBytes } from "./lose-power.ts";
import { type DiskResult, type Mount, ProcessDied } from "./mount.ts";
import { OpenFiles } from "./open-files.ts";

export interface SimulatedSqlite {
  readonly static: Sqlite3Static;
  /** Forgets what an earlier run has drawn: the same run gives the same temporary names and the same trace. */
  reset(seed: string): void;
  /** Opens or creates `file` on the mount's disk. The connection's calls throw SQLite's error when the process has died. */
  open(mount: Mount, file: string): Database;
  /** Open files of all machines: a run leaves none. */
  openFiles(): number;
}

/** SQLite says so in codes; these are the ones that the pager tells apart. */
interface Failures {
  readonly failed: number;
  readonly full: number;
}

const vfsName = "simulated";

export async function loadSqlite(): Promise<SimulatedSqlite> {
  // It logs to the console that it can reach no browser storage.
  (globalThis as { sqlite3ApiConfig?: unknown }).sqlite3ApiConfig = { warn: ignore, error: ignore, log: ignore, debug: ignore };
  const sqlite = await init();
  const { capi, wasm } = sqlite;
  const files = new OpenFiles();
  const mounts = new Map<string, Mount>();
  const names = new WeakMap<Mount, string>();
  let draws: Random = random("none", "sqlite");
  let mounted = 0;
  let temporary = 0;

  const bytesAt = (pointer: number, length: number): Uint8Array => wasm.heap8u().subarray(Number(pointer), Number(pointer) + length);
  const resultOf = (result: DiskResult, failures: Failures): number => (result === "done" ? capi.SQLITE_OK : failures[result]);
  /** A dead process's disk says "I/O error" to SQLite; whoever called SQLite looks at the mount. */
  const surviving = (code: number, body: () => number): number => {
    try {
      return body();
    } catch (error) {
      if (error instanceof ProcessDied) return code;
      throw error;
    }
  };
  const failing = (code: number): Failures => ({ failed: code, full: capi.SQLITE_FULL });
  const locate = (name: string): { readonly mount: Mount | undefined; readonly path: string } => {
    const end = name.indexOf("/", 1);
    return { mount: mounts.get(name.slice(1, end)), path: name.slice(end + 1) };
  };

  const io = {
    xClose(pointer: number) {
      const open = files.remove(pointer);
      if (open?.deleteOnClose === true && open.mount.alive) open.mount.unlink(open.path, false);
      return capi.SQLITE_OK;
    },
    xRead: (pointer: number, into: number, length: number, offset: bigint) =>
      surviving(capi.SQLITE_IOERR_READ, () => {
        const { mount, file } = files.at(pointer);
        return mount.read(file, bytesAt(into, length), Number(offset)) < length ? capi.SQLITE_IOERR_SHORT_READ : capi.SQLITE_OK;
      }),
    xWrite: (pointer: number, from: number, length: number, offset: bigint) =>
      surviving(capi.SQLITE_IOERR_WRITE, () => {
        const { mount, file } = files.at(pointer);
        return resultOf(mount.write(file, bytesAt(from, length), Number(offset)), failing(capi.SQLITE_IOERR_WRITE));
      }),
    xTruncate: (pointer: number, size: bigint) =>
      surviving(capi.SQLITE_IOERR_TRUNCATE, () => {
        const { mount, file } = files.at(pointer);
        return resultOf(mount.resize(file, Number(size)), failing(capi.SQLITE_IOERR_TRUNCATE));
      }),
    xSync: (pointer: number) =>
      surviving(capi.SQLITE_IOERR_FSYNC, () => {
        const { mount, file } = files.at(pointer);
        return resultOf(mount.sync(file), failing(capi.SQLITE_IOERR_FSYNC));
      }),
    xFileSize: (pointer: number, out: number) => {
      wasm.poke64(out, BigInt(files.at(pointer).file.cached.size));
      return capi.SQLITE_OK;
    },
    xLock: (pointer: number, wanted: number) => (files.lock(files.at(pointer), wanted) ? capi.SQLITE_OK : capi.SQLITE_BUSY),
    xUnlock(pointer: number, wanted: number) {
      const open = files.at(pointer);
      open.lock = Math.min(open.lock, wanted);
      return capi.SQLITE_OK;
    },
    xCheckReservedLock(pointer: number, out: number) {
      wasm.poke32(out, files.isReserved(files.at(pointer)) ? 1 : 0);
      return capi.SQLITE_OK;
    },
    xFileControl: () => capi.SQLITE_NOTFOUND,
    xSectorSize: () => sectorBytes,
    xDeviceCharacteristics: () => capi.SQLITE_IOCAP_POWERSAFE_OVERWRITE,
  };

  const vfs = {
    xOpen: (_vfs: number, namePointer: number, pointer: number, flags: number, flagsOut: number) =>
      surviving(capi.SQLITE_CANTOPEN, () => {
        const name =
          namePointer === 0 ? `/${[...mounts.keys()].at(-1) ?? ""}/temporary-${++temporary}` : (wasm.cstrToJs(namePointer) ?? "");
        const { mount, path } = locate(name);
        if (mount === undefined) return capi.SQLITE_CANTOPEN;
        const isNew = !mount.exists(path);
        const file = mount.open(path, (flags & capi.SQLITE_OPEN_CREATE) !== 0);
        if (file === undefined) return capi.SQLITE_CANTOPEN;
        const journals = capi.SQLITE_OPEN_MAIN_JOURNAL | capi.SQLITE_OPEN_WAL | capi.SQLITE_OPEN_SUPER_JOURNAL;
        if (isNew && (flags & journals) !== 0) file.syncsDirectory = true;
        files.add(pointer, { mount, file, path, deleteOnClose: (flags & capi.SQLITE_OPEN_DELETEONCLOSE) !== 0, lock: 0 });
        const struct = new capi.sqlite3_file(pointer);
        Object.assign(struct, { $pMethods: ioStruct.pointer });
        struct.dispose();
        if (flagsOut !== 0) wasm.poke32(flagsOut, flags);
        return capi.SQLITE_OK;
      }),
    xDelete: (_vfs: number, name: number, syncDirectory: number) =>
      surviving(capi.SQLITE_IOERR_DELETE, () => {
        const { mount, path } = locate(wasm.cstrToJs(name) ?? "");
        const result = mount?.unlink(path, syncDirectory !== 0) ?? "absent";
        return result === "absent" ? capi.SQLITE_IOERR_DELETE_NOENT : resultOf(result, failing(capi.SQLITE_IOERR_DELETE));
      }),
    xAccess: (_vfs: number, name: number, _flags: number, out: number) =>
      surviving(capi.SQLITE_IOERR_ACCESS, () => {
        const { mount, path } = locate(wasm.cstrToJs(name) ?? "");
        wasm.poke32(out, mount?.exists(path) === true ? 1 : 0);
        return capi.SQLITE_OK;
      }),
    xFullPathname: (_vfs: number, name: number, length: number, out: number) =>
      wasm.cstrncpy(out, name, length) <= length ? capi.SQLITE_OK : capi.SQLITE_CANTOPEN,
    xRandomness(_vfs: number, length: number, out: number) {
      wasm.heap8u().set(draws.bytes(length), Number(out));
      return length;
    },
    xSleep: (_vfs: number, microseconds: number) => microseconds,
    xCurrentTime(_vfs: number, out: number) {
      wasm.poke64f(out, julianDay);
      return capi.SQLITE_OK;
    },
    xGetLastError: () => 0,
  };

  const ioStruct = new capi.sqlite3_io_methods();
  const vfsStruct = new capi.sqlite3_vfs();
  // The build's fields have a dollar that its types leave out.
  Object.assign(ioStruct, { $iVersion: 1 });
  const { structInfo } = capi.sqlite3_file as unknown as { readonly structInfo: { readonly sizeof: number } };
  Object.assign(vfsStruct, { $iVersion: 1, $szOsFile: structInfo.sizeof, $mxPathname: 512 });
  sqlite.vfs.installVfs({
    io: { struct: ioStruct, methods: io as never },
    vfs: { struct: vfsStruct, methods: vfs as never, name: vfsName, asDefault: true },
  });

  return {
    static: sqlite,
    reset(seed) {
      draws = random(seed, "sqlite");
      mounts.clear();
      mounted = 0;
      temporary = 0;
      capi.sqlite3_randomness(0, 0 as never);
    },
    open(mount, file) {
      let name = names.get(mount);
      if (name === undefined) names.set(mount, (name = `mount-${++mounted}`));
      mounts.set(name, mount);
      return new sqlite.oo1.DB({ filename: `/${name}/${file}`, flags: "c", vfs: vfsName });
    },
    openFiles: () => files.size,
  };
}

/** SQL that asks for the time gets the same answer in every run. */
const julianDay = 2_440_587.5 + 1_700_000_000_000 / 86_400_000;

function ignore(): void {}
