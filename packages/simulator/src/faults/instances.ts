/** What happens to one of r0's instances while the others go on. */
import type { Instance } from "../world/instance.ts";
import type { Fault, Struck } from "./fault.ts";

export function instanceDies(struck: Struck, fault: Fault<"instance-dies">): void {
  const instance = instanceOf(struck, fault.instance);
  if (instance === undefined) return;
  if (isAmongOthers(struck, instance)) struck.world.sometimes("an instance dies and another goes on");
  instance.die(fault);
}

export function instanceCloses(struck: Struck, { instance, downMs }: Fault<"instance-closes">): void {
  void instanceOf(struck, instance)?.close(downMs);
}

export function instanceSuspends(struck: Struck, { instance: index, forMs, clockStops }: Fault<"instance-suspends">): void {
  const { world } = struck;
  const process = instanceOf(struck, index)?.process;
  if (process?.isAlive() !== true || process.isSuspended()) return;
  process.suspend(clockStops);
  world.sometimes("an instance stands still");
  world.schedule(forMs, () => process.resume());
}

/** A plan that names more than there are means one of them. */
function instanceOf({ fleet }: Struck, index: number): Instance | undefined {
  const { instances } = fleet.server;
  return instances[index % instances.length];
}

function isAmongOthers({ fleet }: Struck, instance: Instance): boolean {
  return fleet.server.instances.some((other) => other !== instance && other.server !== undefined);
}
