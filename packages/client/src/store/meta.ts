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
  port.run("INSERT INTO _meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", [key, value]);
}

export function deleteMeta(port: SqlitePort, key: MetaKey): void {
  port.run("DELETE FROM _meta WHERE key = ?", [key]);
}
