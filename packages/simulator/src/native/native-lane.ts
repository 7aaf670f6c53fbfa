/** The native SQLite that ships, through the adapter that ships, over the disk in C. */
import { openNodeSqlite } from "@holdfast/client/node";
import type { SqlitePort } from "@holdfast/core/engine";
import type { DiskFaults, Lane, LaneDisk, LaneProcess } from "../crash/lane.ts";
import { type DeathPhase, ProcessDied } from "../disk/mount.ts";
import { type DiskCall, loadDiskCalls } from "./disk-calls.ts";

/** Throws `ExtensionNotBuilt`. */
export function openNativeLane(): Lane {
  const call = loadDiskCalls();
  return {
    name: "native",
    reset: (key) => void call("reseed", key),
    createDisk: (key) => new NativeDisk(call, call("create", key)),
    openFiles: () => call("open_files"),
  };
}

class NativeDisk implements LaneDisk {
  readonly number: number;
  readonly #call: DiskCall;

  constructor(call: DiskCall, number: number) {
    this.#call = call;
    this.number = number;
  }

  copy(key: string, faults?: DiskFaults): NativeDisk {
    const copy = this.#call("copy", this.number, key);
    if (faults !== undefined) this.#call("faults", copy, faults.lyingSyncRate ?? 0, faults.forgetsNames === true ? 1 : 0);
    return new NativeDisk(this.#call, copy);
  }

  settle(): void {
    this.#call("settle", this.number);
  }

  losePower(key: string): void {
    this.#call("lose_power", this.number, key);
  }

  boot(): LaneProcess {
    this.#call("boot", this.number);
    return new NativeProcess(this.#call, this.number);
  }

  release(): void {
    this.#call("release", this.number);
  }
}

const extentsByPhase: Readonly<Record<DeathPhase, number>> = { before: 0, middle: 1, after: 2 };
const never = 2 ** 40;

class NativeProcess implements LaneProcess {
  readonly #call: DiskCall;
  readonly #disk: number;
  readonly #ports: SqlitePort[] = [];
  /** The C model's word, remembered: nobody asks the dead. */
  #alive = true;

  constructor(call: DiskCall, disk: number) {
    this.#call = call;
    this.#disk = disk;
  }

  get alive(): boolean {
    if (this.#alive) this.#alive = this.#call("alive", this.#disk) === 1;
    return this.#alive;
  }

  get operations(): number {
    return this.#call("operations", this.#disk);
  }

  planDeath(operations: number, phase: DeathPhase, key: string): void {
    this.#call("plan_death", this.#disk, operations, extentsByPhase[phase], key);
  }

  forgive(): void {
    this.#call("plan_death", this.#disk, never, 0, "");
  }

  kill(): void {
    this.#alive = false;
    this.#call("kill", this.#disk);
  }

  open(file: string): SqlitePort {
    this.#assertAlive();
    const isNew = this.#call("exists", this.#disk, file) === 0;
    const inner = this.#living(() => openNodeSqlite(`file:///${this.#disk}/${file}?vfs=holdfast-simulated`));
    const port: SqlitePort = {
      run: (sql, parameters) => this.#living(() => inner.run(sql, parameters)),
      all: (sql, parameters) => this.#living(() => inner.all(sql, parameters)),
      transaction: (body) => this.#living(() => inner.transaction(body)),
      close: () => inner.close(),
    };
    this.#ports.push(port);
    // The adapter syncs a new file's directory by itself, past SQLite: here it has none, and the disk in C does it.
    if (isNew) this.#living(() => this.#call("sync_directory", this.#disk));
    return port;
  }

  bury(): void {
    this.kill();
    for (const port of this.#ports.splice(0)) port.close();
  }

  /** SQLite goes on after an I/O error inside an automatic checkpoint: whatever it says, a dead process has no answer. */
  #living<T>(body: () => T): T {
    if (!this.#alive) throw new ProcessDied("The process is dead.");
    let result: T;
    try {
      result = body();
    } catch (error) {
      throw this.alive ? error : new ProcessDied("The process died in a call of SQLite.");
    }
    this.#assertAlive();
    return result;
  }

  #assertAlive(): void {
    if (!this.alive) throw new ProcessDied("The process died in a call of SQLite.");
  }
}
