/** r0 starts after its death, perhaps dies again in that, and is judged; the devices that speak with it go on by themselves. */
import { toSchemaSpec } from "@holdfast/core/engine";
import { grownSchema, spaceName } from "./app.ts";
import type { Patient } from "./patient.ts";
import { type DeviceFacts, judgeAnswers, readDeviceFacts } from "./judges/agreement.ts";
import { judgeIntegrity } from "./judges/integrity.ts";
import { readR0Facts } from "./judges/r0-facts.ts";
import { judgeStream } from "./judges/stream.ts";
import { judgeSync } from "./judges/sync.ts";
import { planDeathInRecovery, stuck } from "./recovery.ts";

export async function recoverR0(patient: Patient, diesAgain: boolean): Promise<void> {
  if (diesAgain) await dieAgain(patient);
  if (patient.findings.length === 0) await judge(patient);
}

async function dieAgain(patient: Patient): Promise<void> {
  const { stage, wreck, death, key, findings } = patient;
  const { device, r0 } = stage;
  planDeathInRecovery(patient);
  try {
    await stage.drive(async () => {
      r0.start();
      await r0.store?.meta();
      // Whoever was connected is told what r0 finds, and believes it.
      if (!wreck.deviceWasUp) return;
      await device.open({ online: true });
      await stage.until(() => device.isInStep());
    });
  } catch (error) {
    findings.push(stuck("sync", error));
  } finally {
    stage.victim.planned = undefined;
    r0.bury();
  }
  if (death !== "kill") stage.victim.disk.losePower(`${key}/again`);
}

async function judge(patient: Patient): Promise<void> {
  const { stage, syncs, findings } = patient;
  const { device, r0 } = stage;
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
}

function toldDevice({ stage, wreck }: Patient): DeviceFacts | undefined {
  const { port } = stage.device;
  return port === undefined ? wreck.device : readDeviceFacts(port, spaceName);
}
