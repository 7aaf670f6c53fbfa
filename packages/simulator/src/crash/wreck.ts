/** A transaction that was died in: what lies on the disks, and what had been promised. From there it can end in many ways. */
import type { DeathPhase } from "../disk/mount.ts";
import { spaceName } from "./app.ts";
import { type DeviceFacts, readDeviceFacts } from "./judges/agreement.ts";
import { type R0Facts, readR0Facts } from "./judges/r0-facts.ts";
import type { Lane, LaneDisk } from "./lane.ts";
import type { Tamper } from "./machine.ts";
import type { Promises } from "./promises.ts";
import { openStage, type Rehearsal } from "./rehearsal.ts";
import { type Images, Stage } from "./stage.ts";

export interface CrashPoint {
  readonly operation: number;
  readonly phase: DeathPhase;
}

export interface Wreck {
  readonly key: string;
  readonly rehearsal: Rehearsal;
  readonly images: Images;
  readonly promises: Promises;
  /** Of the one that died: commits that it had begun, and those that had returned to it. */
  readonly begun: number;
  readonly returned: number;
  /** What the other one knew at that moment. */
  readonly r0: R0Facts;
  readonly device: DeviceFacts | undefined;
  /** Whether the device was speaking with r0 when r0 died. */
  readonly deviceWasUp: boolean;
  readonly access: Stage["r0"]["access"];
}

/** Everything that was under way has arrived by then, and nobody has tried again. */
const arrivalMs = 4;

export async function wreck(lane: Lane, rehearsal: Rehearsal, { operation, phase }: CrashPoint, tamper?: Tamper): Promise<Wreck> {
  const { type } = rehearsal;
  const key = `${rehearsal.key}/${operation}/${phase}`;
  const stage = openStage(lane, rehearsal, tamper);
  const { victim, device, r0, promises } = stage;
  victim.planned = { operation, phase, key };
  if ((await stage.drive(() => type.act(stage))) !== "died") throw new Error(`${key} was to die, and did not.`);
  const { begun, returned } = victim;
  if (type.victim === "r0") {
    r0.bury();
    // What it sent before it died still arrives.
    await stage.world.run(stage.world.nowMs + arrivalMs);
  }
  const deviceWasUp = device.machine.alive && device.port !== undefined;
  const facts = {
    r0: r0.machine.alive && r0.port !== undefined ? readR0Facts(r0.port, spaceName) : rehearsal.r0,
    device: deviceWasUp && device.port !== undefined ? readDeviceFacts(device.port, spaceName) : rehearsal.device,
  };
  return { key, rehearsal, images: stage.abandon(), promises, begun, returned, ...facts, deviceWasUp, access: r0.access };
}

/** The machines as the crash has left them, apart from those of other endings. */
export function openWreck(lane: Lane, { key, images, promises, access, rehearsal }: Wreck, ending: string, tamper?: Tamper): Stage {
  const options = { lane, seed: `${key}/${ending}`, images, promises: promises.copy(), victim: rehearsal.type.victim };
  const stage = new Stage(tamper === undefined ? options : { ...options, tamper });
  stage.r0.access = access;
  return stage;
}

export function releaseWreck({ images }: Wreck): void {
  for (const disk of Object.values(images) as LaneDisk[]) disk.release();
}
