/** SQLite in WebAssembly over the disk in JavaScript. */
import type { SqlitePort } from "@holdfast/core/engine";
import type { SimulatedSqlite } from "../disk/load-sqlite.ts";
import { losePower } from "../disk/lose-power.ts";
import { type DeathPhase, Mount } from "../disk/mount.ts";
import { openSimulatedSqlite } from "../disk/open-sqlite.ts";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
import { random } from "../random.ts";
import type { DiskFaults, Lane, LaneDisk, LaneProcess } from "./lane.ts";

export function wasmLane(sqlite: SimulatedSqlite): Lane {
  return {
    name: "wasm",
    reset: (key) => sqlite.reset(key),
    createDisk: (key) => new WasmDisk(sqlite, new SimulatedDisk({ seed: key, name: "disk" })),
    openFiles: () => sqlite.openFiles(),
  };
}

class WasmDisk implements LaneDisk {
  readonly #sqlite: SimulatedSqlite;
  readonly #disk: SimulatedDisk;

  constructor(sqlite: SimulatedSqlite, disk: SimulatedDisk) {
    this.#sqlite = sqlite;
    this.#disk = disk;
  }

  copy(key: string, faults?: DiskFaults): WasmDisk {
    const copy = this.#disk.copy(key);
    if (faults === undefined) return new WasmDisk(this.#sqlite, copy);
    const faulty = new SimulatedDisk({ ...faults, seed: key, name: "disk" });
    [faulty.names, faulty.durableNames, faulty.unsyncedNames] = [copy.names, copy.durableNames, copy.unsyncedNames];
    return new WasmDisk(this.#sqlite, faulty);
  }

  settle(): void {
    for (const file of this.#disk.files()) this.#disk.flush(file, file.unsynced.length);
    this.#disk.syncDirectory();
  }

  losePower(key: string): void {
    losePower(this.#disk, random(key, "power"));
  }

  boot(): LaneProcess {
    return new WasmProcess(this.#sqlite, new Mount(this.#disk));
  }

  release(): void {
    // The garbage collector has it.
  }
}

class WasmProcess implements LaneProcess {
  readonly #sqlite: SimulatedSqlite;
  readonly #mount: Mount;
  readonly #ports: SqlitePort[] = [];

  constructor(sqlite: SimulatedSqlite, mount: Mount) {
    this.#sqlite = sqlite;
    this.#mount = mount;
  }

  get alive(): boolean {
    return this.#mount.alive;
  }

  get operations(): number {
    return this.#mount.operations;
  }

  planDeath(operations: number, phase: DeathPhase, key: string): void {
    this.#mount.planDeath({ operations, phase, random: random(key, "cut") });
  }

  forgive(): void {
    this.#mount.forgive();
  }

  kill(): void {
    this.#mount.kill();
  }

  open(file: string): SqlitePort {
    const port = openSimulatedSqlite(this.#sqlite, this.#mount, file);
    this.#ports.push(port);
    return port;
  }

  bury(): void {
    this.#mount.kill();
    for (const port of this.#ports.splice(0)) port.close();
  }
}
