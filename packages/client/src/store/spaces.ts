/** One row a space: where it stands with r0. The next counter and Lamport time also look at the change log, which a write alone touches. */
import { type Cursor, type SpaceFacts, type SpaceId, type SqlitePort, type SqlRow, type SqlValue } from "@holdfast/core/engine";
import { readLast } from "./change-log.ts";
import { upsertInto } from "./upsert.ts";

export interface SpaceRow {
  readonly space: SpaceId;
  followed: boolean;
  cursor: Cursor;
  sequence: number;
  /** The highest counter durably used here. */
  counter: number;
  /** The highest Lamport time seen. */
  lamport: number;
  settledThrough: number;
  /** The chain at `settledThrough`. */
  chain: Uint8Array;
  access: SpaceFacts["access"];
  bootstrapping: boolean;
  /** Own operations up to here were confirmed when the snapshot in progress began: it may lack later ones, and r0 does not send them back. */
  snapshotOwn: number;
  /** r0's head when it began the snapshot in progress. */
  snapshotHead: number;
  /**
   * Of the own operations up to here r0 had decided when a snapshot of the space began, or a tombstone was collected. One of them that the
   * confirmed state does not have is in a record that was deleted and forgotten since: nothing comes of its late answer (`gone.ts`).
   */
  answeredOwn: number;
  /** r0 has come back from a backup: see `SpaceFacts`. */
  resaying: boolean;
  /** Wall clock of the last moment at which the space was known to be in step; shown to people. */
  syncedAt: number | undefined;
  /** In memory alone: see `SpaceFacts`. */
  parting: SpaceFacts["parting"];
}

/** Where a space stands of which nothing is here, or nothing that a cursor could go on from. */
export const fromTheStart = { cursor: new Uint8Array(0), sequence: 0, bootstrapping: false };

/** A row's properties, of which the columns have the names in SQL's way: all but its key, and what is in memory alone. */
const properties = Object.keys(createSpace("", fromTheStart.cursor)).filter((name) => name !== "space" && name !== "parting");
const columns = properties.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
const upsert = upsertInto("_spaces", ["space"], columns);

export function readSpaces(port: SqlitePort): SpaceRow[] {
  return port.all("SELECT * FROM _spaces ORDER BY space").map((row) => rowToSpace(port, row));
}

function rowToSpace(port: SqlitePort, row: SqlRow): SpaceRow {
  const space = row["space"] as string;
  const last = readLast(port, space);
  const found = createSpace(space, fromTheStart.cursor);
  const read = found as unknown as Record<string, unknown>;
  for (const [index, name] of columns.entries()) {
    const property = properties[index] as string;
    read[property] = typeof read[property] === "boolean" ? row[name] === 1 : (row[name] ?? undefined);
  }
  found.counter = Math.max(found.counter, (last?.["counter_last"] as number | undefined) ?? 0);
  found.lamport = Math.max(found.lamport, (last?.["lamport_last"] as number | undefined) ?? 0);
  return found;
}

export function writeSpace(port: SqlitePort, row: SpaceRow): void {
  const values = row as unknown as Readonly<Record<string, SqlValue | boolean | undefined>>;
  port.run(upsert, [
    row.space,
    ...properties.map((property) => {
      const value = values[property];
      return typeof value === "boolean" ? Number(value) : (value ?? null);
    }),
  ]);
}

/** For people who ask after a restart; never inserts, since a file that was emptied stays empty. */
export function rememberSyncedAt(port: SqlitePort, rows: Iterable<SpaceRow>): void {
  port.transaction(() => {
    for (const { space, syncedAt } of rows)
      if (syncedAt !== undefined) port.run("UPDATE _spaces SET synced_at = ? WHERE space = ?", [syncedAt, space]);
  });
}

export function createSpace(space: SpaceId, chain: Uint8Array): SpaceRow {
  return {
    space,
    followed: true,
    ...fromTheStart,
    counter: 0,
    lamport: 0,
    settledThrough: 0,
    chain,
    access: "unknown",
    snapshotOwn: 0,
    answeredOwn: 0,
    snapshotHead: 0,
    resaying: false,
    syncedAt: undefined,
    parting: undefined,
  };
}

export function factsOf(row: SpaceRow): SpaceFacts {
  const { space, cursor, sequence, counter, settledThrough, bootstrapping, access, parting, resaying } = row;
  return { space, cursor, sequence, counter, settledThrough, bootstrapping, access, parting, resaying };
}
