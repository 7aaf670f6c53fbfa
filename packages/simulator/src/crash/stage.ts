/** The machines of one run, with the clock that they share: a device, another device of the same user, and r0. */
import type { Seed } from "../random.ts";
import { settled, World } from "../world/world.ts";
import { CrashDevice } from "./crash-device.ts";
import { CrashR0 } from "./crash-r0.ts";
import type { Lane, LaneDisk } from "./lane.ts";
import { Machine, type Tamper } from "./machine.ts";
import { Promises } from "./promises.ts";

/** What a run begins from, all of it durable. */
export interface Images {
  readonly device: LaneDisk;
  readonly other: LaneDisk;
  readonly r0: LaneDisk;
}

export interface StageOptions {
  readonly lane: Lane;
  readonly seed: Seed;
  readonly images?: Images;
  readonly promises?: Promises;
  readonly victim: "device" | "r0";
  readonly tamper?: Tamper;
}

/** Whatever a machine does here is done by then, or never. */
const patienceMs = 600_000;
const pollMs = 4;

export class Stage {
  readonly world: World;
  readonly device: CrashDevice;
  readonly other: CrashDevice;
  readonly r0: CrashR0;
  readonly promises: Promises;
  /** The machine that dies. */
  readonly victim: Machine;
  readonly #lane: Lane;

  constructor({ lane, seed, images, promises = new Promises(), victim, tamper = (port) => port }: StageOptions) {
    this.#lane = lane;
    this.world = new World(seed);
    this.promises = promises;
    const machine = (name: keyof Images, disk: LaneDisk | undefined, isVictim: boolean): Machine =>
      new Machine({
        world: this.world,
        name,
        disk: () => disk?.copy(`${seed}/${name}`) ?? lane.createDisk(`${seed}/${name}`),
        tamper: isVictim ? tamper : (port) => port,
      });
    this.r0 = new CrashR0(machine("r0", images?.r0, victim === "r0"));
    this.device = new CrashDevice(this.world, machine("device", images?.device, victim === "device"), this.r0, this.promises);
    this.other = new CrashDevice(this.world, machine("other", images?.other, false), this.r0, new Promises());
    this.victim = victim === "r0" ? this.r0.machine : this.device.machine;
  }

  /** Runs the world until `work` is done, or the victim has died in it. Throws what it throws while the victim lives. */
  async drive(work: () => Promise<unknown>): Promise<"done" | "died"> {
    const { process } = this.victim;
    const progress: { failure?: { readonly error: unknown }; done: boolean } = { done: false };
    work().then(
      () => void (progress.done = true),
      (error: unknown) => void (progress.failure = { error }),
    );
    await settled();
    const isOver = (): boolean => progress.done || progress.failure !== undefined || this.#died(process);
    if (!isOver()) await this.world.run(this.world.nowMs + patienceMs, isOver);
    if (this.#died(process)) return "died";
    if (progress.failure !== undefined) throw progress.failure.error;
    if (!progress.done) throw new Error("It never ends.");
    return "done";
  }

  /** For the work of `drive`: resolves when `condition` holds. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => void this.world.schedule(pollMs, resolve));
  }

  /** Nobody runs any more. Gives the disks away, as they are. */
  abandon(): Images {
    this.#bury();
    return { device: this.device.machine.disk, other: this.other.machine.disk, r0: this.r0.machine.disk };
  }

  /** Gives back what the run has used. */
  dispose(): void {
    this.#bury();
    for (const { machine } of [this.device, this.other, this.r0]) machine.releaseDisk();
  }

  /** The device's disk as it is now is another device's too: a backup, a clone. Nobody runs on it. */
  cloneDevice(): void {
    const { other, device } = this;
    other.machine.disk = device.machine.disk.copy(`${this.#lane.name}/clone`);
  }

  /** The device has never been there. */
  emptyDevice(): void {
    const { machine } = this.device;
    machine.disk = this.#lane.createDisk(`${this.#lane.name}/empty`);
  }

  #bury(): void {
    this.device.bury();
    this.other.bury();
    this.r0.bury();
  }

  #died(before: unknown): boolean {
    const { process } = this.victim;
    return process !== undefined && !process.alive && (before === undefined || process === before);
  }
}
