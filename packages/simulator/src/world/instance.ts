/** One instance of r0: a process over the store that all of them share, started again by itself whenever it has died. */
import type { AnySchema } from "@holdfast/core";
import type { ServerStore } from "@holdfast/core/engine";
import { createServer, type Server, type ServerLimits } from "@holdfast/server";
import type { App } from "../app/app.ts";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
import type { Death, LimitsConfig } from "../plan/plan.ts";
import { describe } from "./device.ts";
import type { FarEnd, FarLink } from "./link.ts";
import { type Machine, Process } from "./process.ts";
import type { SimulatedBus } from "./simulated-bus.ts";
import { startAgainMs } from "./start-again.ts";
import { WallClock } from "./wall-clock.ts";
import type { World } from "./world.ts";

export interface InstanceParts {
  readonly world: World;
  readonly app: App;
  readonly bus: SimulatedBus;
  readonly spaces: readonly string[];
  readonly limits: LimitsConfig;
  /** False while the machine that holds it, and the store, is down. */
  readonly mayStart: () => boolean;
  /** As one life sees it; `dying` rejects when the process dies. */
  readonly openStore: (process: Process, dying: Promise<never>) => ServerStore;
  /** Every connection to it is gone. */
  readonly died: (instance: Instance) => void;
}

export class Instance implements Machine {
  readonly name: string;
  /** It keeps nothing there. */
  readonly disk: SimulatedDisk;
  readonly clock = new WallClock();
  lives = 0;
  readonly #parts: InstanceParts;
  #process: Process | undefined;
  #server: Server<AnySchema> | undefined;
  #downMs = startAgainMs;
  /** It has been told to end, and answers what it has taken. */
  isClosing = false;
  /** What every space begins with has been written, or was there. */
  #hasGranted = false;

  constructor(name: string, parts: InstanceParts) {
    this.name = name;
    this.#parts = parts;
    this.disk = new SimulatedDisk({ seed: parts.world.seed, name });
  }

  get server(): Server<AnySchema> | undefined {
    return this.#process?.isAlive() === true && !this.#process.isSuspended() ? this.#server : undefined;
  }

  get process(): Process | undefined {
    return this.#process;
  }

  /** One that is about to end takes the questions with it; one that waits for a lock that a life before it holds has hardly begun. */
  get isServing(): boolean {
    return this.server !== undefined && !this.isClosing && this.#hasGranted;
  }

  /** Does nothing while it runs, or while it cannot. */
  start(): void {
    const { world, app, limits, bus, openStore, mayStart } = this.#parts;
    if (!mayStart() || this.#process?.isAlive() === true) return;
    let dies = (): void => undefined;
    const dying = new Promise<never>((_, reject) => {
      dies = () => reject(new Error("The instance has died."));
    });
    dying.catch(() => undefined); // only a turn that is under way asks
    const process: Process = new Process(world, this, { dying: dies, died: () => this.#bury(process) });
    const store = openStore(process, dying);
    this.#process = process;
    this.isClosing = false;
    this.#hasGranted = false;
    this.#downMs = startAgainMs;
    world.note(`${process.name} starts`, { type: "start", machine: this.name });
    this.#server = createServer({
      ...app.server,
      schema: app.schema,
      store,
      bus: bus.endOf(process),
      runtime: process.runtime,
      defer: process.defer,
      limits: serverLimitsOf(limits),
      log: ({ event, detail, error }) => {
        if (process.isAlive()) world.note(`${process.name} logs ${event}: ${detail} ${error === undefined ? "" : describe(error)}`);
      },
    });
    void this.#grant(process, this.#server);
  }

  die(death: Death): void {
    if (this.#process?.isAlive() !== true) return;
    this.#downMs = death.downMs;
    this.#process.die(death, this.#parts.world.random("death", this.name, this.lives));
  }

  /** With the machine under it: who starts that starts this. */
  kill(): void {
    this.#process?.mount.kill();
  }

  async close(downMs: number): Promise<void> {
    const process = this.#process;
    const { server } = this;
    if (process === undefined || server === undefined) return;
    this.isClosing = true;
    await server.close();
    if (!process.isAlive()) return;
    this.#parts.world.sometimes("an instance says goodbye before it ends");
    this.#downMs = downMs;
    process.mount.kill();
  }

  async accept(link: FarLink): Promise<FarEnd | undefined> {
    const process = this.#process;
    if (process?.isAlive() !== true || this.#server === undefined) return undefined;
    try {
      const session = await this.#server.connect({
        send: (bytes) => process.effect(() => link.send(bytes)),
        bufferedBytes: () => link.bufferedBytes(),
        close: () => process.effect(() => link.close()),
      });
      return {
        instance: this.name,
        receive: (bytes) => process.effect(() => session.receive(bytes)),
        settled: () => new Promise((resolve) => process.effect(() => void session.settled().then(resolve))),
        close: () => process.effect(() => session.close()),
      };
    } catch (error) {
      this.#startAgain(process, error);
      return undefined;
    }
  }

  async #grant(process: Process, server: Server<AnySchema>): Promise<void> {
    const { app, spaces } = this.#parts;
    try {
      for (const space of spaces) await app.grant?.(server, space);
      if (this.#process === process) this.#hasGranted = true;
    } catch (error) {
      this.#startAgain(process, error);
    }
  }

  /** An instance that could not start is killed and started again, as a supervisor would. */
  #startAgain(process: Process, error: unknown): void {
    if (!process.isAlive()) return;
    this.#parts.world.note(`${process.name} does not start: ${describe(error)}`);
    process.mount.kill();
  }

  #bury(process: Process): void {
    if (this.#process !== process) return;
    const { world, bus, died } = this.#parts;
    world.note(`${process.name} died`, { ...{ type: "death", machine: this.name, power: false, diskOperation: 0, downMs: this.#downMs } });
    this.#server = undefined;
    bus.left(process);
    died(this);
    if (!world.over) world.schedule(this.#downMs, () => this.start());
  }
}

function serverLimitsOf(limits: LimitsConfig): Partial<ServerLimits> {
  const names = ["pageTransactionsMax", "outcomeRetentionMs", "outgoingBytesSoft", "outgoingBytesMax", "vectorEntriesMax"] as const;
  return Object.fromEntries(names.flatMap((name) => (limits[name] === undefined ? [] : [[name, limits[name]]])));
}
