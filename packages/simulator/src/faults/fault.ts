/** What a fault strikes, and one fault of a plan by its type. */
import type { Fleet } from "../fleet.ts";
import type { FaultType, Whose, WorldFault } from "../plan/plan.ts";
import type { Device } from "../world/device.ts";
import type { ServerHost } from "../world/server-host.ts";
import type { World } from "../world/world.ts";

export interface Struck {
  readonly fleet: Fleet;
  readonly world: World;
}

export type Fault<Type extends FaultType> = Extract<WorldFault, { type: Type }>;

/** Undefined: the plan was shrunk, and there is no such device any more. */
export function machineOf({ fleet }: Struck, whose: Whose): Device | ServerHost | undefined {
  return whose === "server" ? fleet.server : fleet.devices[whose];
}
