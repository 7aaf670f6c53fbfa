/**
 * One life of a program on a simulated machine: its clock, its timers, its randomness, its disk. Dead, it does nothing any more;
 * suspended, it does it later.
 *
 *     running ──suspend──► suspended ──resume──► running      either ──kill──► dead
 *
 * Whatever reaches the world and is no operation of the disk is an *effect*: a timer that fires, a message that leaves or arrives. Each is
 * a place to die, before it or after it; the disk's own places are the mount's.
 */
import type { Runtime } from "@holdfast/core/engine";
import { type DeathPhase, Mount } from "../disk/mount.ts";
import type { SimulatedDisk } from "../disk/simulated-disk.ts";
import type { Death } from "../plan/plan.ts";
import type { WallClock } from "./wall-clock.ts";
import type { World } from "./world.ts";

/** What outlives a process: the disk and the clock on the wall. */
export interface Machine {
  readonly name: string;
  disk: SimulatedDisk;
  readonly clock: WallClock;
  /** Lives so far. */
  lives: number;
}

/** Sums of fractions are not exact. */
const roundingMs = 0.001;

export interface LifeEnds {
  /** In the moment of death, inside of whatever it was doing. */
  readonly dying?: () => void;
  /** In an event of its own. */
  readonly died: () => void;
}

export class Process {
  readonly name: string;
  readonly mount: Mount;
  readonly runtime: Runtime;
  readonly defer: (run: () => void) => void;
  /** Effects so far. */
  effects = 0;
  readonly #world: World;
  readonly #bornMs: number;
  #death: { readonly at: number; readonly phase: DeathPhase } | undefined;
  /** What wants to happen while it is suspended, in order. */
  #held: (() => void)[] | undefined;
  /** Its monotonic clock has stood still for so long. */
  #stoppedMs = 0;
  #suspendedAtMs = 0;
  #clockStops = false;

  constructor(world: World, machine: Machine, { dying, died }: LifeEnds) {
    const life = ++machine.lives;
    let draws = 0;
    this.#world = world;
    this.#bornMs = world.nowMs;
    this.name = `${machine.name}#${life}`;
    this.mount = new Mount(machine.disk, () => {
      dying?.();
      world.schedule(0, died);
    });
    this.runtime = {
      nowMs: () => world.nowMs - this.#bornMs - this.#stoppedMs,
      wallMs: () => machine.clock.read(world.nowMs),
      random: () => world.random("runtime", machine.name, life, ++draws).next(),
      randomBytes: (length) => world.random("runtime-bytes", machine.name, life, ++draws).bytes(length),
      setTimer: (delayMs, run) => this.#later(delayMs, run),
    };
    this.defer = (run) => void this.#later(0, run);
  }

  isAlive(): boolean {
    return this.mount.alive;
  }

  isSuspended(): boolean {
    return this.#held !== undefined;
  }

  /** Dies now, or as planned. `random`: for where a write or a sync is cut. */
  die({ operations, phase, of }: Death, random: Parameters<Mount["planDeath"]>[0]["random"]): void {
    if (operations === 0) this.mount.kill();
    else if (of === "effects") this.#death = { at: this.effects + operations, phase };
    else this.mount.planDeath({ operations, phase, random });
  }

  /** What was planned and has not struck does not. */
  forgive(): void {
    this.#death = undefined;
    this.mount.forgive();
  }

  /** Does what reaches the world, unless the process is dead; when it is suspended, as soon as it is not. */
  effect(run: () => void): void {
    if (!this.isAlive()) return;
    if (this.#held !== undefined) {
      this.#held.push(run);
      return;
    }
    this.effects++;
    const strikes = this.#death !== undefined && this.effects >= this.#death.at;
    if (!strikes) return run();
    const isAfter = this.#death?.phase === "after";
    this.#death = undefined;
    this.#world.sometimes(isAfter ? "a process dies right after an effect" : "a process dies right before an effect");
    if (isAfter) run();
    this.mount.kill();
  }

  /** The system takes it from the processor. `clockStops`: its monotonic clock sleeps too. */
  suspend(clockStops: boolean): void {
    if (this.#held !== undefined) return;
    this.#held = [];
    this.#clockStops = clockStops;
    this.#suspendedAtMs = this.#world.nowMs;
  }

  resume(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    if (this.#clockStops) this.#stoppedMs += this.#world.nowMs - this.#suspendedAtMs;
    for (const run of held) this.#world.schedule(0, () => this.effect(run));
  }

  /** Never early by its own monotonic clock, which may have stood still meanwhile. */
  #later(delayMs: number, run: () => void): () => void {
    const stoppedMs = this.#stoppedMs;
    const dueMs = this.runtime.nowMs() + delayMs;
    let cancelled = false;
    const fire = (): void => {
      if (cancelled) return;
      const leftMs = this.#stoppedMs === stoppedMs ? 0 : dueMs - this.runtime.nowMs();
      if (leftMs > roundingMs) this.#world.schedule(leftMs, () => this.effect(fire));
      else run();
    };
    const cancel = this.#world.schedule(delayMs, () => {
      if (!cancelled) this.effect(fire);
    });
    return () => {
      cancelled = true;
      cancel();
    };
  }
}
