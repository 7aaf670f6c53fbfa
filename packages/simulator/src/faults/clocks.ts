/** Clocks on the wall that are wrong. r0's are those of its machine and of every instance. */
import type { Whose } from "../plan/plan.ts";
import type { WallClock } from "../world/wall-clock.ts";
import { type Fault, machineOf, type Struck } from "./fault.ts";

export function clockJump(struck: Struck, { device, byMs }: Fault<"clock-jump">): void {
  for (const clock of clocksOf(struck, device)) clock.jump(byMs, struck.world.nowMs);
}

export function clockRun(struck: Struck, { device, rate, forMs }: Fault<"clock-run">): void {
  const { world } = struck;
  world.sometimes(rate === 0 ? "a clock stands still" : rate < 0 ? "a clock runs backwards" : "a clock runs wrong");
  for (const clock of clocksOf(struck, device)) {
    clock.run(rate, world.nowMs);
    world.schedule(forMs, () => clock.run(1, world.nowMs));
  }
}

/** Instances are told the time by themselves: one of several is wrong, or the only one. */
function clocksOf(struck: Struck, whose: Whose): readonly WallClock[] {
  const machine = machineOf(struck, whose);
  if (machine === undefined) return [];
  return whose === "server" ? [machine.clock, ...struck.fleet.server.instances.slice(0, 1).map(({ clock }) => clock)] : [machine.clock];
}
