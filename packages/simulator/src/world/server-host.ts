/**
 * r0's machine: a disk and the store on it, and the instances of r0 that share it. Started again whenever it has died. Where the store is a
 * shared database, the instances are elsewhere, and live on without it.
 */
import type { AnySchema } from "@holdfast/core";
import { HoldfastError, type ServerStore, type SqlitePort } from "@holdfast/core/engine";
import { mintEpoch, type Server } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import type { App } from "../app/app.ts";
import { openDatabaseStore } from "../database/database-store.ts";
import { SharedDatabase } from "../database/shared-database.ts";
import type { SimulatedSqlite } from "../disk/load-sqlite.ts";
import { losePower } from "../disk/lose-power.ts";
import { openSimulatedSqlite } from "../disk/open-sqlite.ts";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
import type { Death, LimitsConfig, ServerConfig } from "../plan/plan.ts";
import { describe } from "./device.ts";
import { Instance } from "./instance.ts";
import type { FarEnd, FarLink } from "./link.ts";
import { type Machine, Process } from "./process.ts";
import { shareStore } from "./shared-store.ts";
import { SimulatedBus } from "./simulated-bus.ts";
import { pauseBeforeStartMs, startAgainMs } from "./start-again.ts";
import { WallClock } from "./wall-clock.ts";
import type { World } from "./world.ts";

export interface ServerParts {
  readonly world: World;
  readonly app: App;
  readonly sqlite: SimulatedSqlite;
  readonly spaces: readonly string[];
  readonly limits: LimitsConfig;
  readonly config?: ServerConfig | undefined;
  /** The instance of this name is gone, and with it every connection to it. */
  readonly died: (instance: string) => void;
  /** It was put back to an earlier state, and serves nobody yet. */
  readonly newEpoch: () => void;
}

const alone: ServerConfig = { instances: 1, storeDelayMsMean: 0, bus: { delayMsMean: 0, losePerNotice: 0, doublePerNotice: 0 } };

export class ServerHost implements Machine {
  readonly name = "r0";
  disk: SimulatedDisk;
  readonly clock = new WallClock();
  lives = 0;
  readonly instances: readonly Instance[];
  readonly bus: SimulatedBus;
  readonly database: SharedDatabase | undefined;
  readonly #parts: ServerParts;
  #process: Process | undefined;
  #port: SqlitePort | undefined;
  #store: ServerStore | undefined;
  #death: Pick<Death, "power" | "downMs"> = { power: false, downMs: startAgainMs };
  /** How often it was put back. */
  restores = 0;
  /** The operator has begun to: until it is done, nobody begins again. */
  restoring = false;
  /** The disk is a backup's, and its history has no epoch of its own yet. */
  #epochDue = false;
  #accepted = 0;
  #startsInVain = 0;
  readonly #beforeStart: (() => void)[] = [];
  readonly #afterStart: (() => void)[] = [];

  constructor(parts: ServerParts) {
    this.#parts = parts;
    const { world, config = alone } = parts;
    this.disk = new SimulatedDisk({ seed: world.seed, name: this.name });
    this.bus = new SimulatedBus(world, config.bus);
    this.database = config.database && new SharedDatabase(config.database);
    this.instances = Array.from(
      { length: Math.max(1, config.instances) },
      (_, index) =>
        new Instance(`${this.name}.${index}`, {
          ...parts,
          bus: this.bus,
          mayStart: () => this.database !== undefined || (this.#process?.isAlive() === true && this.#store !== undefined),
          openStore: (process, dying) => this.#openStore(process, config.storeDelayMsMean, dying),
          died: ({ name }) => parts.died(name),
        }),
    );
  }

  /** Of any instance that is there. */
  get server(): Server<AnySchema> | undefined {
    return this.instances.find(({ server }) => server !== undefined)?.server;
  }

  get port(): SqlitePort | undefined {
    return this.#process?.isAlive() === true && this.#store !== undefined ? this.#port : undefined;
  }

  /** Also before anybody is served, and while every instance is down. */
  get storePort(): SqlitePort | undefined {
    return this.#process?.isAlive() === true ? this.#port : undefined;
  }

  get process(): Process | undefined {
    return this.#process;
  }

  start(): void {
    const { world, sqlite, limits } = this.#parts;
    for (const step of this.#beforeStart.splice(0)) step();
    // Instances know one history of r0, for as long as they live: the operator ends them before there is another.
    if (this.#epochDue && this.instances.some((instance) => instance.process?.isAlive())) {
      for (const instance of this.instances) instance.kill();
      world.schedule(0, () => this.start());
      return;
    }
    const process: Process = new Process(world, this, {
      dying: () => (this.database === undefined ? this.instances.forEach((instance) => instance.kill()) : this.database.end()),
      died: () => this.#bury(process),
    });
    this.#process = process;
    this.#store = undefined;
    world.note(`${process.name} starts`, { type: "start", machine: this.name });
    for (const step of this.#afterStart.splice(0)) step();
    try {
      const port = (this.#port = openSimulatedSqlite(sqlite, process.mount, "r0.db"));
      const store = sqliteStore(port, { defer: process.defer, randomBytes: (length) => process.runtime.randomBytes(length) });
      if (limits.checkpointPages !== undefined) port.all(`PRAGMA wal_autocheckpoint=${limits.checkpointPages}`);
      void this.#serve(process, store);
    } catch (error) {
      this.#startAgain(process, error);
    }
  }

  die(death: Death): void {
    if (this.#process?.isAlive() !== true) return;
    this.#death = death;
    this.#process.die(death, this.#parts.world.random("death", this.name, this.lives));
  }

  /** Runs after the next death, before the next start. */
  beforeStart(step: () => void): void {
    this.#beforeStart.push(step);
  }

  /** Runs in the next start, before anything is read. */
  afterStart(step: () => void): void {
    this.#afterStart.push(step);
  }

  /** The disk is replaced by an earlier one of it: the operator starts a new epoch before anybody is served. */
  putBack(backup: SimulatedDisk): void {
    this.disk = backup;
    this.restores++;
    this.restoring = false;
    this.#epochDue = true;
  }

  /** The balancer asks for the health of most of those it chooses. */
  accept(link: FarLink): Promise<FarEnd | undefined> {
    const draws = this.#parts.world.random("balancer", ++this.#accepted);
    const healthy = this.instances.filter(({ server }) => server !== undefined);
    const chosen = draws.pick(healthy.length > 0 && draws.chance(0.85) ? healthy : this.instances);
    return chosen.accept(link);
  }

  async #serve(process: Process, store: ServerStore): Promise<void> {
    try {
      if (this.#epochDue) {
        if (this.#parts.config?.forgetsEpoch !== true) await store.startNewEpoch(mintEpoch(process.runtime));
        this.#parts.world.sometimes("r0 starts a new epoch");
        this.#epochDue = false;
        this.#parts.newEpoch();
      }
    } catch (error) {
      this.#startAgain(process, error);
      return;
    }
    if (!process.isAlive()) return;
    this.#store = store;
    this.#startsInVain = 0;
    this.#beginDatabase(process, store);
    for (const instance of this.instances) instance.start();
  }

  #openStore(process: Process, delayMsMean: number, dying: Promise<never>): ServerStore {
    const { world } = this.#parts;
    const { database } = this;
    if (database !== undefined) return openDatabaseStore({ world, database, process, delayMsMean });
    const isExclusive = this.instances.length <= 1;
    return shareStore({ world, store: this.#store as ServerStore, process, delayMsMean, isExclusive, dying });
  }

  #beginDatabase(process: Process, store: ServerStore): void {
    if (this.#port === undefined || this.database === undefined) return;
    const again = this.lives > 1 && this.instances.some((instance) => instance.process?.isAlive());
    if (again) this.#parts.world.sometimes("the database comes back, and r0's instances have lived on");
    this.database.begin({ world: this.#parts.world, port: this.#port, store, isAlive: () => process.isAlive() });
  }

  /** A machine that could not start is killed and started again, as a supervisor would. */
  #startAgain(process: Process, error: unknown): void {
    if (!process.isAlive()) return;
    const { world } = this.#parts;
    world.note(`${process.name} does not start: ${describe(error)}`);
    if (error instanceof HoldfastError && error.code === "store-corrupt") world.sometimes("r0 says that its file is damaged");
    this.#death = { power: false, downMs: pauseBeforeStartMs(++this.#startsInVain) };
    process.mount.kill();
  }

  #bury(process: Process): void {
    if (this.#process !== process) return;
    const { world } = this.#parts;
    const { power, downMs } = this.#death;
    const diskOperation = process.mount.operations;
    this.#death = { power: false, downMs: startAgainMs };
    world.note(`${process.name} died at disk operation ${diskOperation}${power ? ", without power" : ""}`, {
      ...{ type: "death", machine: this.name, power, diskOperation, downMs },
    });
    this.#store = undefined;
    this.#port?.close();
    this.#port = undefined;
    if (power) losePower(this.disk, world.random("power", this.name, this.lives));
    if (!world.over) world.schedule(downMs, () => this.start());
  }
}
