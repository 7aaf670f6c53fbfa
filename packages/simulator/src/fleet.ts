/** The fleet of one plan: devices, links and r0, and what people and the world do to them. */
import type { SimulatedSqlite } from "./disk/load-sqlite.ts";
import { checkHonestStatus } from "./checkers/honest-status.ts";
import type { Ending, Reading } from "./checkers/checker.ts";
import { checkSessionGuarantees } from "./checkers/session-guarantees.ts";
import { checkWholeReading } from "./checkers/whole-transactions.ts";
import type { Plan, PlannedOperation } from "./plan/plan.ts";
import { calmNetwork } from "./plan/draw-plan.ts";
import { Oracle } from "./workload/oracle.ts";
import { leavesEntry, type SimulatedReplica, writeOperation } from "./workload/apply-operation.ts";
import { spaceName } from "./workload/schema.ts";
import { readSpaceView } from "./workload/space-view.ts";
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

export class Fleet {
  readonly oracle = new Oracle();
  readonly failures: Failure[] = [];
  readonly devices: Device[] = [];
  readonly server: ServerHost;
  readonly network: Network;
  readonly #plan: Plan;
  readonly #world: World;
  readonly #sqlite: SimulatedSqlite;

  constructor(plan: Plan, world: World, sqlite: SimulatedSqlite) {
    this.#plan = plan;
    this.#world = world;
    this.#sqlite = sqlite;
    const { config } = plan;
    this.server = new ServerHost({
      world,
      sqlite,
      spaces: this.#spaces(),
      limits: config.limits,
      fail: (checker, detail) => this.fail(checker, detail),
      died: () => this.network.serverDied(),
    });
    this.network = new Network(world, config.network, (link) => this.server.accept(link));
    for (let index = 0; index < config.devices; index++) this.addDevice(`device-${index}`);
  }

  start(): void {
    this.server.start();
    for (const device of this.devices) device.start();
  }

  addDevice(name: string, disk?: Device["disk"]): Device {
    const device = new Device(
      name,
      {
        world: this.#world,
        sqlite: this.#sqlite,
        network: this.network,
        spaces: this.#spaces(),
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
    this.#world.note(`FAILS ${checker}: ${detail}`);
    if (this.failures.length < failuresMax) this.failures.push({ checker, detail, atMs: this.#world.nowMs });
  }

  perform(operation: PlannedOperation): void {
    const device = this.devices[operation.device];
    const replica = device?.replica;
    if (device === undefined || replica === undefined) {
      this.#world.sometimes("an operation finds its device down");
      return;
    }
    this.#world.note(`${device.name} does ${operation.id}: ${operation.effect} ${operation.target} ${operation.amount}`);
    if (operation.effect === "read") this.read(device, operation.space);
    else if (operation.effect === "spend") void this.#request(device, replica, operation);
    else void this.#write(device, replica, operation);
  }

  read(device: Device, space: number): void {
    const reading = this.#readingOf(device, space);
    if (reading === undefined) return;
    const checks = { sessions: checkSessionGuarantees, "whole transactions": checkWholeReading, "honest status": checkHonestStatus };
    for (const [name, check] of Object.entries(checks)) for (const wrong of check(reading)) this.fail(name, wrong);
    reading.memory.seen.set(space, new Set(reading.view.entries.keys()));
  }

  /** No fault strikes from now on. */
  heal(): void {
    this.network.config = calmNetwork;
    this.network.healAll();
    for (const machine of [this.server, ...this.devices]) {
      machine.disk.full = false;
      machine.process?.mount.forgive();
    }
    for (const device of this.devices) void device.replica?.foreground();
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

  async endings(space: number): Promise<readonly Ending[]> {
    const name = spaceName(space);
    const digestAtR0 = (await this.server.server?.digest(name)) ?? "r0 is down";
    const endings: Ending[] = [];
    for (const device of this.devices) {
      const reading = this.#readingOf(device, space);
      const digest = (await device.replica?.digest(name)) ?? "down";
      if (reading !== undefined) endings.push({ device: device.name, space, view: reading.view, digest, digestAtR0 });
    }
    return endings;
  }

  /** Right after a start, before r0 has said anything: that is when a crash would show. */
  #readAll(device: Device): void {
    for (let space = 0; space < this.#plan.config.spaces; space++) this.read(device, space);
  }

  #readingOf(device: Device, space: number): Reading | undefined {
    const { replica, port } = device;
    if (replica === undefined || port === undefined) return undefined;
    try {
      const name = spaceName(space);
      const view = readSpaceView(port, name, lettersOf(replica));
      const pending = replica.status().pending;
      return { device: device.name, space, view, memory: this.oracle.memoryOf(device.name), pending, entriesAtR0: this.#entriesAtR0(name) };
    } catch (error) {
      if (device.process?.isAlive() === true) this.fail("no-defect", `${device.name} cannot be read: ${describe(error)}`);
      return undefined;
    }
  }

  #entriesAtR0(space: string): ReadonlySet<string> | undefined {
    const rows = this.server.port?.all("SELECT record FROM records WHERE space = ? AND collection = 'entries'", [space]);
    return rows === undefined ? undefined : new Set(rows.map((row) => String(row["record"])));
  }

  async #write(device: Device, replica: SimulatedReplica, operation: PlannedOperation): Promise<void> {
    const { process } = device;
    const isAlive = (): boolean => process?.isAlive() === true;
    this.oracle.tried.set(operation.id, operation);
    try {
      const written = await writeOperation(replica, operation);
      if (!isAlive()) return;
      this.#world.note(`${device.name} has acknowledged ${operation.id}`);
      this.oracle.acknowledge(device.name, operation);
      const confirmation = await written.confirmed;
      if (isAlive()) this.#answered(operation, confirmation.status, "code" in confirmation ? confirmation.code : "");
    } catch (error) {
      if (isAlive()) this.#notWritten(device, operation, error);
    }
  }

  async #request(device: Device, replica: SimulatedReplica, operation: PlannedOperation): Promise<void> {
    const { process } = device;
    const isAlive = (): boolean => process?.isAlive() === true;
    this.oracle.tried.set(operation.id, operation);
    try {
      const { decided } = await replica.request(spaceName(operation.space), "spend", { receipt: operation.id, amount: operation.amount });
      if (!isAlive()) return;
      this.oracle.acknowledge(device.name, operation);
      const { status } = await decided;
      if (isAlive()) this.#answered(operation, status === "accepted" ? "confirmed" : status);
    } catch (error) {
      if (isAlive()) this.#notWritten(device, operation, error);
    }
  }

  #answered(operation: PlannedOperation, status: "confirmed" | "refused" | "unknown", code = ""): void {
    this.#world.note(`${operation.id} is ${status} ${code}`);
    this.#world.sometimes(`a write is ${status}`);
    if (status !== "unknown") this.oracle.answers.set(operation.id, status);
    // A link that is cut on the same transaction again and again looks like one that kills r0 (F10).
    const isSuspected = code === "withdrawn" && this.#plan.config.network.cutPerMessage > 0;
    if (isSuspected) this.#world.sometimes("a write is withdrawn");
    else if (status === "refused" && leavesEntry(operation) && operation.effect !== "forbidden")
      this.fail("refusals", `${operation.id} was refused (${code}), and nothing forbids it`);
  }

  /** Only a disk may say no. */
  #notWritten(device: Device, operation: PlannedOperation, error: unknown): void {
    const { code } = error as { code?: string };
    this.#world.note(`${device.name} could not write ${operation.id}: ${describe(error)}`);
    if (code === "store-full" || code === "store-failed") this.#world.sometimes(`a write is told ${code}`);
    else this.fail("no-defect", `${device.name} could not write ${operation.id}: ${describe(error)}`);
  }

  #spaces(): readonly string[] {
    return Array.from({ length: this.#plan.config.spaces }, (_, space) => spaceName(space));
  }
}

function isInStep(replica: SimulatedReplica): boolean {
  const { pending, spaces } = replica.status();
  return pending === 0 && Object.values(spaces).every(({ synced }) => synced);
}

function lettersOf(replica: SimulatedReplica): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { payload } of replica.deadLetters.list()) {
    if (payload.type === "request") ids.add((payload.input as unknown as { readonly receipt: string }).receipt);
    else for (const { collection, record } of payload.changes) if (collection === "entries") ids.add(record);
  }
  return ids;
}
