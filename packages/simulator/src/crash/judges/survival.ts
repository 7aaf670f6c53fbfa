/** D1, D6: what was acknowledged is there, and so is what was shown after an earlier crash: in its table, or among the dead letters. */
import type { Replica } from "@holdfast/client";
import type { SqlitePort } from "@holdfast/core/engine";
import type { CrashSchema } from "../app.ts";
import type { Finding } from "./finding.ts";

export function presentTokens(port: SqlitePort, replica: Replica<CrashSchema>): ReadonlySet<string> {
  const present = new Set(port.all("SELECT id FROM entries").map((row) => String(row["id"])));
  for (const { payload } of replica.deadLetters.list())
    if (payload.type !== "request") for (const { collection, record } of payload.changes) if (collection === "entries") present.add(record);
  return present;
}

export function judgeSurvival(
  present: ReadonlySet<string>,
  acknowledged: ReadonlySet<string>,
  shown: ReadonlySet<string>,
): readonly Finding[] {
  const findings: Finding[] = [];
  for (const token of acknowledged)
    if (!present.has(token)) findings.push({ harm: "lost", check: "survival", detail: `${token} was acknowledged and is gone` });
  for (const token of shown)
    if (!present.has(token))
      findings.push({ harm: "lost", check: "shown", detail: `${token} was shown after a crash and is gone after the next` });
  return findings;
}
