/**
 * A disk with a page cache: files as written beside files as synced, and the same for the directory. A kill keeps the cache; a loss of
 * power keeps what was synced, and of the rest whatever `lose-power.ts` draws. The model is that of SQLite's crash tests (test6.c),
 * with tears inside a sector, sizes that race their data, names that were not synced, and an fsync that lies.
 */
import { random, type Random, type Seed } from "../random.ts";
import type { ByteImage } from "./byte-image.ts";
import { applyUnsynced, copyFile, createFile, type DiskFile } from "./disk-file.ts";

export interface DiskOptions {
  readonly seed: Seed;
  /** Part of the keys of this disk's draws. */
  readonly name: string;
  /** How often a sync says that it has happened and has not. */
  readonly lyingSyncRate?: number;
  /** The directory is never synced, whoever asks. */
  readonly forgetsNames?: boolean;
}

export type NameChange = { readonly type: "link" | "unlink"; readonly path: string; readonly file: DiskFile };

export class SimulatedDisk {
  readonly options: DiskOptions;
  names = new Map<string, DiskFile>();
  durableNames = new Map<string, DiskFile>();
  unsyncedNames: NameChange[] = [];
  /** While set, a file cannot grow. */
  full = false;
  #order = 0;
  readonly #lies: Random;

  constructor(options: DiskOptions) {
    this.options = options;
    this.#lies = random(options.seed, "disk-lies", options.name);
  }

  open(path: string, create: boolean): DiskFile | undefined {
    const found = this.names.get(path);
    if (found !== undefined || !create) return found;
    const file = createFile();
    this.names.set(path, file);
    this.unsyncedNames.push({ type: "link", path, file });
    return file;
  }

  /** False: there was none. */
  unlink(path: string): boolean {
    const file = this.names.get(path);
    if (file === undefined) return false;
    this.names.delete(path);
    this.unsyncedNames.push({ type: "unlink", path, file });
    return true;
  }

  /** False: the disk is full. */
  write(file: DiskFile, bytes: Uint8Array, offset: number): boolean {
    if (this.full && offset + bytes.length > file.cached.size) return false;
    const own = bytes.slice();
    file.cached.write(own, offset);
    file.unsynced.push({ type: "write", offset, bytes: own, order: ++this.#order });
    return true;
  }

  resize(file: DiskFile, size: number): void {
    file.cached.resize(size);
    file.unsynced.push({ type: "resize", size, order: ++this.#order });
  }

  sync(file: DiskFile): void {
    const { lyingSyncRate = 0 } = this.options;
    if (lyingSyncRate > 0 && this.#lies.chance(lyingSyncRate)) return;
    this.flush(file, file.unsynced.length);
    if (!file.syncsDirectory) return;
    this.syncDirectory();
    file.syncsDirectory = false;
  }

  /** One bit of all that its files hold, `place` being a share of it in [0, 1). The file's name, or undefined if nothing is there. */
  flipBit(place: number, bit: number): string | undefined {
    const sizes = [...this.names].map(([path, file]) => ({ path, file, size: file.cached.size }));
    let offset = Math.floor(place * sizes.reduce((sum, { size }) => sum + size, 0));
    for (const { path, file, size } of sizes) {
      if (offset < size) {
        for (const image of [file.cached, file.durable]) flip(image, offset, bit);
        return path;
      }
      offset -= size;
    }
    return undefined;
  }

  /** The first `count` changes reach the platter; the rest stay dirty. */
  flush(file: DiskFile, count: number): void {
    for (const change of file.unsynced.splice(0, count)) applyUnsynced(file.durable, change);
  }

  syncDirectory(): void {
    if (this.options.forgetsNames === true) return;
    for (const change of this.unsyncedNames) this.#settleName(change);
    this.unsyncedNames = [];
  }

  /** The first `count` changes of the directory survive, the rest never were. */
  settleNames(count: number): void {
    for (const change of this.unsyncedNames.slice(0, count)) this.#settleName(change);
    this.unsyncedNames = [];
    this.names = new Map(this.durableNames);
  }

  /** Every file that the disk still knows by any name. */
  files(): readonly DiskFile[] {
    return [...new Set([...this.names.values(), ...this.durableNames.values(), ...this.unsyncedNames.map(({ file }) => file)])];
  }

  /** The same disk, apart: a snapshot, or a second device's. `name` keys its own draws. */
  copy(name: string): SimulatedDisk {
    const disk = new SimulatedDisk({ ...this.options, name });
    const copies = new Map(this.files().map((file) => [file, copyFile(file)]));
    const copied = (file: DiskFile): DiskFile => copies.get(file) as DiskFile;
    disk.names = new Map([...this.names].map(([path, file]) => [path, copied(file)]));
    disk.durableNames = new Map([...this.durableNames].map(([path, file]) => [path, copied(file)]));
    disk.unsyncedNames = this.unsyncedNames.map((change) => ({ ...change, file: copied(change.file) }));
    disk.#order = this.#order;
    return disk;
  }

  #settleName({ type, path, file }: NameChange): void {
    if (type === "link") this.durableNames.set(path, file);
    else this.durableNames.delete(path);
  }
}

function flip(image: ByteImage, offset: number, bit: number): void {
  if (offset >= image.size) return;
  const byte = new Uint8Array(1);
  image.read(byte, offset);
  image.write(new Uint8Array([(byte[0] as number) ^ (1 << (bit % 8))]), offset);
}
