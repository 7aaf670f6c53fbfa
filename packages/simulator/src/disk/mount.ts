/**
 * A disk as one process sees it, for as long as the process lives. Each operation that changes the disk is counted and is a place to die:
 * before, in the middle, or after. When the process has died every call throws, so that nothing it still runs can reach the disk.
 */
import type { Random } from "../random.ts";
import type { DiskFile } from "./disk-file.ts";
import type { SimulatedDisk } from "./simulated-disk.ts";

export class ProcessDied extends Error {
  override readonly name = "ProcessDied";
}

export type DeathPhase = "before" | "middle" | "after";

export interface PlannedDeath {
  /** Counted from now: 1 is the next operation. */
  readonly operations: number;
  readonly phase: DeathPhase;
  /** For where a write or a sync is cut. */
  readonly random: Random;
}

/** `done`; `failed`: an I/O error; `full`: no space. */
export type DiskResult = "done" | "failed" | "full";

export class Mount {
  readonly disk: SimulatedDisk;
  /** Operations that changed the disk, or tried. */
  operations = 0;
  /** Of them, those that the disk did not take. */
  refusals = 0;
  #alive = true;
  #death: (Omit<PlannedDeath, "operations"> & { readonly at: number }) | undefined;
  #errors = 0;
  readonly #died: () => void;

  /** `died` is called once, from inside the operation. */
  constructor(disk: SimulatedDisk, died: () => void = () => undefined) {
    this.disk = disk;
    this.#died = died;
  }

  get alive(): boolean {
    return this.#alive;
  }

  planDeath({ operations, phase, random }: PlannedDeath): void {
    this.#death = { at: this.operations + operations, phase, random };
  }

  /** The next `count` operations fail, and change nothing. */
  planErrors(count: number): void {
    this.#errors = count;
  }

  /** What was planned and has not struck does not. */
  forgive(): void {
    this.#death = undefined;
    this.#errors = 0;
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#died();
  }

  assertAlive(): void {
    if (!this.#alive) throw new ProcessDied("The process is dead.");
  }

  exists(path: string): boolean {
    this.assertAlive();
    return this.disk.names.has(path);
  }

  open(path: string, create: boolean): DiskFile | undefined {
    this.assertAlive();
    if (!create || this.disk.names.has(path)) return this.disk.open(path, false);
    let file: DiskFile | undefined;
    const result = this.#perform(() => {
      file = this.disk.open(path, true);
      return "done";
    });
    return result === "done" ? file : undefined;
  }

  /** `absent`: there was no such file. */
  unlink(path: string, syncDirectory: boolean): DiskResult | "absent" {
    let found = true;
    const result = this.#perform(() => {
      found = this.disk.unlink(path);
      if (syncDirectory) this.disk.syncDirectory();
      return "done";
    });
    return found ? result : "absent";
  }

  syncDirectory(): DiskResult {
    return this.#perform(() => {
      this.disk.syncDirectory();
      return "done";
    });
  }

  read(file: DiskFile, into: Uint8Array, offset: number): number {
    this.assertAlive();
    return file.cached.read(into, offset);
  }

  write(file: DiskFile, bytes: Uint8Array, offset: number): DiskResult {
    return this.#perform(
      () => (this.disk.write(file, bytes, offset) ? "done" : "full"),
      (random) => void this.disk.write(file, bytes.subarray(0, random.between(1, Math.max(1, bytes.length - 1))), offset),
    );
  }

  resize(file: DiskFile, size: number): DiskResult {
    return this.#perform(() => {
      this.disk.resize(file, size);
      return "done";
    });
  }

  /** Cut in the middle, what was not flushed stays dirty: it is not durable, and a kill keeps it. */
  sync(file: DiskFile): DiskResult {
    return this.#perform(
      () => {
        this.disk.sync(file);
        return "done";
      },
      (random) => this.disk.flush(file, random.between(0, file.unsynced.length)),
    );
  }

  #perform(whole: () => DiskResult, part?: (random: Random) => void): DiskResult {
    const result = this.#attempt(whole, part);
    if (result !== "done") this.refusals++;
    return result;
  }

  #attempt(whole: () => DiskResult, part?: (random: Random) => void): DiskResult {
    this.assertAlive();
    this.operations++;
    const death = this.#death;
    if (death !== undefined && this.operations >= death.at) {
      if (death.phase === "after") whole();
      else if (death.phase === "middle") part?.(death.random);
      this.kill();
      throw new ProcessDied(`Died at disk operation ${this.operations}.`);
    }
    if (this.#errors === 0) return whole();
    this.#errors--;
    return "failed";
  }
}
