import { describe, expect, it } from "vitest";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
import type { Death } from "../plan/plan.ts";
import { random } from "../random.ts";
import { type Machine, Process } from "./process.ts";
import { WallClock } from "./wall-clock.ts";
import { World } from "./world.ts";

function start(world: World): { readonly machine: Machine; readonly process: Process; readonly deaths: string[] } {
  const machine: Machine = { name: "device", disk: new SimulatedDisk({ seed: 1, name: "device" }), clock: new WallClock(), lives: 0 };
  const deaths: string[] = [];
  const process = new Process(world, machine, { dying: () => deaths.push("dying"), died: () => deaths.push("died") });
  return { machine, process, deaths };
}

const atEffect = (operations: number, phase: Death["phase"]): Death => ({ power: false, operations, phase, downMs: 0, of: "effects" });

describe("a process", () => {
  it("[SIM41] dies right before or right after its n-th effect, and does nothing from then on", async () => {
    for (const phase of ["before", "after"] as const) {
      const world = new World(1);
      const { process, deaths } = start(world);
      const done: number[] = [];
      process.die(atEffect(2, phase), random(1, "test"));
      for (const n of [1, 2, 3]) process.runtime.setTimer(n, () => done.push(n));
      await world.run(10);
      expect(done).toEqual(phase === "before" ? [1] : [1, 2]);
      expect(deaths).toEqual(["dying", "died"]);
      process.effect(() => done.push(4));
      expect(done).not.toContain(4);
    }
  });

  it("[SIM41] a death that was forgiven does not strike", async () => {
    const world = new World(1);
    const { process } = start(world);
    process.die(atEffect(1, "before"), random(1, "test"));
    process.forgive();
    process.effect(() => undefined);
    expect(process.isAlive()).toBe(true);
  });

  it("[SIM40] suspended, it fires no timer and takes no message; resumed, it does all of it in order", async () => {
    const world = new World(1);
    const { process } = start(world);
    const done: string[] = [];
    const note = (what: string): void => void done.push(`${what} at ${process.runtime.nowMs()}`);
    process.runtime.setTimer(10, () => note("timer"));
    const cancel = process.runtime.setTimer(20, () => note("cancelled"));
    await world.run(5);
    process.suspend(false);
    world.schedule(20, () => process.effect(() => note("message")));
    await world.run(100);
    expect(done).toEqual([]);
    cancel();
    process.resume();
    await world.run(200);
    expect(done).toEqual(["timer at 100", "message at 100"]);
  });

  it("[SIM40] where the monotonic clock sleeps too, a timer is never early by it", async () => {
    const world = new World(1);
    const { process } = start(world);
    const done: number[] = [];
    for (const delayMs of [10, 500]) process.runtime.setTimer(delayMs, () => done.push(process.runtime.nowMs()));
    await world.run(4);
    process.suspend(true);
    await world.run(104);
    process.resume();
    expect(process.runtime.nowMs()).toBe(4);
    await world.run(300);
    expect(done).toEqual([10]);
    await world.run(700);
    expect(done).toEqual([10, 500]);
  });

  it("[SIM39] a clock on the wall jumps, stands still, runs backwards and fast, and gives whole milliseconds", () => {
    const clock = new WallClock();
    const startMs = clock.read(0);
    clock.jump(-500.5, 100);
    expect(clock.read(100)).toBe(startMs - 401);
    clock.run(0, 100);
    expect(clock.read(10_000)).toBe(startMs - 401);
    clock.run(-1, 10_000);
    expect(clock.read(11_000)).toBe(startMs - 1_401);
    clock.run(20, 11_000);
    expect(clock.read(11_010)).toBe(startMs - 1_201);
    clock.jump(-9e15, 11_010);
    expect(clock.read(11_010)).toBe(0);
  });
});
