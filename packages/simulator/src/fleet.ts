/** The fleet of one plan: devices, links and r0, and what people and the world do to them. */
import type { Answer, App, Performed, SignIn } from "./app/app.ts";
import type { DeadLetter } from "@holdfast/client";
import type { SqlitePort } from "@holdfast/core/engine";
import type { SimulatedSqlite } from "./disk/load-sqlite.ts";
import type { Ending, Reading } from "./checkers/checker.ts";
import { checkPresentStatus } from "./checkers/present-status.ts";
import { Refusals } from "./checkers/refusals.ts";
import type { Plan, PlannedFault, PlannedOperation } from "./plan/plan.ts";
import { calmNetwork } from "./plan/draw-plan.ts";
import { isInStep, knowsEpoch } from "./in-step.ts";
import { plainLife } from "./people/device-life.ts";
import { Gate } from "./people/gate.ts";
import { inspectFleet } from "./people/inspect.ts";
import { People } from "./people/people.ts";
import { changeUsers } from "./people/sign-out.ts";
import { Oracle } from "./workload/oracle.ts";
import { SpacesWatch } from "./spaces-watch.ts";
import { idsAtR0, recordsAtR0 } from "./records-at-r0.ts";
import { Coverage } from "./world/coverage.ts";
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
  readonly coverage = new Coverage();
  readonly outcome = new Map<string, string>();
  readonly devices: Device[] = [];
  readonly server: ServerHost;
  readonly network: Network;
  /** Several, in some plans. */
  readonly people: People | undefined;
  readonly #gate: Gate;
  readonly #watch: SpacesWatch;
  readonly #refusals: Refusals;
  readonly #plan: Plan;
  readonly #world: World;
  readonly #sqlite: SimulatedSqlite;

  constructor({ plan, app, world, sqlite }: FleetParts) {
    this.#plan = plan;
    this.#world = world;
    this.#sqlite = sqlite;
    const { config } = plan;
    const fail = (checker: string, detail: string): void => this.fail(checker, detail);
    this.people = config.people && new People({ config: config.people, app, oracle: this.oracle, world, fail });
    this.app = this.people?.over() ?? app;
    this.#gate = new Gate(this, world);
    this.#watch = new SpacesWatch({
      ...{ plan, oracle: this.oracle, spaceName: app.spaceName, storePort: () => this.server.storePort },
      seenIn: (device, space) => this.#seenNow(device, space),
    });
    this.#refusals = new Refusals({
      plan,
      mayBeRefused: ({ operation, user, code }) =>
        this.app.mayBeRefused(operation, code) || this.people?.mayBeRefused(user, operation, code) === true,
      hasLost: () => this.oracle.gone.size > 0,
      sometimes: (point) => world.sometimes(point),
    });
    this.server = new ServerHost({
      world,
      app: this.app,
      sqlite,
      spaces: this.#spaces(),
      limits: config.limits,
      config: config.server,
      died: (instance) => this.network.instanceDied(instance),
      newEpoch: () => this.#rememberWhatIsLeft(),
    });
    this.network = new Network(world, config.network, (link) => this.server.accept(link));
    for (let index = 0; index < config.devices; index++) this.addDevice(`device-${index}`, this.#signInOf(index));
  }

  /** Whoever is not lost for good. */
  get living(): readonly Device[] {
    return this.devices.filter(({ isLost }) => !isLost);
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
        sqlite: this.#sqlite,
        network: this.network,
        life: this.people?.lifeOf(name) ?? plainLife(name, signIn, this.app),
        spaceName: this.app.spaceName,
        limits: this.#plan.config.limits,
        lyingSyncRate: this.#plan.config.lyingSyncRate ?? 0,
        fail: (checker, detail) => this.fail(checker, detail),
        mayThrow: (error) => this.app.mayThrow?.(error) === true,
        opened: (opened) => {
          this.#gate.watch(opened);
          this.#readAll(opened);
        },
        refused: (told, letter) => this.#heardRefused(told, letter),
        forked: (forked) => this.oracle.tookNewId(forked.name, idsAtR0(this.server)),
        reinstalled: (reinstalled) => this.reinstalled(reinstalled),
      },
      disk,
    );
    this.devices.push(device);
    return device;
  }

  /** Something in the plan strikes r0 or its store. */
  get mayR0Fail(): boolean {
    const { config, faults } = this.#plan;
    const strikesR0 = ({ type, ...fault }: PlannedFault): boolean =>
      type === "restore-server" || type === "server-dies" || ("device" in fault && fault.device === "server");
    return config.server !== undefined || faults.some(strikesR0);
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
    this.oracle.saw.set(operation.id, this.#seenNow(device, operation.space));
    this.#watch.writes(device, operation);
    const performed = this.app.perform(replica, operation, {
      device: device.name,
      user: device.signIn.user,
      version: device.life.version,
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
    if (reading === undefined || device.isDamaged || !this.#gate.isOpen(device, space, reading.memory)) return;
    for (const [name, check] of Object.entries(this.app.readingCheckers)) for (const wrong of check(reading)) this.fail(name, wrong);
    if (device.replica !== undefined)
      for (const wrong of checkPresentStatus(device.name, device.replica.status(), device.heard)) this.fail("honest status", wrong);
    const seen = this.app.seen(reading.view);
    for (const wrong of this.#watch.compare(device, space, this.app.shown?.(reading.view) ?? seen)) this.fail("causal order", wrong);
    reading.memory.seen.set(space, seen);
  }

  /** The device's file is not what it wrote: what it alone held may be gone, and nothing that it shows is to be trusted. */
  damaged(device: Device): void {
    device.isDamaged = true;
    this.oracle.forgiveAllBut(device.name, idsAtR0(this.server));
  }

  /** r0 is about to be put back to an earlier state. */
  serverGoesBack(): void {
    this.oracle.r0GoesBack(idsAtR0(this.server));
  }

  /** Its user starts over with an empty file. */
  reinstalled(device: Device): void {
    this.oracle.forgiveAllBut(device.name, idsAtR0(this.server));
    this.oracle.forgetDevice(device.name);
  }

  /** They die, and stay dead. */
  lose(devices: readonly number[]): void {
    for (const index of devices) {
      this.devices[index]?.lose();
      this.#world.sometimes("a device is lost for good");
    }
  }

  /** Everything has drained: what only the dead held, or those who cannot be trusted, and never sent, is gone. */
  mourn(): void {
    const dead = this.devices.filter(({ isLost, isDamaged }) => isLost || isDamaged).map(({ name }) => name);
    if (dead.length > 0 || this.server.restores > 0) this.oracle.mourn(dead, idsAtR0(this.server));
  }

  /** No fault strikes from now on. */
  heal(): void {
    this.network.config = calmNetwork;
    this.network.healAll();
    this.server.bus.calm = true;
    if (this.server.database !== undefined) this.server.database.calm = true;
    for (const machine of [this.server, ...this.server.instances, ...this.devices]) {
      machine.disk.full = false;
      machine.process?.forgive();
      machine.process?.resume();
    }
    this.people?.heal(this.devices);
    // Nobody is hurried along: only who is in the background comes back.
    for (const { replica } of this.living) if (replica?.status().connection.kind === "off") void replica.foreground();
  }

  /** Everybody is up, says that nothing is pending and everything in step, and stands where r0 does. */
  isDrained(): boolean {
    const { port, instances } = this.server;
    if (port === undefined || !instances.every(({ isServing }) => isServing)) return false;
    if (!this.living.every(({ replica }) => replica !== undefined && isInStep(replica))) return false;
    // What left a device's tables leaves its file, too.
    if (this.living.some((device) => device.port?.all("SELECT 1 FROM _meta WHERE key = 'scrub'").length !== 0)) return false;
    // An r0 that was put back may stand where its clients do, and be another.
    if (this.server.restores > 0 && !this.living.every((device) => knowsEpoch(device, this.server))) return false;
    const heads = new Map(port.all("SELECT space, head FROM spaces").map((row) => [row["space"], row["head"]]));
    return this.living.every(({ replica, signIn: { user } }) =>
      Object.entries(replica?.status().spaces ?? {}).every(
        ([space, { sequence, access }]) =>
          (this.people === undefined || access === this.people.book.now(user, space)) &&
          (access === "none" || sequence === (heads.get(space) ?? 0)),
      ),
    );
  }

  /** Everybody who has signed out somewhere is back in turn, at last those whose devices they are. False: so it is. */
  changeUsers(): boolean {
    return this.people !== undefined && changeUsers(this, this.people, this.#world);
  }

  /** What no reader looks at: the bytes that lie on the disks, and whose writes r0 holds. */
  inspect(): void {
    if (this.people !== undefined) inspectFleet(this, this.people);
  }

  async endings(space: number): Promise<readonly Ending<unknown>[]> {
    const name = this.app.spaceName(space);
    const { server } = this.server;
    const digestAtR0 = server === undefined ? "r0 is down" : await this.#world.until(server.digest(name));
    const endings: Ending<unknown>[] = [];
    for (const device of this.living) {
      if (!device.signIn.spaces.includes(space) || device.isDamaged) continue;
      const reading = this.#readingOf(device, space);
      if (device.replica?.status().spaces[name]?.access === "none") continue;
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
      const { pending, spaces } = replica.status();
      return {
        device: device.name,
        space,
        view,
        memory: this.oracle.withoutGone(this.oracle.memoryOf(device.life.holder)),
        pending,
        // Whoever has not spoken to the restored r0 since cannot know what it has lost.
        sawOf: (entry) => this.oracle.saw.get(entry),
        lostSeenBy: (entry) => this.oracle.lostSeenBy(entry),
        recordsAtR0: (collection) => (knowsEpoch(device, this.server) ? recordsAtR0(this.server, name, collection) : undefined),
        // What an author brings back to a restored r0 comes after what was built on it.
        passedAtR0: (collection) =>
          knowsEpoch(device, this.server)
            ? recordsAtR0(this.server, name, collection, this.server.restores > 0 ? spaces[name]?.sequence : undefined)
            : undefined,
      };
    } catch (error) {
      if (device.isDamaged) device.reinstall();
      else if (device.process?.isAlive() === true) this.fail("no-defect", `${device.name} cannot be read: ${describe(error)}`);
      return undefined;
    }
  }

  #seenNow(device: Device, space: number): ReadonlySet<string> {
    const reading = this.#readingOf(device, space);
    return reading === undefined ? new Set() : this.app.seen(reading.view);
  }

  /** What r0 holds of its restored past; the rest comes back with its authors. */
  #rememberWhatIsLeft(): void {
    this.oracle.r0WentBack(idsAtR0(this.server), this.#plan.config.limits.confirmedKeptMax);
  }

  async #follow(device: Device, operation: PlannedOperation, performing: Promise<Performed>): Promise<void> {
    const { process } = device;
    const { holder } = device.life;
    const isAlive = (): boolean => process?.isAlive() === true;
    this.oracle.tried.set(operation.id, operation);
    try {
      const { answered } = await performing;
      if (!isAlive()) return;
      this.#world.note(`${device.name} has acknowledged ${operation.id}`, {
        ...{ type: "acknowledged", machine: device.name, operation: operation.id },
      });
      this.oracle.acknowledge(holder, operation);
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
    if (status !== "unknown") this.oracle.answer(operation.id, status, code);
    this.#checkServer(operation.space);
    if (status === "refused" && !this.#refusals.isRight({ operation, user: device.signIn.user, code }))
      this.fail("refusals", `${operation.id} was refused (${code}), and nothing forbids it`);
  }

  /** Also by a copy of its author's device, to whose app nobody had promised an answer. */
  #heardRefused(device: Device, letter: Pick<DeadLetter, "code" | "payload">): void {
    for (const id of this.app.lettersIn?.([letter]) ?? []) {
      const operation = this.oracle.tried.get(id);
      if (operation !== undefined) this.#refusals.heard({ operation, user: device.signIn.user, code: letter.code });
    }
  }

  #checkServer(space: number): void {
    const { port } = this.server;
    if (port === undefined) return;
    if (this.#world.trace.isObserved) this.#tellHead(port, this.app.spaceName(space));
    for (const [name, check] of Object.entries(this.app.serverCheckers ?? {}))
      for (const wrong of check({ port, space })) this.fail(name, wrong);
  }

  #tellHead(port: SqlitePort, space: string): void {
    const [row] = port.all("SELECT head FROM spaces WHERE space = ?", [space]);
    this.#world.trace.tell(this.#world.nowMs, { type: "head", space, sequence: Number(row?.["head"] ?? 0) });
  }

  /** Only a disk may say no. */
  #notWritten(device: Device, operation: PlannedOperation, error: unknown): void {
    const { code } = error as { code?: string };
    const why = describe(error);
    this.#world.note(`${device.name} could not write ${operation.id}: ${why}`, {
      ...{ type: "unwritten", machine: device.name, operation: operation.id, why },
    });
    if (this.app.mayThrow?.(error) === true || this.#isShutOut(device, operation, code))
      this.#world.sometimes(`an operation is told ${code}`);
    else if (code === "store-full" || code === "store-failed") this.#world.sometimes(`a write is told ${code}`);
    else this.fail("no-defect", `${device.name} could not write ${operation.id}: ${why}`);
  }

  /** Nothing can be written where the user may not read, nor while signing out. */
  #isShutOut(device: Device, operation: PlannedOperation, code: string | undefined): boolean {
    if (this.people === undefined) return false;
    const isAccess = code === "no-access" || code === "read-only";
    return code === "closed" || (isAccess && this.people.mayBeRefused(device.signIn.user, operation, "no-access"));
  }

  #signInOf(device: number): SignIn {
    const spaces = Array.from({ length: this.#plan.config.spaces }, (_, space) => space);
    return this.app.signIn?.(device) ?? { user: "ann", token: "ann", spaces };
  }

  #spaces(): readonly string[] {
    return Array.from({ length: this.#plan.config.spaces }, (_, space) => this.app.spaceName(space));
  }
}
