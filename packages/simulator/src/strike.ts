/** Does to a fleet what a plan's fault says. */
import { unreachable } from "@holdfast/core/engine";
import { bitFlip } from "./faults/bit-flip.ts";
import { clockJump, clockRun } from "./faults/clocks.ts";
import { cover } from "./faults/cover.ts";
import { dieRecovering, dieTwice } from "./faults/deaths.ts";
import { machineOf, type Struck } from "./faults/fault.ts";
import { instanceCloses, instanceDies, instanceSuspends } from "./faults/instances.ts";
import { answersLost, partition, pushesHeld } from "./faults/partition.ts";
import { clone, restore } from "./faults/restore.ts";
import { restoreServer } from "./faults/restore-server.ts";
import { secondProcess } from "./faults/second-process.ts";
import { background, suspend } from "./faults/sleep.ts";
import type { Fleet } from "./fleet.ts";
import { isPeopleEvent } from "./people/people-plan.ts";
import { strikePeople } from "./people/strike-people.ts";
import type { PlannedFault } from "./plan/plan.ts";
import type { World } from "./world/world.ts";

export function strike(fleet: Fleet, world: World, fault: PlannedFault): void {
  world.note(`fault ${fault.id}`, { type: "fault", fault });
  world.struck(fault.type);
  cover(fleet, fault);
  if (isPeopleEvent(fault)) {
    strikePeople(fleet, world, fault);
    return;
  }
  const struck: Struck = { fleet, world };
  switch (fault.type) {
    case "die":
      return fleet.devices[fault.device]?.die(fault);
    case "die-twice":
      return dieTwice(struck, fault);
    case "die-recovering":
      return dieRecovering(struck, fault);
    case "server-dies":
      return fleet.server.die(fault);
    case "instance-dies":
      return instanceDies(struck, fault);
    case "instance-closes":
      return instanceCloses(struck, fault);
    case "instance-suspends":
      return instanceSuspends(struck, fault);
    case "suspend":
      return suspend(struck, fault);
    case "background":
      return background(struck, fault);
    case "partition":
      return partition(struck, fault);
    case "answers-lost":
      return answersLost(struck, fault);
    case "pushes-held":
      return pushesHeld(struck, fault);
    case "clock-jump":
      return clockJump(struck, fault);
    case "clock-run":
      return clockRun(struck, fault);
    case "disk-full": {
      const { disk } = machineOf(struck, fault.device) ?? {};
      if (disk === undefined) return;
      disk.full = true;
      world.schedule(fault.forMs, () => (disk.full = false));
      return;
    }
    case "disk-error":
      return machineOf(struck, fault.device)?.process?.mount.planErrors(fault.operations);
    case "bit-flip":
      return bitFlip(struck, fault);
    case "restore":
      return restore(struck, fault);
    case "restore-server":
      return restoreServer(struck, fault);
    case "second-process":
      return secondProcess(struck, fault);
    case "clone":
      return clone(struck, fault);
    case "compact":
      void fleet.server.server
        ?.compact(fleet.app.spaceName(fault.space), fault.keep)
        .catch((error: unknown) => world.note(`not compacted: ${String(error)}`));
      return;
    default:
      unreachable(fault);
  }
}
