/** A device starts after its death, perhaps dies again in that, and is judged: first by itself, some also by a conversation with r0. */
import { toSchemaSpec } from "@holdfast/core/engine";
import { crashSchema, spaceName } from "./app.ts";
import type { Patient } from "./patient.ts";
import { judgeCounters, judgeCursor } from "./judges/agreement.ts";
import { judgeFold, judgeLog } from "./judges/fold.ts";
import { judgeIntegrity } from "./judges/integrity.ts";
import { type R0Facts, readR0Facts } from "./judges/r0-facts.ts";
import { judgeSurvival, presentTokens } from "./judges/survival.ts";
import { judgeSync } from "./judges/sync.ts";
import { planDeathInRecovery, stuck } from "./recovery.ts";

/** How many of those that die again have spoken with r0 before. */
const onlineRate = 0.25;

export async function recoverDevice(patient: Patient, diesAgain: boolean): Promise<void> {
  const shown = new Set<string>();
  if (diesAgain) await dieAgain(patient, shown);
  if (patient.findings.length === 0) await judge(patient, shown);
}

async function dieAgain(patient: Patient, shown: Set<string>): Promise<void> {
  const { stage, wreck, death, draws, key, findings } = patient;
  const { device } = stage;
  planDeathInRecovery(patient);
  const online = draws.chance(onlineRate);
  try {
    await stage.drive(async () => {
      if (online && stage.r0.server === undefined) stage.r0.start();
      await device.open({ ...wreck.rehearsal.type.reopen, online });
      if (device.port !== undefined) for (const token of presentTokens(device.port, device.replica)) shown.add(token);
      if (online) await stage.until(() => device.isInStep());
    });
  } catch (error) {
    findings.push(stuck("sync", error));
  } finally {
    stage.victim.planned = undefined;
    device.bury();
  }
  if (death !== "kill") stage.victim.disk.losePower(`${key}/again`);
}

async function judge(patient: Patient, shown: ReadonlySet<string>): Promise<void> {
  const { stage, wreck, syncs, findings } = patient;
  const { device, promises } = stage;
  const { reopen } = wreck.rehearsal.type;
  try {
    await stage.drive(async () => {
      if (syncs && stage.r0.server === undefined) stage.r0.start();
      const facts = factsOfR0(patient);
      // Who lost the space and has it again holds what r0 holds.
      stage.r0.access = "write";
      await device.open({ ...reopen, online: syncs });
      const { port } = device;
      if (port === undefined) return;
      const schema = toSchemaSpec(reopen?.schema ?? crashSchema);
      findings.push(
        ...judgeIntegrity(port),
        ...judgeFold(port, schema, spaceName),
        ...judgeLog(port, spaceName),
        ...judgeSurvival(presentTokens(port, device.replica), promises.acknowledged, shown),
        ...judgeCursor(port, spaceName, facts, promises.tried),
        ...judgeCounters(port, spaceName, facts),
      );
      if (syncs) findings.push(...(await judgeSync(stage, reopen)));
    });
  } catch (error) {
    findings.push(stuck("reopen", error));
  }
  for (const defect of device.defects) findings.push(stuck("sync", defect));
}

function factsOfR0({ stage, wreck }: Patient): R0Facts {
  return stage.r0.port === undefined ? wreck.r0 : readR0Facts(stage.r0.port, spaceName);
}
