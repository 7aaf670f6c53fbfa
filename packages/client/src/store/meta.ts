/** The replica's own facts: one row each. */
import type { SqlitePort, SqlValue } from "@holdfast/core/engine";

export type MetaKey =
  | "format"
  | "replica"
  | "principal"
  | "boots"
  | "schemaVersion"
  | "schemaHash"
  | "nonce"
  | "epoch"
  | "sealed"
  | "wiping"
  | "scrub"
  | "requestsForgotten"
  | `shape:${string}`
  | `fill:${string}`;

export function readMeta(port: SqlitePort, key: MetaKey): SqlValue | undefined {
  return port.all("SELECT value FROM _meta WHERE key = ?", [key])[0]?.["value"];
}

export function writeMeta(port: SqlitePort, key: MetaKey, value: SqlValue): void {
  port.run("REPLACE INTO _meta VALUES (?, ?)", [key, value]);
}

export function deleteMeta(port: SqlitePort, key: MetaKey): void {
  port.run("DELETE FROM _meta WHERE key = ?", [key]);
}

/** What stands behind `prefix:` in the keys that have it. */
export function readKeys(port: SqlitePort, prefix: "fill" | "shape"): readonly string[] {
  return port
    .all("SELECT key FROM _meta WHERE key >= ? AND key < ?", [`${prefix}:`, `${prefix};`])
    .map((row) => String(row["key"]).slice(prefix.length + 1));
}
