/** The moment at which a fault strikes, for the coverage of the swarm. */
import type { Fleet } from "../fleet.ts";
import type { PlannedFault } from "../plan/plan.ts";
import type { Phase } from "../world/coverage.ts";
import type { Device } from "../world/device.ts";

export function cover(fleet: Fleet, fault: PlannedFault): void {
  const { oracle, coverage, devices } = fleet;
  const effects = new Set<string>();
  for (const [id, { effect }] of oracle.tried) if (!oracle.answers.has(id)) effects.add(effect);
  coverage.met({ fault: fault.type, phase: phaseOf(struckBy(fault, devices)), effects });
}

/** The devices that it is about; all of them, where it is about r0 or about none. */
function struckBy(fault: PlannedFault, devices: readonly Device[]): readonly Device[] {
  if ("devices" in fault) return fault.devices.flatMap((index) => devices[index] ?? []);
  if ("device" in fault && typeof fault.device === "number") return devices.slice(fault.device, fault.device + 1);
  return devices;
}

/** Of several, the moment of the one that has most to lose. */
function phaseOf(devices: readonly Device[]): Phase {
  const phases = new Set(devices.map(phaseOfOne));
  return (["sending", "offline", "down", "asleep"] as const).find((phase) => phases.has(phase)) ?? "in step";
}

function phaseOfOne({ process, replica }: Device): Phase {
  if (process?.isSuspended() === true) return "asleep";
  if (replica === undefined) return "down";
  const { pending, connection } = replica.status();
  if (connection.kind !== "connected") return "offline";
  return pending > 0 ? "sending" : "in step";
}
