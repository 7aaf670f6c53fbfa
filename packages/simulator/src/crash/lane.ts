/**
 * A lane: an SQLite, and disks under it that die. There are two, which share nothing: the WebAssembly build over the disk in JavaScript,
 * and the native SQLite that ships with Node over the disk in C. Whatever crashes runs on either.
 */
import type { SqlitePort } from "@holdfast/core/engine";
import type { DeathPhase } from "../disk/mount.ts";

export type LaneName = "wasm" | "native";

export interface Lane {
  readonly name: LaneName;
  /** Forgets what earlier runs have drawn: the same key gives the same run. */
  reset(key: string): void;
  /** Empty, and honest. */
  createDisk(key: string): LaneDisk;
  /** Over all disks: a run leaves none. */
  openFiles(): number;
}

export interface DiskFaults {
  /** How often a sync says that it has happened and has not. */
  readonly lyingSyncRate?: number;
  /** The directory is never synced, whoever asks. */
  readonly forgetsNames?: boolean;
}

export interface LaneDisk {
  /** The same bytes, apart. Without `faults` it has those of this one. */
  copy(key: string, faults?: DiskFaults): LaneDisk;
  /** Everything on it is durable. */
  settle(): void;
  /** Nobody may run on it. `key` draws what is kept, forgotten, torn and garbled. */
  losePower(key: string): void;
  /** A new process on it. One lives at a time. */
  boot(): LaneProcess;
  /** Gives its memory back; nobody runs on it any more. */
  release(): void;
}

export interface LaneProcess {
  readonly alive: boolean;
  /** Operations that changed the disk, or tried. */
  readonly operations: number;
  /** Dies at the n-th operation from now. */
  planDeath(operations: number, phase: DeathPhase, key: string): void;
  /** What was planned and has not struck does not. */
  forgive(): void;
  kill(): void;
  /** Throws what the lane's adapter throws, and `ProcessDied` once it has died. */
  open(file: string): SqlitePort;
  /** Lets go of the handles of a process that has died or is done. */
  bury(): void;
}
