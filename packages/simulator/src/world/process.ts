/** One life of a program on a simulated machine: its clock, its timers, its randomness, its disk. Dead, it does nothing any more. */
import type { Runtime } from "@holdfast/core/engine";
import { Mount } from "../disk/mount.ts";
import type { SimulatedDisk } from "../disk/simulated-disk.ts";
import { startWallMs, type World } from "./world.ts";

/** What outlives a process: the disk and the clock on the wall. */
export interface Machine {
  readonly name: string;
  disk: SimulatedDisk;
  /** The wall clock minus the true time. */
  skewMs: number;
  /** Lives so far. */
  lives: number;
}

export interface Process {
  readonly name: string;
  readonly mount: Mount;
  readonly runtime: Runtime;
  readonly defer: (run: () => void) => void;
  isAlive(): boolean;
}

/** `died`: after the process has died of itself, inside a disk operation; called in an event of its own. */
export function startProcess(world: World, machine: Machine, died: () => void): Process {
  const life = ++machine.lives;
  const bornMs = world.nowMs;
  let draws = 0;
  const mount = new Mount(machine.disk, () => void world.schedule(0, died));
  const isAlive = (): boolean => mount.alive;
  const later = (delayMs: number, run: () => void): (() => void) =>
    world.schedule(delayMs, () => {
      if (isAlive()) run();
    });
  const runtime: Runtime = {
    nowMs: () => world.nowMs - bornMs,
    wallMs: () => Math.floor(startWallMs + world.nowMs + machine.skewMs),
    random: () => world.random("runtime", machine.name, life, ++draws).next(),
    randomBytes: (length) => world.random("runtime-bytes", machine.name, life, ++draws).bytes(length),
    setTimer: (delayMs, run) => later(delayMs, run),
  };
  return { name: `${machine.name}#${life}`, mount, runtime, defer: (run) => void later(0, run), isAlive };
}
