/** r0 starts after its death, perhaps dies again in that, and is judged; the devices that speak with it go on by themselves. */
import { toSchemaSpec } from "@holdfast/core/engine";
import { grownSchema, spaceName } from "./app.ts";
import type { Patient } from "./crash-once.ts";
import { type DeviceFacts, judgeAnswers, readDeviceFacts } from "./judges/agreement.ts";
import type { Finding } from "./judges/finding.ts";
import { judgeIntegrity } from "./judges/integrity.ts";
import { readR0Facts } from "./judges/r0-facts.ts";
import { judgeStream } from "./judges/stream.ts";
import { judgeSync } from "./judges/sync.ts";
import { planDeathInRecovery, stuck } from "./recovery.ts";

const diesAgainRate = 0.5;

export async function recoverR0(patient: Patient): Promise<{ readonly findings: readonly Finding[]; readonly diedAgain: boolean }> {
  const { death, draws } = patient;
  const diesAgain = death === "kill, then power" || draws.chance(diesAgainRate);
  const findings: Finding[] = [];
  if (diesAgain) findings.push(...(await dieAgain(patient)));
  if (findings.length === 0) findings.push(...(await judge(patient)));
  return { findings, diedAgain: diesAgain };
}

async function dieAgain(patient: Patient): Promise<readonly Finding[]> {
  const { stage, death, key } = patient;
  const { device, r0 } = stage;
  planDeathInRecovery(patient);
  try {
    await stage.drive(async () => {
      r0.start();
      await r0.store?.meta();
      // Whoever was connected is told what r0 finds, and believes it.
      if (device.machine.alive) await stage.until(() => device.isInStep());
    });
  } catch (error) {
    return [stuck("sync", error)];
  } finally {
    stage.victim.planned = undefined;
    r0.bury();
  }
  if (death !== "kill") stage.victim.disk.losePower(`${key}/again`);
  return [];
}

async function judge(patient: Patient): Promise<readonly Finding[]> {
  const { stage, syncs } = patient;
  const { device, r0 } = stage;
  const findings: Finding[] = [];
  try {
    await stage.drive(async () => {
      const told = toldDevice(patient);
      r0.start();
      await r0.store?.meta();
      const { port } = r0;
      if (port === undefined) return;
      findings.push(...judgeIntegrity(port), ...judgeStream(port, toSchemaSpec(grownSchema), spaceName));
      if (told !== undefined) findings.push(...judgeAnswers(told, readR0Facts(port, spaceName)));
      if (!syncs) return;
      if (!device.machine.alive) await device.open({ online: true });
      findings.push(...(await judgeSync(stage)));
    });
  } catch (error) {
    findings.push(stuck("reopen", error));
  }
  for (const defect of device.defects) findings.push(stuck("sync", defect));
  return findings;
}

function toldDevice({ stage, rehearsal }: Patient): DeviceFacts | undefined {
  const { port } = stage.device;
  return port === undefined ? rehearsal.device : readDeviceFacts(port, spaceName);
}
