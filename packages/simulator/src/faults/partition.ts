/** Nothing passes between some devices and r0, in both directions or in one; or r0's answers alone do not, or pushes. */
import type { Fault, Struck } from "./fault.ts";

const hourMs = 3_600_000;

export function partition(struck: Struck, { devices, forMs, direction }: Fault<"partition">): void {
  const { fleet, world } = struck;
  const names = namesOf(struck, devices);
  for (const name of names) fleet.network.partition(name, direction);
  world.schedule(forMs, () => names.forEach((name) => fleet.network.heal(name)));
  if (forMs > hourMs) world.sometimes("a partition lasts for hours");
  if (direction !== undefined) world.sometimes("a partition is of one direction");
}

export function answersLost(struck: Struck, { devices, forMs }: Fault<"answers-lost">): void {
  const { fleet, world } = struck;
  const names = namesOf(struck, devices);
  for (const name of names) fleet.network.loseAnswers(name, true);
  world.schedule(forMs, () => names.forEach((name) => fleet.network.loseAnswers(name, false)));
}

export function pushesHeld(struck: Struck, { devices, forMs, arrive }: Fault<"pushes-held">): void {
  const { fleet, world } = struck;
  const names = namesOf(struck, devices);
  for (const name of names) fleet.network.holdPushes(name, arrive);
  world.schedule(forMs, () => names.forEach((name) => fleet.network.letPushesGo(name)));
}

function namesOf({ fleet }: Struck, devices: readonly number[]): readonly string[] {
  return devices.flatMap((index) => fleet.devices[index]?.name ?? []);
}
