/** What a device holds agrees with what r0 holds, before the two have spoken. */
import type { SqlitePort } from "@holdfast/core/engine";
import type { Finding } from "./finding.ts";
import type { R0Facts } from "./r0-facts.ts";
import { waitsForSnapshot } from "./waits-for-snapshot.ts";

/** E3: what others wrote is here exactly up to the cursor. `tried`: the device's own. */
export function judgeCursor(port: SqlitePort, space: string, facts: R0Facts, tried: ReadonlySet<string>): readonly Finding[] {
  if (waitsForSnapshot(port, space)) return [];
  const sequence = (port.all("SELECT sequence FROM _spaces WHERE space = ?", [space])[0]?.["sequence"] as number | undefined) ?? 0;
  const present = new Set(port.all("SELECT id FROM entries WHERE space = ?", [space]).map((row) => String(row["id"])));
  const findings: Finding[] = [];
  for (const [entry, at] of facts.entries) {
    if (tried.has(entry) || present.has(entry) === at <= sequence) continue;
    const detail = present.has(entry) ? `${entry} is here from ahead of the cursor` : `the cursor has passed ${entry}, which is not here`;
    findings.push({ harm: present.has(entry) ? "torn" : "lost", check: "cursor", detail: `${detail}: ${at}, cursor at ${sequence}` });
  }
  return findings;
}

/** O2: no counter that r0 has answered is ever used again. */
export function judgeCounters(port: SqlitePort, space: string, facts: R0Facts): readonly Finding[] {
  const replica = port.all("SELECT value FROM _meta WHERE key = 'replica'")[0]?.["value"] as string | undefined;
  const [row] = port.all(
    `SELECT max(counter, coalesce((SELECT max(counter_last) FROM _log WHERE space = ?1), 0)) AS counter FROM _spaces WHERE space = ?1`,
    [space],
  );
  const mark = facts.marks.get(replica ?? "") ?? 0;
  const counter = (row?.["counter"] as number | undefined) ?? 0;
  return mark <= counter
    ? []
    : [{ harm: "lost", check: "counters", detail: `r0 has answered ${mark} operations, and the device knows ${counter}` }];
}

/** What a device has been told by r0. */
export interface DeviceFacts {
  readonly replica: string;
  readonly settledThrough: number;
  readonly sequence: number;
}

/** Undefined before the device has followed the space. */
export function readDeviceFacts(port: SqlitePort, space: string): DeviceFacts | undefined {
  const [row] = port.all("SELECT value AS replica, settled_through, sequence FROM _meta, _spaces WHERE key = 'replica' AND space = ?", [
    space,
  ]);
  if (row === undefined) return undefined;
  const { replica, settled_through: settledThrough, sequence } = row;
  return { replica: String(replica), settledThrough: settledThrough as number, sequence: sequence as number };
}

/** D1 at r0: what it has answered and what it has served is there. */
export function judgeAnswers({ replica, settledThrough, sequence }: DeviceFacts, facts: R0Facts): readonly Finding[] {
  const mark = facts.marks.get(replica) ?? 0;
  const findings: Finding[] = [];
  const lost = (detail: string): void => void findings.push({ harm: "lost", check: "answers", detail });
  if (settledThrough > mark) lost(`r0 had answered ${settledThrough} operations, and knows ${mark}`);
  if (sequence > facts.head) lost(`r0 had served its stream up to ${sequence}, and has ${facts.head}`);
  return findings;
}
