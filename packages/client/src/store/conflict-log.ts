/** Values that a resolution did not keep. A loser is named by its dot, field and item: told twice, it is kept once. */
import { valueOrNull, type SpaceId, type SqlitePort, type SqlRow, type Value, valueToBytes } from "@holdfast/core/engine";
import { insertInto } from "./upsert.ts";

export interface Conflict {
  readonly id: number;
  readonly space: SpaceId;
  readonly collection: string;
  readonly record: string;
  /** Empty: the record's deletion lost to an edit that it had not seen. */
  readonly field: string;
  /** Of a list: the item's key; else empty. */
  readonly item: string;
  readonly value: Value;
  /** `replica:counter` of the two writes. */
  readonly loser: string;
  readonly winner: string;
  /** By the clock of this device, when it was found. */
  readonly at: number;
}

export type NewConflict = Omit<Conflict, "id">;

export function addConflict(port: SqlitePort, conflict: NewConflict): void {
  insertInto(port, "_conflicts", { ...conflict, value: valueToBytes(conflict.value) }, " ON CONFLICT DO NOTHING");
}

/** Makes room: the oldest go first. */
export function trimConflicts(port: SqlitePort, conflictsMax: number): void {
  port.run("DELETE FROM _conflicts WHERE id <= (SELECT id FROM _conflicts ORDER BY id DESC LIMIT 1 OFFSET ?)", [conflictsMax]);
}

export function countConflicts(port: SqlitePort): number {
  return port.all("SELECT count(*) AS n FROM _conflicts")[0]?.["n"] as number;
}

export function listConflicts(port: SqlitePort): readonly Conflict[] {
  return port.all("SELECT * FROM _conflicts ORDER BY id").map(rowToConflict);
}

export function readConflict(port: SqlitePort, id: number): Conflict | undefined {
  const [row] = port.all("SELECT * FROM _conflicts WHERE id = ?", [id]);
  return row === undefined ? undefined : rowToConflict(row);
}

export function conflictsOn(port: SqlitePort, space: SpaceId, collection: string, record: string): readonly Conflict[] {
  return port
    .all("SELECT * FROM _conflicts WHERE space = ? AND collection = ? AND record = ?", [space, collection, record])
    .map(rowToConflict);
}

export function conflictsAfter(port: SqlitePort, id: number): readonly Conflict[] {
  return port.all("SELECT * FROM _conflicts WHERE id > ? ORDER BY id", [id]).map(rowToConflict);
}

export function deleteConflict(port: SqlitePort, id: number): void {
  port.run("DELETE FROM _conflicts WHERE id = ?", [id]);
}

function rowToConflict(row: SqlRow): Conflict {
  // Its columns have the names and the values of what it is.
  return { ...(row as unknown as Conflict), value: valueOrNull(row["value"] as Uint8Array) };
}
