/** r0's machine: one instance after another over one disk, started again whenever it has died. */
import type { SqlitePort } from "@holdfast/core/engine";
import type { AnySchema } from "@holdfast/core";
import { createServer, type Server } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import type { App } from "../app/app.ts";
import type { SimulatedSqlite } from "../disk/load-sqlite.ts";
import { losePower } from "../disk/lose-power.ts";
import { openSimulatedSqlite } from "../disk/open-sqlite.ts";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
import type { Death, LimitsConfig } from "../plan/plan.ts";
import { describe } from "./device.ts";
import type { FarEnd, FarLink } from "./network.ts";
import { type Machine, type Process, startProcess } from "./process.ts";
import type { World } from "./world.ts";

export interface ServerParts {
  readonly world: World;
  readonly app: App;
  readonly sqlite: SimulatedSqlite;
  readonly spaces: readonly string[];
  readonly limits: LimitsConfig;
  readonly fail: (checker: string, detail: string) => void;
  /** The instance is gone, and with it every connection. */
  readonly died: () => void;
}

const restartMs = 1_000;

export class ServerHost implements Machine {
  readonly name = "r0";
  disk: SimulatedDisk;
  skewMs = 0;
  lives = 0;
  readonly #parts: ServerParts;
  #process: Process | undefined;
  #port: SqlitePort | undefined;
  #server: Server<AnySchema> | undefined;
  #death: Pick<Death, "power" | "downMs"> = { power: false, downMs: restartMs };

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.disk = new SimulatedDisk({ seed: parts.world.seed, name: this.name });
  }

  get server(): Server<AnySchema> | undefined {
    return this.#process?.isAlive() === true ? this.#server : undefined;
  }

  get port(): SqlitePort | undefined {
    return this.server === undefined ? undefined : this.#port;
  }

  get process(): Process | undefined {
    return this.#process;
  }

  start(): void {
    const { world, app, sqlite, limits } = this.#parts;
    const process = startProcess(world, this, () => this.#bury(process));
    this.#process = process;
    this.#server = undefined;
    world.note(`${process.name} starts`, { type: "start", machine: this.name });
    try {
      const port = (this.#port = openSimulatedSqlite(sqlite, process.mount, "r0.db"));
      const store = sqliteStore(port, { defer: process.defer, randomBytes: (length) => process.runtime.randomBytes(length) });
      this.#server = createServer({
        ...app.server,
        schema: app.schema,
        store,
        runtime: process.runtime,
        defer: process.defer,
        limits: {
          ...(limits.pageTransactionsMax !== undefined && { pageTransactionsMax: limits.pageTransactionsMax }),
          ...(limits.outcomeRetentionMs !== undefined && { outcomeRetentionMs: limits.outcomeRetentionMs }),
        },
        log: ({ event, detail, error }) => {
          if (process.isAlive()) world.note(`${process.name} logs ${event}: ${detail} ${error === undefined ? "" : describe(error)}`);
        },
      });
      void this.#grant(process, this.#server);
    } catch (error) {
      this.#startAgain(process, error);
    }
  }

  die(death: Death): void {
    if (this.#process?.isAlive() !== true) return;
    this.#death = death;
    const { operations, phase } = death;
    if (operations === 0) this.#process.mount.kill();
    else this.#process.mount.planDeath({ operations, phase, random: this.#parts.world.random("death", this.name, this.lives) });
  }

  async accept(link: FarLink): Promise<FarEnd | undefined> {
    const process = this.#process;
    const server = this.server;
    if (process === undefined || server === undefined) return undefined;
    const living = (run: () => void): void => {
      if (process.isAlive()) run();
    };
    try {
      const session = await server.connect({
        send: (bytes) => living(() => link.send(bytes)),
        bufferedBytes: () => link.bufferedBytes(),
        close: () => living(() => link.close()),
      });
      return { receive: (bytes) => living(() => session.receive(bytes)), close: () => living(() => session.close()) };
    } catch (error) {
      this.#startAgain(process, error);
      return undefined;
    }
  }

  async #grant(process: Process, server: Server<AnySchema>): Promise<void> {
    const { app, spaces } = this.#parts;
    try {
      for (const space of spaces) await app.grant?.(server, space);
    } catch (error) {
      this.#startAgain(process, error);
    }
  }

  /** An instance that could not start is killed and started again, as a supervisor would. */
  #startAgain(process: Process, error: unknown): void {
    if (!process.isAlive()) return;
    this.#parts.world.note(`${process.name} does not start: ${describe(error)}`);
    this.#death = { power: false, downMs: restartMs };
    process.mount.kill();
  }

  #bury(process: Process): void {
    if (this.#process !== process) return;
    const { world, died } = this.#parts;
    const { power, downMs } = this.#death;
    this.#death = { power: false, downMs: restartMs };
    const diskOperation = process.mount.operations;
    world.note(`${process.name} died at disk operation ${diskOperation}${power ? ", without power" : ""}`, {
      ...{ type: "death", machine: this.name, power, diskOperation, downMs },
    });
    this.#server = undefined;
    this.#port?.close();
    this.#port = undefined;
    died();
    if (power) losePower(this.disk, world.random("power", this.name, this.lives));
    if (!world.over) world.schedule(downMs, () => this.start());
  }
}
