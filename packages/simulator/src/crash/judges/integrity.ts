/** D4: what SQLite itself says of its file. */
import type { SqlitePort } from "@holdfast/core/engine";
import type { Finding } from "./finding.ts";

export function judgeIntegrity(port: SqlitePort): readonly Finding[] {
  const [row] = port.all("PRAGMA integrity_check");
  const found = String(row?.["integrity_check"]);
  return found === "ok" ? [] : [{ harm: "torn", check: "integrity", detail: found }];
}
