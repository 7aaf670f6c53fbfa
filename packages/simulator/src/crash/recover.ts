/** One ending of a crash: the power is lost or not, the machine starts again, perhaps dies again in that, and is judged. */
import { random } from "../random.ts";
import { judgeContent } from "./judges/content.ts";
import type { Finding } from "./judges/finding.ts";
import type { Lane } from "./lane.ts";
import type { Tamper } from "./machine.ts";
import type { Ending, Patient } from "./patient.ts";
import { recoverDevice } from "./recover-device.ts";
import { recoverR0 } from "./recover-r0.ts";
import { openWreck, type Wreck } from "./wreck.ts";

export interface RecoveryOptions {
  /** The share of recoveries that are judged by a whole conversation with r0. */
  readonly syncShare: number;
  readonly tamper?: Tamper | undefined;
}

export interface Recovery {
  readonly findings: readonly Finding[];
  /** It died again while it recovered, or right after. */
  readonly diedAgain: boolean;
  readonly synced: boolean;
}

const diesAgainRate = 0.5;

export async function recover(lane: Lane, wreck: Wreck, { death, draw }: Ending, options: RecoveryOptions): Promise<Recovery> {
  const { type, contents } = wreck.rehearsal;
  const key = `${wreck.key}/${death}/${draw}`;
  lane.reset(key);
  const stage = openWreck(lane, wreck, key, options.tamper);
  const draws = random(key, "recovery");
  const findings: Finding[] = [];
  try {
    if (death === "power") stage.victim.disk.losePower(key);
    const { begun, returned } = wreck;
    stage.victim.inspect = (port) => void findings.push(...judgeContent(port, { contents, begun, returned }));
    const diedAgain = death === "kill, then power" || draws.chance(diesAgainRate);
    const patient: Patient = { stage, wreck, death, key, draws, syncs: draws.chance(options.syncShare), findings };
    await (type.victim === "r0" ? recoverR0(patient, diedAgain) : recoverDevice(patient, diedAgain));
    return { findings: findings.filter(({ check }) => type.exempt?.includes(check) !== true), diedAgain, synced: patient.syncs };
  } finally {
    stage.dispose();
  }
}
