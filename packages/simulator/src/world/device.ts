/** A device: a disk, a clock, and on them one life of the app after another. */
import { inflateRawSync } from "node:zlib";
import { openReplicaWith } from "@holdfast/client";
import { HoldfastError, type SqlitePort } from "@holdfast/core/engine";
import type { App, AppReplica, SignIn } from "../app/app.ts";
import type { SimulatedSqlite } from "../disk/load-sqlite.ts";
import { losePower } from "../disk/lose-power.ts";
import { openSimulatedSqlite } from "../disk/open-sqlite.ts";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
import { observeCycle } from "../points/observe-cycle.ts";
import { observeReplica } from "../points/observe-replica.ts";
import type { Death, LimitsConfig } from "../plan/plan.ts";
import type { Network } from "./network.ts";
import { type Machine, type Process, startProcess } from "./process.ts";
import type { World } from "./world.ts";

export interface DeviceParts {
  readonly world: World;
  readonly sqlite: SimulatedSqlite;
  readonly network: Network;
  readonly app: App;
  readonly signIn: SignIn;
  readonly limits: LimitsConfig;
  readonly lyingSyncRate: number;
  /** A defect of the engine, or a promise broken. */
  readonly fail: (checker: string, detail: string) => void;
  readonly opened: (device: Device) => void;
}

/** The app starts again so long after it could not open its file. */
const retryOpenMs = 1_000;

export class Device implements Machine {
  readonly name: string;
  disk: SimulatedDisk;
  skewMs = 0;
  lives = 0;
  readonly #parts: DeviceParts;
  #process: Process | undefined;
  #port: SqlitePort | undefined;
  #replica: AppReplica | undefined;
  #death: Pick<Death, "power" | "downMs"> = { power: false, downMs: 0 };
  /** What happens before the next start: a backup is put back, the power fails too. */
  readonly #beforeStart: (() => void)[] = [];

  constructor(name: string, parts: DeviceParts, disk?: SimulatedDisk) {
    this.name = name;
    this.#parts = parts;
    this.disk = disk ?? new SimulatedDisk({ seed: parts.world.seed, name, lyingSyncRate: parts.lyingSyncRate });
  }

  /** Undefined while it is down or opening. */
  get replica(): AppReplica | undefined {
    return this.#process?.isAlive() === true ? this.#replica : undefined;
  }

  get port(): SqlitePort | undefined {
    return this.replica === undefined ? undefined : this.#port;
  }

  get signIn(): SignIn {
    return this.#parts.signIn;
  }

  get process(): Process | undefined {
    return this.#process;
  }

  start(): void {
    const { world } = this.#parts;
    for (const step of this.#beforeStart.splice(0)) step();
    const process = startProcess(world, this, () => this.#bury(process));
    this.#process = process;
    this.#replica = undefined;
    world.note(`${process.name} starts`, { type: "start", machine: this.name });
    void this.#open(process);
  }

  /** Dies now, or at the n-th disk operation from now. */
  die(death: Death): void {
    if (this.#process?.isAlive() !== true) return;
    this.#death = death;
    const { operations, phase } = death;
    if (operations === 0) this.#process.mount.kill();
    else this.#process.mount.planDeath({ operations, phase, random: this.#parts.world.random("death", this.name, this.lives) });
  }

  /** Runs after the next death, before the next start. */
  beforeStart(step: () => void): void {
    this.#beforeStart.push(step);
  }

  losePower(): void {
    const counts = losePower(this.disk, this.#parts.world.random("power", this.name, this.lives));
    if (counts.forgotten + counts.torn + counts.garbled > 0) this.#parts.world.sometimes("unsynced bytes are lost with the power");
    if (counts.torn > 0) this.#parts.world.sometimes("a sector is torn");
  }

  async #open(process: Process): Promise<void> {
    const { world, app, sqlite, network, signIn, limits, fail, opened } = this.#parts;
    const isCurrent = (): boolean => process.isAlive() && this.#process === process;
    try {
      const replica = await openReplicaWith(
        {
          schema: app.schema,
          spaces: signIn.spaces.map(app.spaceName),
          auth: () => signIn.token,
          limits: { ...pick(limits, "confirmedKeptMax", "conflictsMax") },
          sync: { ...pick(limits, "pushTransactionsMax", "pageBytesMax") },
          onError: (error) => {
            if (isCurrent()) fail("no-defect", `${process.name} reports ${describe(error)}`);
          },
        },
        {
          openSqlite: () => (this.#port = openSimulatedSqlite(sqlite, process.mount, "replica.db")),
          transport: network.transportOf(this.name, process),
          runtime: process.runtime,
          inflate: (bytes, bytesMax) => inflateRawSync(bytes, { maxOutputLength: bytesMax }),
          defer: process.defer,
          persistent: true,
          observe: (step) => {
            for (const point of observeCycle(step)) world.sometimes(point);
          },
        },
      );
      if (!isCurrent()) return;
      replica.on("stopped", ({ cause }) => isCurrent() && fail("no-defect", `${process.name} stopped: ${describe(cause)}`));
      replica.on("forked", () => isCurrent() && world.sometimes("a replica finds that it was cloned"));
      observeReplica(replica, app.schema, (point) => isCurrent() && world.sometimes(point));
      replica.on("blocked", ({ reason }) => isCurrent() && fail("liveness", `${process.name} is blocked: ${reason}`));
      this.#replica = replica;
      world.note(`${process.name} is open`, { type: "open", machine: this.name });
      opened(this);
    } catch (error) {
      if (!isCurrent()) return;
      world.note(`${process.name} does not open: ${describe(error)}`);
      if (!(error instanceof HoldfastError) || error.origin !== "disk" || error.code === "store-corrupt")
        fail("no-defect", `${process.name} does not open: ${describe(error)}`);
      world.sometimes("a file does not open at first");
      this.#death = { power: false, downMs: retryOpenMs };
      process.mount.kill();
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
    if (!world.over) world.schedule(downMs, () => this.start());
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
