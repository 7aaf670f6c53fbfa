/** Does to a fleet what a plan's fault says. */
import { unreachable } from "@holdfast/core/engine";
import type { Fleet } from "./fleet.ts";
import type { PlannedFault } from "./plan/plan.ts";
import type { Device } from "./world/device.ts";
import type { ServerHost } from "./world/server-host.ts";
import type { World } from "./world/world.ts";

export function strike(fleet: Fleet, world: World, fault: PlannedFault): void {
  world.note(`fault ${fault.id}`, { type: "fault", fault });
  world.struck(fault.type);
  const machine = (which: number | "server"): Device | ServerHost | undefined => (which === "server" ? fleet.server : fleet.devices[which]);
  switch (fault.type) {
    case "die":
      fleet.devices[fault.device]?.die(fault);
      return;
    case "die-twice":
      dieTwice(fleet.devices[fault.device], world, fault);
      return;
    case "server-dies":
      fleet.server.die(fault);
      return;
    case "partition":
      partition(fleet, world, fault);
      return;
    case "clock-jump": {
      const found = machine(fault.device);
      if (found !== undefined) found.skewMs += fault.byMs;
      return;
    }
    case "disk-full": {
      const found = machine(fault.device);
      if (found === undefined) return;
      found.disk.full = true;
      world.schedule(fault.forMs, () => (found.disk.full = false));
      return;
    }
    case "disk-error":
      machine(fault.device)?.process?.mount.planErrors(fault.operations);
      return;
    case "restore":
      restore(fleet, world, fault);
      return;
    case "clone":
      clone(fleet, fault.device);
      return;
    case "compact":
      void fleet.server.server
        ?.compact(fleet.app.spaceName(fault.space), fault.keep)
        .catch((error: unknown) => world.note(`not compacted: ${String(error)}`));
      return;
    case "background":
      background(fleet.devices[fault.device], world, fault.forMs);
      return;
    default:
      unreachable(fault);
  }
}

type Fault<Type extends PlannedFault["type"]> = Extract<PlannedFault, { type: Type }>;

/** Killed inside a commit, opened again, and then the power fails: trap 21 in its shortest form. */
function dieTwice(device: Device | undefined, world: World, fault: Fault<"die-twice">): void {
  if (device === undefined) return;
  device.beforeStart(() => {
    world.sometimes("a kill is followed by a loss of power");
    world.schedule(fault.afterMs, () => device.die({ power: true, operations: 0, phase: "before", downMs: 100 }));
  });
  device.die(fault);
}

function partition(fleet: Fleet, world: World, { devices, forMs }: Fault<"partition">): void {
  const names = devices.flatMap((index) => fleet.devices[index]?.name ?? []);
  for (const name of names) fleet.network.partition(name);
  world.schedule(forMs, () => names.forEach((name) => fleet.network.heal(name)));
  if (forMs > 24 * 3_600_000) world.sometimes("a partition lasts for days");
}

/** The backup is taken when the fault strikes, and put back at its end. */
function restore(fleet: Fleet, world: World, { device: index, backMs, downMs }: Fault<"restore">): void {
  const device = fleet.devices[index];
  if (device === undefined) return;
  const backup = device.disk.copy(`${device.name}-backup`);
  const memory = fleet.oracle.backUp(device.name);
  world.schedule(backMs, () => {
    if (device.replica === undefined) return;
    world.sometimes("a device comes back from a backup");
    device.beforeStart(() => {
      fleet.oracle.putBack(device.name, memory);
      device.disk = backup;
    });
    device.die({ power: false, operations: 0, phase: "before", downMs });
  });
}

function clone(fleet: Fleet, index: number): void {
  const device = fleet.devices[index];
  if (device?.replica === undefined) return;
  const name = `${device.name}-clone`;
  const copy = fleet.addDevice(name, device.signIn, device.disk.copy(name));
  fleet.oracle.putBack(name, fleet.oracle.backUp(device.name));
  copy.start();
}

function background(device: Device | undefined, world: World, forMs: number): void {
  const replica = device?.replica;
  if (device === undefined || replica === undefined) return;
  const { process } = device;
  void replica.background();
  world.schedule(forMs, () => process?.isAlive() === true && void replica.foreground());
}
