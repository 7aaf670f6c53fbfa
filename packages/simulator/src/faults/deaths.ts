/** Deaths that follow on deaths. */
import { type Fault, machineOf, type Struck } from "./fault.ts";

/** Killed inside a commit, opened again, and then the power fails: trap 21 in its shortest form. */
export function dieTwice({ fleet, world }: Struck, fault: Fault<"die-twice">): void {
  const device = fleet.devices[fault.device];
  if (device === undefined) return;
  device.beforeStart(() => {
    world.sometimes("a kill is followed by a loss of power");
    world.schedule(fault.afterMs, () => device.die({ power: true, operations: 0, phase: "before", downMs: 100 }));
  });
  device.die(fault);
}

/** Dies, and again inside of each of the starts that follow: a recovery has to bear what a run bears. */
export function dieRecovering(struck: Struck, { device, times, ...death }: Fault<"die-recovering">): void {
  const machine = machineOf(struck, device);
  if (machine === undefined) return;
  let left = times;
  const again = (): void => {
    if (left-- === 0) return;
    struck.world.sometimes("a machine dies inside its recovery");
    machine.afterStart(again);
    machine.die({ ...death, of: "disk" });
  };
  machine.afterStart(again);
  machine.die({ ...death, operations: 0 });
}
