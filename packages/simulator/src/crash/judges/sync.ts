/** D1, D2, L1: after a crash the device and r0 speak until nothing is left to say, and hold the same; opened again, nothing has changed. */
import { spaceName } from "../app.ts";
import type { OpenOptions } from "../crash-device.ts";
import type { Stage } from "../stage.ts";
import type { Finding } from "./finding.ts";
import { readR0Facts } from "./r0-facts.ts";
import { presentTokens } from "./survival.ts";

/** The device is open online, and r0 runs. Leaves the device without a link. */
export async function judgeSync(stage: Stage, reopen: OpenOptions = {}): Promise<readonly Finding[]> {
  const { device, r0, promises } = stage;
  const findings: Finding[] = [];
  await stage.until(() => device.isInStep() && device.replica.status().spaces[spaceName]?.access !== "none");
  const digest = await device.replica.digest(spaceName);
  const digestAtR0 = await r0.server?.digest(spaceName);
  if (digest !== digestAtR0)
    findings.push({ harm: "stuck", check: "sync", detail: `the device holds ${digest}, and r0 ${String(digestAtR0)}` });
  if (device.port === undefined || r0.port === undefined) return findings;
  const present = presentTokens(device.port, device.replica);
  const letters = new Set(device.port.all("SELECT id FROM entries").map((row) => String(row["id"])));
  const { entries } = readR0Facts(r0.port, spaceName);
  for (const token of promises.acknowledged)
    if (!present.has(token) || (letters.has(token) && !entries.has(token)))
      findings.push({ harm: "lost", check: "survival", detail: `${token} was acknowledged, and is gone after the conversation` });
  await device.close();
  await device.open(reopen);
  if (digest !== (await device.replica.digest(spaceName)))
    findings.push({ harm: "torn", check: "reopen", detail: "closed and opened again, the device holds something else" });
  return findings;
}
