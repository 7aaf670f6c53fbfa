/** What compaction asks of the embedded store: short transactions, each over so many rows at most. */
import type { PositionRow, ReplicaId, SpaceId } from "@holdfast/core/engine";
import type { CompactionPart } from "../store/compaction-part.ts";
import type { Database } from "./database.ts";
import { readCrowdedPage, readTombstonePage } from "./read-rows.ts";

/** `write` runs its body in one transaction, behind what is queued. */
export function compactionOver(database: Database, write: <T>(body: () => T) => T): CompactionPart {
  return {
    async compact(space, horizon) {
      write(() => database.run("UPDATE spaces SET horizon = MAX(horizon, MIN(head, ?)) WHERE space = ?", horizon, space));
    },
    async dropStream(space, countMax) {
      if (firstBehind(database, space) === undefined) return 0;
      return write(() => dropStream(database, space, countMax));
    },
    async readAged(space, through, beforeMs, countMax) {
      let aged = horizonOf(database, space);
      const rows = database.all(
        "SELECT sequence, at FROM stream WHERE space = ? AND sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?",
        space,
        aged,
        through,
        countMax,
      );
      for (const row of rows) {
        if ((row["at"] as number) >= beforeMs) break;
        aged = row["sequence"] as number;
      }
      return aged;
    },
    readTombstones: async (space, through, bounds) => readTombstonePage(database, space, through, bounds),
    readCrowded: async (space, through, entries, bounds) => readCrowdedPage(database, space, through, entries, bounds),
    async readCompactable(after, countMax) {
      const rows = database.all(
        `SELECT space FROM spaces WHERE space > ? AND (head > horizon
           OR EXISTS (SELECT 1 FROM stream WHERE stream.space = spaces.space)
           OR EXISTS (SELECT 1 FROM records INDEXED BY records_deleted WHERE records.space = spaces.space AND deleted = 1))
         ORDER BY space LIMIT ?`,
        after ?? "",
        countMax,
      );
      return rows.map((row) => row["space"] as SpaceId);
    },
    async sizeOf(space) {
      const row = database.get("SELECT stream_bytes, state_bytes FROM spaces WHERE space = ?", space);
      return {
        streamBytes: (row?.["stream_bytes"] as number | undefined) ?? 0,
        stateBytes: (row?.["state_bytes"] as number | undefined) ?? 0,
      };
    },
    async countRecords(space) {
      const row = database.get("SELECT COUNT(*) AS n, COALESCE(SUM(deleted), 0) AS dead FROM records WHERE space = ?", space);
      const tombstones = row?.["dead"] as number;
      return { records: (row?.["n"] as number) - tombstones, tombstones };
    },
    async writePositions(rows) {
      if (rows.length === 0) return;
      write(() => {
        for (const { space, replica, sequence, atMs } of rows)
          database.run(
            "INSERT OR REPLACE INTO positions (space, replica, sequence, at) VALUES (?, ?, ?, ?)",
            space,
            replica,
            sequence,
            atMs,
          );
      });
    },
    async readPositions(space, sinceMs, countMax) {
      const rows = database.all(
        "SELECT replica, sequence, at FROM positions WHERE space = ? AND at >= ? ORDER BY sequence, replica LIMIT ?",
        space,
        sinceMs,
        countMax,
      );
      return rows.map(
        (row): PositionRow => ({
          space,
          replica: row["replica"] as ReplicaId,
          sequence: row["sequence"] as number,
          atMs: row["at"] as number,
        }),
      );
    },
    async dropPositions(beforeMs, countMax) {
      const rows = database.all("SELECT space, replica FROM positions WHERE at < ? ORDER BY at LIMIT ?", beforeMs, countMax);
      if (rows.length > 0)
        write(() => {
          for (const row of rows)
            database.run(
              "DELETE FROM positions WHERE space = ? AND replica = ? AND at < ?",
              row["space"] as string,
              row["replica"] as string,
              beforeMs,
            );
        });
      return rows.length;
    },
  };
}

function horizonOf(database: Database, space: SpaceId): number {
  return (database.get("SELECT horizon FROM spaces WHERE space = ?", space)?.["horizon"] as number | undefined) ?? 0;
}

function firstBehind(database: Database, space: SpaceId): number | undefined {
  const row = database.get("SELECT sequence FROM stream WHERE space = ? ORDER BY sequence LIMIT 1", space);
  const first = row?.["sequence"] as number | undefined;
  return first !== undefined && first <= horizonOf(database, space) ? first : undefined;
}

/** From the first row that is there, by key: the rows before it are gone, and need not be looked for. */
function dropStream(database: Database, space: SpaceId, countMax: number): number {
  const first = firstBehind(database, space);
  if (first === undefined) return 0;
  const last = Math.min(horizonOf(database, space), first + countMax - 1);
  const dropped = database.get(
    "SELECT COUNT(*) AS n, COALESCE(SUM(length(bytes)), 0) AS bytes FROM stream WHERE space = ? AND sequence BETWEEN ? AND ?",
    space,
    first,
    last,
  );
  database.run("DELETE FROM stream WHERE space = ? AND sequence BETWEEN ? AND ?", space, first, last);
  database.run("UPDATE spaces SET stream_bytes = stream_bytes - ? WHERE space = ?", dropped?.["bytes"] as number, space);
  return dropped?.["n"] as number;
}
