/** A device starts after its death, perhaps dies again in that, and is judged: first by itself, some also by a conversation with r0. */
import { toSchemaSpec } from "@holdfast/core/engine";
import { crashSchema, spaceName } from "./app.ts";
import type { Patient } from "./crash-once.ts";
import { judgeCounters, judgeCursor } from "./judges/agreement.ts";
import type { Finding } from "./judges/finding.ts";
import { judgeFold, judgeLog } from "./judges/fold.ts";
import { judgeIntegrity } from "./judges/integrity.ts";
import { type R0Facts, readR0Facts } from "./judges/r0-facts.ts";
import { judgeSurvival, presentTokens } from "./judges/survival.ts";
import { judgeSync } from "./judges/sync.ts";
import { planDeathInRecovery, stuck } from "./recovery.ts";

const diesAgainRate = 0.5;
/** How many of those that die again have spoken with r0 before. */
const onlineRate = 0.25;

export async function recoverDevice(patient: Patient): Promise<{ readonly findings: readonly Finding[]; readonly diedAgain: boolean }> {
  const { death, draws } = patient;
  const diesAgain = death === "kill, then power" || draws.chance(diesAgainRate);
  const findings: Finding[] = [];
  const shown = new Set<string>();
  if (diesAgain) findings.push(...(await dieAgain(patient, shown)));
  if (findings.length === 0) findings.push(...(await judge(patient, shown)));
  return { findings, diedAgain: diesAgain };
}

async function dieAgain(patient: Patient, shown: Set<string>): Promise<readonly Finding[]> {
  const { stage, rehearsal, death, draws, key } = patient;
  const { device } = stage;
  planDeathInRecovery(patient);
  const online = draws.chance(onlineRate);
  try {
    await stage.drive(async () => {
      if (online && stage.r0.server === undefined) stage.r0.start();
      await device.open({ ...rehearsal.type.reopen, online });
      if (device.port !== undefined) for (const token of presentTokens(device.port, device.replica)) shown.add(token);
      if (online) await stage.until(() => device.isInStep());
    });
  } catch (error) {
    return [stuck("sync", error)];
  } finally {
    stage.victim.planned = undefined;
    device.bury();
  }
  if (death !== "kill") stage.victim.disk.losePower(`${key}/again`);
  return [];
}

async function judge(patient: Patient, shown: ReadonlySet<string>): Promise<readonly Finding[]> {
  const { stage, rehearsal, syncs } = patient;
  const { device, promises } = stage;
  const findings: Finding[] = [];
  try {
    await stage.drive(async () => {
      if (syncs && stage.r0.server === undefined) stage.r0.start();
      const facts = factsOfR0(patient);
      // Who lost the space and has it again holds what r0 holds.
      stage.r0.access = "write";
      await device.open({ ...rehearsal.type.reopen, online: syncs });
      const { port } = device;
      if (port === undefined) return;
      const schema = toSchemaSpec(rehearsal.type.reopen?.schema ?? crashSchema);
      findings.push(
        ...judgeIntegrity(port),
        ...judgeFold(port, schema, spaceName),
        ...judgeLog(port, spaceName),
        ...judgeSurvival(presentTokens(port, device.replica), promises.acknowledged, shown),
        ...judgeCursor(port, spaceName, facts, promises.tried),
        ...judgeCounters(port, spaceName, facts),
      );
      if (syncs) findings.push(...(await judgeSync(stage, rehearsal.type.reopen)));
    });
  } catch (error) {
    findings.push(stuck("reopen", error));
  }
  for (const defect of device.defects) findings.push(stuck("sync", defect));
  return findings;
}

function factsOfR0({ stage, rehearsal }: Patient): R0Facts {
  return stage.r0.port === undefined ? rehearsal.r0 : readR0Facts(stage.r0.port, spaceName);
}
