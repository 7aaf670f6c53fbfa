/** A device: a disk, a clock, and on them one life of the app after another. */
import { inflateRawSync } from "node:zlib";
import { type DeadLetter, openReplicaWith } from "@holdfast/client";
import { HoldfastError, type SqlitePort } from "@holdfast/core/engine";
import type { AppReplica, SignIn } from "../app/app.ts";
import type { SimulatedSqlite } from "../disk/load-sqlite.ts";
import { losePower } from "../disk/lose-power.ts";
import { openSimulatedSqlite } from "../disk/open-sqlite.ts";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
import { SnapshotHeads } from "../checkers/causal-spaces.ts";
import { HeardHeads } from "../checkers/present-status.ts";
import { observeCycle } from "../points/observe-cycle.ts";
import { observeReplica } from "../points/observe-replica.ts";
import type { Death, LimitsConfig } from "../plan/plan.ts";
import type { DeviceLife } from "../people/device-life.ts";
import { watchReplica } from "../report/watch-replica.ts";
import type { Network } from "./network.ts";
import { type Machine, Process } from "./process.ts";
import { pauseBeforeStartMs, startAgainMs } from "./start-again.ts";
import { WallClock } from "./wall-clock.ts";
import type { World } from "./world.ts";

export interface DeviceParts {
  readonly world: World;
  readonly sqlite: SimulatedSqlite;
  readonly network: Network;
  readonly life: DeviceLife;
  readonly spaceName: (space: number) => string;
  readonly limits: LimitsConfig;
  readonly lyingSyncRate: number;
  /** A defect of the engine, or a promise broken. */
  readonly fail: (checker: string, detail: string) => void;
  /** Whether it is the app's own affair when its code fails so. */
  readonly mayThrow: (error: unknown) => boolean;
  readonly opened: (device: Device) => void;
  readonly refused: (device: Device, letter: DeadLetter) => void;
  readonly forked: (device: Device) => void;
  readonly reinstalled: (device: Device) => void;
}

/** A person who is told that the token is not theirs tries again so long after. */
const signInAgainMs = 30_000;

/** Nobody's, to an app's rules. */
const expiredToken = "";

export class Device implements Machine {
  readonly name: string;
  disk: SimulatedDisk;
  readonly clock = new WallClock();
  lives = 0;
  /** It never starts again. */
  isLost = false;
  /** A bit of its file is not what was written. */
  isDamaged = false;
  /** The history of r0 with which it has last been in step; looked at only when r0 was put back. */
  epochInStep: unknown = undefined;
  readonly heard = new HeardHeads();
  readonly snapshots = new SnapshotHeads();
  readonly #parts: DeviceParts;
  #process: Process | undefined;
  #port: SqlitePort | undefined;
  #replica: AppReplica | undefined;
  #death: Pick<Death, "power" | "downMs"> = { power: false, downMs: 0 };
  /** What happens before the next start: a backup is put back, the power fails too. */
  #tokens = 0;
  #opensInVain = 0;
  /** It has been given a token that had expired. */
  #hasExpired = false;
  readonly #beforeStart: (() => void)[] = [];
  readonly #afterStart: (() => void)[] = [];

  constructor(name: string, parts: DeviceParts, disk?: SimulatedDisk) {
    this.name = name;
    this.#parts = parts;
    this.disk = disk ?? new SimulatedDisk({ seed: parts.world.seed, name, lyingSyncRate: parts.lyingSyncRate });
  }

  /** Undefined while it is down, opening or suspended. */
  get replica(): AppReplica | undefined {
    return this.#process?.isAlive() === true && !this.#process.isSuspended() ? this.#replica : undefined;
  }

  get port(): SqlitePort | undefined {
    return this.replica === undefined ? undefined : this.#port;
  }

  get signIn(): SignIn {
    return this.#parts.life.signIn;
  }

  get life(): DeviceLife {
    return this.#parts.life;
  }

  get process(): Process | undefined {
    return this.#process;
  }

  start(): void {
    const { world } = this.#parts;
    if (this.isLost) return;
    for (const step of this.#beforeStart.splice(0)) step();
    const process: Process = new Process(world, this, { died: () => this.#bury(process) });
    this.#process = process;
    this.#replica = undefined;
    world.note(`${process.name} starts`, { type: "start", machine: this.name });
    for (const step of this.#afterStart.splice(0)) step();
    void this.#open(process);
  }

  /** Dies now, or at the n-th disk operation from now. */
  die(death: Death): void {
    if (this.#process?.isAlive() !== true) return;
    this.#death = death;
    this.#process.die(death, this.#parts.world.random("death", this.name, this.lives));
  }

  lose(): void {
    this.isLost = true;
    this.#process?.mount.kill();
  }

  /** The app's user has nothing else left: an empty file, and a start. */
  reinstall(): void {
    const { world, reinstalled, lyingSyncRate } = this.#parts;
    world.sometimes("a damaged file is told of, and its user starts over");
    this.beforeStart(() => {
      reinstalled(this);
      this.isDamaged = false;
      this.disk = new SimulatedDisk({ seed: world.seed, name: `${this.name}-${this.lives}`, lyingSyncRate });
    });
    this.die({ power: false, operations: 0, phase: "before", downMs: startAgainMs });
  }

  /** Runs after the next death, before the next start. */
  beforeStart(step: () => void): void {
    this.#beforeStart.push(step);
  }

  /** Runs in the next start, before anything is read. */
  afterStart(step: () => void): void {
    this.#afterStart.push(step);
  }

  losePower(): void {
    const counts = losePower(this.disk, this.#parts.world.random("power", this.name, this.lives));
    if (counts.forgotten + counts.torn + counts.garbled > 0) this.#parts.world.sometimes("unsynced bytes are lost with the power");
    if (counts.torn > 0) this.#parts.world.sometimes("a sector is torn");
  }

  /** As the app's backend gives it: now and then not at all, or one that is no good any more. */
  #token(): string | Promise<string> {
    const { world, network, life } = this.#parts;
    const { failPerToken = 0, hangPerToken = 0, expirePerToken = 0 } = network.config;
    const draw = world.random("token", this.name, ++this.#tokens).next();
    if (draw < failPerToken) return Promise.reject(new Error("The app's backend gives no token."));
    if (draw < failPerToken + hangPerToken) return new Promise(() => {});
    if (draw >= failPerToken + hangPerToken + expirePerToken) return life.token;
    this.#hasExpired = true;
    return expiredToken;
  }

  async #open(process: Process): Promise<void> {
    const { world, sqlite, network, life, limits, spaceName, fail, mayThrow, opened, refused, forked } = this.#parts;
    const isCurrent = (): boolean => process.isAlive() && this.#process === process;
    const { schema } = life;
    try {
      for (const file of life.sealed) if (!this.isDamaged && process.mount.exists(file)) await this.#tryDoor(process, file);
      if (!isCurrent()) return;
      const replica = await openReplicaWith(
        {
          schema,
          spaces: life.signIn.spaces.map(spaceName),
          auth: () => this.#token(),
          ...(life.user !== undefined && { user: life.user }),
          limits: { ...pick(limits, "confirmedKeptMax", "conflictsMax") },
          sync: { ...pick(limits, "pushTransactionsMax", "pageBytesMax") },
          onError: (error) => {
            if (isCurrent() && mayThrow(error)) world.sometimes("the app's own code is told of a mistake");
            else if (isCurrent() && !this.isDamaged) fail("no-defect", `${process.name} reports ${describe(error)}`);
          },
        },
        {
          openSqlite: () => (this.#port = openSimulatedSqlite(sqlite, process.mount, life.file)),
          transport: life.carry(network.transportOf(this.name, process)),
          runtime: process.runtime,
          inflate: (bytes, bytesMax) => inflateRawSync(bytes, { maxOutputLength: bytesMax }),
          defer: process.defer,
          persistent: true,
          observe: (step) => {
            this.heard.hear(step);
            this.snapshots.hear(step);
            for (const point of observeCycle(step)) world.sometimes(point);
          },
        },
      );
      if (!isCurrent()) return;
      if (limits.checkpointPages !== undefined) this.#port?.all(`PRAGMA wal_autocheckpoint=${limits.checkpointPages}`);
      replica.on("stopped", ({ cause }) => {
        if (isCurrent() && this.isDamaged) this.reinstall();
        else if (isCurrent()) fail("no-defect", `${process.name} stopped: ${describe(cause)}`);
      });
      replica.on("refused", (letter) => isCurrent() && refused(this, letter));
      replica.on("forked", () => {
        if (!isCurrent()) return;
        world.sometimes("a replica finds that it was cloned");
        forked(this);
      });
      observeReplica(replica, schema, (point) => isCurrent() && world.sometimes(point));
      replica.on("blocked", ({ reason }) => {
        if (!isCurrent()) return;
        if (life.isBlockExpected(reason) || (reason === "auth-required" && this.#hasExpired)) {
          world.sometimes(`a replica is blocked: ${reason}`);
          process.runtime.setTimer(signInAgainMs, () => replica.signIn());
        } else fail("liveness", `${process.name} is blocked: ${reason}`);
      });
      this.#replica = replica;
      this.#opensInVain = 0;
      watchReplica(world, this.name, replica);
      world.note(`${process.name} is open`, { type: "open", machine: this.name });
      opened(this);
    } catch (error) {
      if (!isCurrent()) return;
      world.note(`${process.name} does not open: ${describe(error)}`);
      if (this.isDamaged) return this.reinstall();
      if (!(error instanceof HoldfastError) || error.origin !== "disk" || error.code === "store-corrupt")
        fail("no-defect", `${process.name} does not open: ${describe(error)}`);
      world.sometimes("a file does not open at first");
      this.#death = { power: false, downMs: pauseBeforeStartMs(++this.#opensInVain) };
      process.mount.kill();
    }
  }

  /** A second process of the app, which lives beside the first: the file has one owner (DUR4). */
  async openTwice(): Promise<void> {
    const { world, sqlite, life, fail } = this.#parts;
    const { replica, disk } = this;
    if (replica === undefined || this.isDamaged) return;
    const second = new Process(world, { name: `${this.name}, again`, disk, clock: this.clock, lives: 0 }, { died: () => undefined });
    let port: SqlitePort | undefined;
    try {
      await openReplicaWith(
        { schema: life.schema, ...(life.user !== undefined && { user: life.user }) },
        {
          openSqlite: () => (port = openSimulatedSqlite(sqlite, second.mount, life.file)),
          transport: undefined,
          runtime: second.runtime,
          inflate: (bytes, bytesMax) => inflateRawSync(bytes, { maxOutputLength: bytesMax }),
          defer: second.defer,
          persistent: true,
        },
      );
      fail("one owner", `${this.name} has opened its file twice`);
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== "store-locked")
        fail("one owner", `a second process of ${this.name} is told ${describe(error)}`);
      world.sometimes("a second process is told that the file has an owner");
    }
    second.mount.kill();
    port?.close();
  }

  /** Another user's file, sealed when they left, is tried with this user's name and with none. */
  async #tryDoor(process: Process, file: string): Promise<void> {
    const { world, sqlite, life, fail } = this.#parts;
    for (const user of [life.user, undefined]) {
      let port: SqlitePort | undefined;
      try {
        const replica = await openReplicaWith(
          { schema: life.schema, ...(user !== undefined && { user }) },
          {
            openSqlite: () => (port = openSimulatedSqlite(sqlite, process.mount, file)),
            transport: undefined,
            runtime: process.runtime,
            inflate: (bytes, bytesMax) => inflateRawSync(bytes, { maxOutputLength: bytesMax }),
            defer: process.defer,
            persistent: true,
          },
        );
        fail("principal binding", `${process.name} has opened ${file} for ${user ?? "nobody in particular"}, and its user has signed out`);
        await replica.close();
      } catch (error) {
        port?.close();
        if (this.isDamaged) return this.reinstall();
        if (!(error instanceof HoldfastError) || error.code !== "wrong-principal") throw error;
        world.sometimes("a sealed file is refused to whom it does not belong");
      }
    }
  }

  /** After a death: handles are let go, the power takes what it takes, and the app starts again. */
  #bury(process: Process): void {
    if (this.#process !== process) return;
    const { world, network } = this.#parts;
    const { power, downMs } = this.#death;
    const diskOperation = process.mount.operations;
    world.note(`${process.name} died at disk operation ${diskOperation}${power ? ", without power" : ""}`, {
      ...{ type: "death", machine: this.name, power, diskOperation, downMs },
    });
    this.#replica = undefined;
    this.#port?.close();
    this.#port = undefined;
    network.processDied(process, power);
    if (power) this.losePower();
    if (!world.over && !this.isLost) world.schedule(downMs, () => this.start());
  }
}

export function describe(error: unknown): string {
  if (error instanceof HoldfastError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? String(error)).split("\n").slice(0, 5).join(" ") : String(error);
}

/** Without the absent ones: a limit that is set to `undefined` would hide its default. */
function pick<T extends object, K extends keyof T>(from: T, ...keys: readonly K[]): Partial<Pick<T, K>> {
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]])) as Partial<Pick<T, K>>;
}
