/** Files that SQLite holds open, and their locks: the five levels of its pager, per file, over all who have it open. */
import type { DiskFile } from "./disk-file.ts";
import type { Mount } from "./mount.ts";

const level = { none: 0, shared: 1, reserved: 2, pending: 3, exclusive: 4 } as const;

export interface OpenFile {
  readonly mount: Mount;
  readonly file: DiskFile;
  readonly path: string;
  readonly deleteOnClose: boolean;
  lock: number;
}

export class OpenFiles {
  readonly #byPointer = new Map<number, OpenFile>();
  readonly #holders = new Map<DiskFile, Set<OpenFile>>();

  get size(): number {
    return this.#byPointer.size;
  }

  add(pointer: number, open: OpenFile): void {
    this.#byPointer.set(pointer, open);
    const holders = this.#holders.get(open.file) ?? new Set();
    this.#holders.set(open.file, holders.add(open));
  }

  at(pointer: number): OpenFile {
    const open = this.#byPointer.get(pointer);
    if (open === undefined) throw new Error("SQLite speaks of a file that is not open.");
    return open;
  }

  remove(pointer: number): OpenFile | undefined {
    const open = this.#byPointer.get(pointer);
    if (open === undefined) return undefined;
    this.#byPointer.delete(pointer);
    const holders = this.#holders.get(open.file);
    holders?.delete(open);
    if (holders?.size === 0) this.#holders.delete(open.file);
    return open;
  }

  /** False: busy. */
  lock(open: OpenFile, wanted: number): boolean {
    if (wanted <= open.lock) return true;
    const highest = this.#highestOfOthers(open);
    if (wanted === level.shared && highest >= level.pending) return false;
    if (wanted >= level.reserved && highest >= level.reserved) return false;
    const waitsForReaders = wanted === level.exclusive && highest >= level.shared;
    open.lock = waitsForReaders ? level.pending : wanted;
    return !waitsForReaders;
  }

  isReserved(open: OpenFile): boolean {
    return Math.max(open.lock, this.#highestOfOthers(open)) >= level.reserved;
  }

  #highestOfOthers(open: OpenFile): number {
    let highest: number = level.none;
    for (const holder of this.#holders.get(open.file) ?? []) if (holder !== open) highest = Math.max(highest, holder.lock);
    return highest;
  }
}
