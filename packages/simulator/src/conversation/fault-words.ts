/** What a planned fault does, in words. */
import type { Death, PlannedFault, Whose } from "../plan/plan.ts";
import { inWords } from "./units.ts";

type Words = { readonly [T in PlannedFault["type"]]?: (fault: Extract<PlannedFault, { type: T }>) => string };

const words: Words = {
  die: (fault) => `${named(fault.device)} ${death(fault)}`,
  "die-twice": (fault) => `${named(fault.device)} ${death(fault)}; ${inWords(fault.afterMs)} after it has started again, its power fails`,
  "die-recovering": (fault) => `${named(fault.device)} ${death(fault)}, and ${fault.times} more times while it starts again`,
  "server-dies": (fault) => `r0 ${death(fault)}`,
  "instance-dies": (fault) => `instance ${fault.instance} of r0 ${death(fault)}`,
  partition: (fault) => `no message passes between r0 and ${fault.devices.map(named).join(", ")} for ${inWords(fault.forMs)}`,
  "answers-lost": (fault) => `r0 hears ${fault.devices.map(named).join(", ")}, and its answers are lost, for ${inWords(fault.forMs)}`,
  "pushes-held": (fault) =>
    `every push of ${fault.devices.map(named).join(", ")} ends its connection for ${inWords(fault.forMs)}, and ${fault.arrive ? "reaches r0 then" : "never reaches r0"}`,
  "clock-jump": (fault) =>
    `the wall clock of ${named(fault.device)} jumps ${inWords(Math.abs(fault.byMs))} ${fault.byMs < 0 ? "back" : "ahead"}`,
  "clock-run": (fault) => `the wall clock of ${named(fault.device)} runs at ${fault.rate} times its speed for ${inWords(fault.forMs)}`,
  "disk-full": (fault) => `the disk of ${named(fault.device)} is full for ${inWords(fault.forMs)}`,
  "disk-error": (fault) => `operation ${fault.operations} from now on the disk of ${named(fault.device)} is an I/O error`,
  "bit-flip": (fault) => `${named(fault.device)} dies, and one bit of its file is another when it starts again`,
  restore: (fault) => `a backup of ${named(fault.device)} is taken, and put back ${inWords(fault.backMs)} later`,
  "restore-server": (fault) =>
    `r0 is put back to what it was ${inWords(fault.backMs)} earlier${fault.damaged ? ", because its file is damaged" : ""}${fault.againMs === undefined ? "" : `, and ${inWords(fault.againMs)} later once more`}`,
  "second-process": (fault) => `a second process of the app opens the file of ${named(fault.device)}`,
  clone: (fault) => `a copy of the disk of ${named(fault.device)} is put into another device, ${named(fault.device)}-clone`,
  compact: (fault) => `r0 drops its stream of space-${fault.space} but for the last ${fault.keep} changes`,
  background: (fault) => `the app of ${named(fault.device)} goes into the background for ${inWords(fault.forMs)}`,
  suspend: (fault) => `${named(fault.device)} is suspended for ${inWords(fault.forMs)}${fault.clockStops ? ", its clocks too" : ""}`,
};

export function faultInWords(fault: PlannedFault): string {
  const tell = words[fault.type] as ((fault: PlannedFault) => string) | undefined;
  return tell?.(fault) ?? plainly(fault);
}

/** Kinds that have no words of their own yet. */
function plainly({ id, atMs, type, ...others }: PlannedFault): string {
  const details = Object.entries(others).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return [type.replaceAll("-", " "), ...details].join(", ");
}

function death({ power, operations, phase, downMs, of = "disk" }: Death): string {
  const how = power ? "loses its power" : "is killed";
  const what = of === "disk" ? "disk operation" : "timer or message";
  const when = operations === 0 ? "at once" : `${phase === "middle" ? "in the middle of" : phase} ${what} ${operations} from now`;
  return `${how} ${when}, and is down for ${inWords(downMs)}`;
}

function named(device: Whose): string {
  return device === "server" ? "r0" : `device-${device}`;
}
