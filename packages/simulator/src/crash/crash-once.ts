/** One crash: the machine dies in its transaction, perhaps again while it recovers, and is judged. */
import type { DeathPhase } from "../disk/mount.ts";
import { type Random, random } from "../random.ts";
import { judgeContent } from "./judges/content.ts";
import type { Finding } from "./judges/finding.ts";
import type { Lane } from "./lane.ts";
import type { Tamper } from "./machine.ts";
import { recoverDevice } from "./recover-device.ts";
import { recoverR0 } from "./recover-r0.ts";
import { fileOf, openStage, type Rehearsal } from "./rehearsal.ts";
import type { Stage } from "./stage.ts";

/** `kill, then power`: it starts again after the kill, shows and sends what it finds, and then the power fails (trap 21). */
export const deaths = ["kill", "power", "kill, then power"] as const;
export type DeathKind = (typeof deaths)[number];

export interface CrashPoint {
  readonly operation: number;
  readonly phase: DeathPhase;
  readonly death: DeathKind;
}

export interface CrashOptions {
  /** The share of recoveries that are judged by a whole conversation with r0. */
  readonly syncShare: number;
  readonly tamper?: Tamper | undefined;
}

/** What a recovery works with. */
export interface Patient {
  readonly stage: Stage;
  readonly rehearsal: Rehearsal;
  readonly death: DeathKind;
  readonly key: string;
  readonly draws: Random;
  /** The final judge is a whole conversation. */
  readonly syncs: boolean;
}

export interface CrashResult {
  readonly findings: readonly Finding[];
  /** It died again while it recovered, or right after. */
  readonly diedAgain: boolean;
  readonly synced: boolean;
}

export async function crashOnce(lane: Lane, rehearsal: Rehearsal, point: CrashPoint, options: CrashOptions): Promise<CrashResult> {
  const { type, contents } = rehearsal;
  const { operation, phase, death } = point;
  const key = `${rehearsal.key}/${operation}/${phase}/${death}`;
  const stage = openStage(lane, rehearsal, options.tamper);
  try {
    const { victim } = stage;
    victim.planned = { operation, phase, key };
    if ((await stage.drive(() => type.act(stage))) !== "died") throw new Error(`${key} was to die, and did not.`);
    bury(stage, type.victim);
    if (death === "power") victim.disk.losePower(key);
    const { begun, returned } = victim;
    const broken = judgeContent(victim.disk, fileOf(type), { contents, begun, returned });
    if (broken.length > 0) return { findings: broken, diedAgain: false, synced: false };
    const draws = random(key, "recovery");
    const patient: Patient = { stage, rehearsal, death, key, draws, syncs: draws.chance(options.syncShare) };
    const { findings, diedAgain } = await (type.victim === "r0" ? recoverR0(patient) : recoverDevice(patient));
    return { findings: findings.filter(({ check }) => type.exempt?.includes(check) !== true), diedAgain, synced: patient.syncs };
  } finally {
    stage.dispose();
  }
}

export function bury(stage: Stage, victim: "device" | "r0"): void {
  if (victim === "r0") stage.r0.bury();
  else stage.device.bury();
}
