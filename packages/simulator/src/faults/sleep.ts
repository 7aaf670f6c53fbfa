/** A device that is put away: told so first, or not. */
import type { Fault, Struck } from "./fault.ts";

export function background({ fleet, world }: Struck, { device: index, forMs }: Fault<"background">): void {
  const device = fleet.devices[index];
  const replica = device?.replica;
  if (device === undefined || replica === undefined) return;
  const { process } = device;
  void replica.background();
  world.schedule(forMs, () => process?.isAlive() === true && process.effect(() => void replica.foreground()));
}

/** Nobody tells the app: its timers stop, its sockets are half open, and when it goes on it does not know for how long it was away. */
export function suspend({ fleet, world }: Struck, { device: index, forMs, clockStops }: Fault<"suspend">): void {
  const device = fleet.devices[index];
  const process = device?.process;
  if (process?.isAlive() !== true || process.isSuspended()) return;
  process.suspend(clockStops);
  fleet.network.processSuspended(process);
  world.schedule(forMs, () => {
    if (!process.isAlive() || !process.isSuspended()) return;
    world.sometimes(clockStops ? "a process wakes whose clock slept too" : "a process wakes whose timers are long due");
    process.resume();
  });
}
