/** Disks that are put back, and disks of which there are two (trap 4). */
import type { Fault, Struck } from "./fault.ts";

/** The backup is taken when the fault strikes, and put back at its end. */
export function restore({ fleet, world }: Struck, { device: index, backMs, downMs }: Fault<"restore">): void {
  const device = fleet.devices[index];
  if (device === undefined) return;
  const backup = device.disk.copy(`${device.name}-backup`);
  const memory = fleet.oracle.backUp(device.name);
  const { isDamaged } = device;
  world.schedule(backMs, () => {
    if (device.replica === undefined || world.isSettled) return;
    world.sometimes("a device comes back from a backup");
    device.beforeStart(() => {
      fleet.oracle.putBack(device.name, memory);
      device.disk = backup;
      // A backup of a damaged file is one, though its user has started over since.
      device.isDamaged ||= isDamaged;
    });
    device.die({ power: false, operations: 0, phase: "before", downMs });
  });
}

export function clone({ fleet }: Struck, { device: index }: Fault<"clone">): void {
  const device = fleet.devices[index];
  if (device?.replica === undefined) return;
  // The second copy of a device is another machine than the first.
  const copies = fleet.devices.filter((each) => each.name.replace(/\d*$/, "") === `${device.name}-clone`).length;
  const name = `${device.name}-clone${copies === 0 ? "" : copies + 1}`;
  const copy = fleet.addDevice(name, device.signIn, device.disk.copy(name));
  fleet.oracle.putBack(name, fleet.oracle.backUp(device.name));
  // What the original cannot be held to, its copy cannot either.
  copy.isDamaged = device.isDamaged;
  copy.start();
}
