/** One bit of a device's file is another than was written (trap 18). */
import type { Fault, Struck } from "./fault.ts";

/**
 * It strikes between two lives: what SQLite has in memory would hide it. The log of SQLite has checksums, and what follows a broken one is
 * as if it had never been written: the device forgets. Its tables have none.
 */
export function bitFlip({ fleet, world }: Struck, { device: index, place, bit, downMs }: Fault<"bit-flip">): void {
  const device = fleet.devices[index];
  if (device?.replica === undefined) return;
  device.beforeStart(() => {
    const flipped = device.disk.flipBit(place, bit);
    if (flipped === undefined) return;
    world.note(`${device.name} has another bit in ${flipped}`);
    fleet.damaged(device);
  });
  device.die({ power: false, operations: 0, phase: "before", downMs });
}
