/** `_intents`: what was requested and still shows its provisional effect. `sequence`: where that of r0 stands, once it has decided. */
import type { SpaceId, SqlitePort } from "@holdfast/core/engine";
import { insertInto } from "./upsert.ts";

export function addIntent(port: SqlitePort, space: SpaceId, counter: number, name: string, input: Uint8Array): void {
  insertInto(port, "_intents", { space, counter, name, input });
}

export function dropIntent(port: SqlitePort, space: SpaceId, counter: number): void {
  port.run("DELETE FROM _intents WHERE space = ? AND counter = ?", [space, counter]);
}

export function countIntents(port: SqlitePort, space: SpaceId): number {
  return port.all("SELECT count(*) AS n FROM _intents WHERE space = ?", [space])[0]?.["n"] as number;
}

/** r0 decides them anew, or tells once more how. */
export function reopenIntents(port: SqlitePort, space: SpaceId, after: number): void {
  port.run("UPDATE _intents SET sequence = NULL WHERE space = ? AND counter > ?", [space, after]);
}
