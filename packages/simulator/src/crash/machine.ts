/** A machine of the crash loop: a disk, and on it one process after another. */
import type { Runtime, SqlitePort } from "@holdfast/core/engine";
import type { DeathPhase } from "../disk/mount.ts";
import type { World } from "../world/world.ts";
import type { LaneDisk, LaneProcess } from "./lane.ts";
import { hashContent } from "./content.ts";
import { logCommits } from "./commit-log.ts";

export interface PlannedCrash {
  /** 1 is the first operation after `begin`. */
  readonly operation: number;
  readonly phase: DeathPhase;
  readonly key: string;
}

/** Changes what a process's SQLite is told, to see that what it takes away is missed. */
export type Tamper = (port: SqlitePort) => SqlitePort;

export interface MachineOptions {
  readonly world: World;
  readonly name: string;
  /** Made when somebody first looks at it: many a machine is never started. */
  readonly disk: () => LaneDisk;
  readonly tamper: Tamper;
}

export interface Life {
  readonly process: LaneProcess;
  readonly runtime: Runtime;
  readonly defer: (run: () => void) => void;
  isAlive(): boolean;
}

/** Milliseconds since 1970 at which every run begins. */
const startWallMs = 1_790_000_000_000;

export class Machine {
  readonly name: string;
  process: LaneProcess | undefined;
  /** Commits since it was made, over all its lives. */
  begun = 0;
  returned = 0;
  /** While it is there, it is told the content after every commit. */
  contents: string[] | undefined;
  /** Is shown the next file that is opened, before anybody else. */
  inspect: ((port: SqlitePort) => void) | undefined;
  /** Applied by `begin`, or by the next boot. */
  planned: PlannedCrash | undefined;
  readonly #world: World;
  readonly #tamper: Tamper;
  readonly #makeDisk: () => LaneDisk;
  #disk: LaneDisk | undefined;
  #lives = 0;
  #beginsAtBoot = false;
  #before = 0;

  constructor({ world, name, disk, tamper }: MachineOptions) {
    this.#world = world;
    this.name = name;
    this.#makeDisk = disk;
    this.#tamper = tamper;
  }

  get disk(): LaneDisk {
    return (this.#disk ??= this.#makeDisk());
  }

  /** The one that it has is given back. */
  set disk(disk: LaneDisk) {
    this.releaseDisk();
    this.#disk = disk;
  }

  /** Of the process, since `begin`. */
  get operations(): number {
    return (this.process?.operations ?? 0) - this.#before;
  }

  get alive(): boolean {
    return this.process?.alive === true;
  }

  boot(): Life {
    const process = (this.process = this.disk.boot());
    const life = `${this.name}#${++this.#lives}`;
    const world = this.#world;
    const bornMs = world.nowMs;
    let draws = 0;
    if (this.#beginsAtBoot) this.begin();
    const isAlive = (): boolean => this.process === process && process.alive;
    const later = (delayMs: number, run: () => void): (() => void) =>
      world.schedule(delayMs, () => {
        if (isAlive()) run();
      });
    const runtime: Runtime = {
      nowMs: () => world.nowMs - bornMs,
      wallMs: () => startWallMs + world.nowMs,
      random: () => world.random("runtime", life, ++draws).next(),
      randomBytes: (length) => world.random("runtime-bytes", life, ++draws).bytes(length),
      setTimer: later,
    };
    return { process, runtime, defer: (run) => void later(0, run), isAlive };
  }

  /** The operations that are died at are counted from here: from now, or from the first of the next process. */
  begin(): void {
    const { process, planned } = this;
    this.#beginsAtBoot = process === undefined;
    if (process === undefined) return;
    this.#before = process.operations;
    if (planned !== undefined) process.planDeath(planned.operation, planned.phase, planned.key);
  }

  open(file: string): SqlitePort {
    const { process, contents } = this;
    if (process === undefined) throw new Error(`${this.name} is down.`);
    const port = process.open(file);
    this.inspect?.(port);
    this.inspect = undefined;
    return this.#tamper(
      logCommits(port, {
        begun: () => void this.begun++,
        returned: () => {
          this.returned++;
          contents?.push(hashContent(port));
        },
      }),
    );
  }

  /** Dead or done, its handles are let go. */
  bury(): void {
    this.process?.bury();
    this.process = undefined;
  }

  /** Nobody runs on it, and nobody will. */
  releaseDisk(): void {
    this.#disk?.release();
    this.#disk = undefined;
  }
}
