/** The fleet of one plan: devices, links and r0, and what people and the world do to them. */
import type { Answer, App, AppReplica, Performed, SignIn } from "./app/app.ts";
import type { SimulatedSqlite } from "./disk/load-sqlite.ts";
import type { Ending, Reading } from "./checkers/checker.ts";
import type { Plan, PlannedOperation } from "./plan/plan.ts";
import { calmNetwork } from "./plan/draw-plan.ts";
import { Oracle } from "./workload/oracle.ts";
import { describe, Device } from "./world/device.ts";
import { Network } from "./world/network.ts";
import { ServerHost } from "./world/server-host.ts";
import type { World } from "./world/world.ts";

export interface Failure {
  readonly checker: string;
  readonly detail: string;
  readonly atMs: number;
}

const failuresMax = 20;

export interface FleetParts {
  readonly plan: Plan;
  readonly app: App;
  readonly world: World;
  readonly sqlite: SimulatedSqlite;
}

export class Fleet {
  readonly app: App;
  readonly oracle = new Oracle();
  readonly failures: Failure[] = [];
  readonly devices: Device[] = [];
  readonly server: ServerHost;
  readonly network: Network;
  readonly #plan: Plan;
  readonly #world: World;
  readonly #sqlite: SimulatedSqlite;

  constructor({ plan, app, world, sqlite }: FleetParts) {
    this.#plan = plan;
    this.app = app;
    this.#world = world;
    this.#sqlite = sqlite;
    const { config } = plan;
    this.server = new ServerHost({
      world,
      app,
      sqlite,
      spaces: this.#spaces(),
      limits: config.limits,
      fail: (checker, detail) => this.fail(checker, detail),
      died: () => this.network.serverDied(),
    });
    this.network = new Network(world, config.network, (link) => this.server.accept(link));
    for (let index = 0; index < config.devices; index++) this.addDevice(`device-${index}`, this.#signInOf(index));
  }

  start(): void {
    this.server.start();
    for (const device of this.devices) device.start();
  }

  addDevice(name: string, signIn: SignIn, disk?: Device["disk"]): Device {
    const device = new Device(
      name,
      {
        world: this.#world,
        app: this.app,
        sqlite: this.#sqlite,
        network: this.network,
        signIn,
        limits: this.#plan.config.limits,
        lyingSyncRate: this.#plan.config.lyingSyncRate ?? 0,
        fail: (checker, detail) => this.fail(checker, detail),
        opened: (opened) => this.#readAll(opened),
      },
      disk,
    );
    this.devices.push(device);
    return device;
  }

  fail(checker: string, detail: string): void {
    this.#world.note(`FAILS ${checker}: ${detail}`, { type: "failure", checker, detail });
    if (this.failures.length < failuresMax) this.failures.push({ checker, detail, atMs: this.#world.nowMs });
  }

  perform(operation: PlannedOperation): void {
    const device = this.devices[operation.device];
    const replica = device?.replica;
    if (device === undefined || replica === undefined) {
      this.#world.sometimes("an operation finds its device down");
      this.#world.trace.tell(this.#world.nowMs, { type: "missed", operation });
      return;
    }
    this.#world.note(`${device.name} does ${operation.id}: ${operation.effect} ${operation.target} ${operation.amount}`, {
      ...{ type: "operation", machine: device.name, operation },
    });
    const performed = this.app.perform(replica, operation, {
      device: device.name,
      user: device.signIn.user,
      random: this.#world.random("operation", operation.id),
      say: (words) =>
        this.#world.note(`${device.name}, ${operation.id}: ${words}`, {
          type: "did",
          machine: device.name,
          operation: operation.id,
          words,
        }),
    });
    if (performed === undefined) this.read(device, operation.space);
    else void this.#follow(device, operation, performed);
  }

  read(device: Device, space: number): void {
    const reading = this.#readingOf(device, space);
    if (reading === undefined) return;
    for (const [name, check] of Object.entries(this.app.readingCheckers)) for (const wrong of check(reading)) this.fail(name, wrong);
    reading.memory.seen.set(space, this.app.seen(reading.view));
  }

  /** No fault strikes from now on. */
  heal(): void {
    this.network.config = calmNetwork;
    this.network.healAll();
    for (const machine of [this.server, ...this.devices]) {
      machine.disk.full = false;
      machine.process?.mount.forgive();
    }
    // Nobody is hurried along: only who is in the background comes back.
    for (const { replica } of this.devices) if (replica?.status().connection.kind === "off") void replica.foreground();
  }

  /** Everybody is up, says that nothing is pending and everything in step, and stands where r0 does. */
  isDrained(): boolean {
    const { port } = this.server;
    if (port === undefined || !this.devices.every(({ replica }) => replica !== undefined && isInStep(replica))) return false;
    const heads = new Map(port.all("SELECT space, head FROM spaces").map((row) => [row["space"], row["head"]]));
    return this.devices.every(({ replica }) =>
      Object.entries(replica?.status().spaces ?? {}).every(([space, { sequence }]) => sequence === (heads.get(space) ?? 0)),
    );
  }

  async endings(space: number): Promise<readonly Ending<unknown>[]> {
    const name = this.app.spaceName(space);
    const digestAtR0 = (await this.server.server?.digest(name)) ?? "r0 is down";
    const endings: Ending<unknown>[] = [];
    for (const device of this.devices) {
      if (!device.signIn.spaces.includes(space)) continue;
      const reading = this.#readingOf(device, space);
      const digest = (await device.replica?.digest(name)) ?? "down";
      if (reading !== undefined) endings.push({ device: device.name, space, view: reading.view, digest, digestAtR0 });
    }
    return endings;
  }

  /** Right after a start, before r0 has said anything: that is when a crash would show. */
  #readAll(device: Device): void {
    for (const space of device.signIn.spaces) this.read(device, space);
  }

  #readingOf(device: Device, space: number): Reading<unknown> | undefined {
    const { replica, port } = device;
    if (replica === undefined || port === undefined || !device.signIn.spaces.includes(space)) return undefined;
    try {
      const name = this.app.spaceName(space);
      const view = this.app.view({ replica, port, space: name });
      const pending = replica.status().pending;
      return {
        device: device.name,
        space,
        view,
        memory: this.oracle.memoryOf(device.name),
        pending,
        recordsAtR0: (collection) => this.#recordsAtR0(name, collection),
      };
    } catch (error) {
      if (device.process?.isAlive() === true) this.fail("no-defect", `${device.name} cannot be read: ${describe(error)}`);
      return undefined;
    }
  }

  #recordsAtR0(space: string, collection: string): ReadonlySet<string> | undefined {
    const rows = this.server.port?.all("SELECT record FROM records WHERE space = ? AND collection = ?", [space, collection]);
    return rows === undefined ? undefined : new Set(rows.map((row) => String(row["record"])));
  }

  async #follow(device: Device, operation: PlannedOperation, performing: Promise<Performed>): Promise<void> {
    const { process } = device;
    const isAlive = (): boolean => process?.isAlive() === true;
    this.oracle.tried.set(operation.id, operation);
    try {
      const { answered } = await performing;
      if (!isAlive()) return;
      this.#world.note(`${device.name} has acknowledged ${operation.id}`, {
        ...{ type: "acknowledged", machine: device.name, operation: operation.id },
      });
      this.oracle.acknowledge(device.name, operation);
      const answer = await answered;
      if (isAlive()) this.#answered(device, operation, answer);
    } catch (error) {
      if (isAlive()) this.#notWritten(device, operation, error);
    }
  }

  #answered(device: Device, operation: PlannedOperation, { status, code = "" }: Answer): void {
    this.#world.note(`${operation.id} is ${status} ${code}`, {
      ...{ type: "answered", machine: device.name, operation: operation.id, status, code },
    });
    this.#world.sometimes(`a write is ${status}`);
    if (status !== "unknown") this.oracle.answers.set(operation.id, status);
    this.#checkServer(operation.space);
    // A link that is cut on the same transaction again and again looks like one that kills r0 (F10).
    const isSuspected = code === "withdrawn" && this.#plan.config.network.cutPerMessage > 0;
    if (isSuspected) this.#world.sometimes("a write is withdrawn");
    else if (status === "refused" && !this.app.mayBeRefused(operation, code))
      this.fail("refusals", `${operation.id} was refused (${code}), and nothing forbids it`);
  }

  #checkServer(space: number): void {
    const { port } = this.server;
    if (port === undefined) return;
    for (const [name, check] of Object.entries(this.app.serverCheckers ?? {}))
      for (const wrong of check({ port, space })) this.fail(name, wrong);
  }

  /** Only a disk may say no. */
  #notWritten(device: Device, operation: PlannedOperation, error: unknown): void {
    const { code } = error as { code?: string };
    const why = describe(error);
    this.#world.note(`${device.name} could not write ${operation.id}: ${why}`, {
      ...{ type: "unwritten", machine: device.name, operation: operation.id, why },
    });
    if (this.app.mayThrow?.(error) === true) this.#world.sometimes(`an operation is told ${code}`);
    else if (code === "store-full" || code === "store-failed") this.#world.sometimes(`a write is told ${code}`);
    else this.fail("no-defect", `${device.name} could not write ${operation.id}: ${why}`);
  }

  #signInOf(device: number): SignIn {
    const spaces = Array.from({ length: this.#plan.config.spaces }, (_, space) => space);
    return this.app.signIn?.(device) ?? { user: "ann", token: "ann", spaces };
  }

  #spaces(): readonly string[] {
    return Array.from({ length: this.#plan.config.spaces }, (_, space) => this.app.spaceName(space));
  }
}

function isInStep(replica: AppReplica): boolean {
  const { pending, spaces } = replica.status();
  return pending === 0 && Object.values(spaces).every(({ synced }) => synced);
}
