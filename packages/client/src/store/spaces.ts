/** One row a space: where it stands with r0. The next counter and Lamport time also look at the change log, which a write alone touches. */
import type { Cursor, SpaceFacts, SpaceId, SqlitePort, SqlRow } from "@holdfast/core/engine";
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

const others =
  "followed cursor sequence counter lamport settled_through chain access bootstrapping snapshot_own resaying synced_at answered_own".split(
    " ",
  );
const upsert = upsertInto("_spaces", ["space"], others);

export function readSpaces(port: SqlitePort): SpaceRow[] {
  return port.all("SELECT * FROM _spaces ORDER BY space").map((row) => rowToSpace(port, row));
}

function rowToSpace(port: SqlitePort, row: SqlRow): SpaceRow {
  const space = row["space"] as string;
  // By the primary key's order: one seek, however long the log is.
  const [last] = port.all("SELECT counter_last, lamport_last FROM _log WHERE space = ? ORDER BY counter_first DESC LIMIT 1", [space]);
  return {
    space,
    followed: row["followed"] === 1,
    cursor: row["cursor"] as Uint8Array,
    sequence: row["sequence"] as number,
    counter: Math.max(row["counter"] as number, (last?.["counter_last"] as number | undefined) ?? 0),
    lamport: Math.max(row["lamport"] as number, (last?.["lamport_last"] as number | undefined) ?? 0),
    settledThrough: row["settled_through"] as number,
    chain: row["chain"] as Uint8Array,
    access: row["access"] as SpaceRow["access"],
    bootstrapping: row["bootstrapping"] === 1,
    snapshotOwn: row["snapshot_own"] as number,
    answeredOwn: row["answered_own"] as number,
    snapshotHead: row["snapshot_head"] as number,
    resaying: row["resaying"] === 1,
    syncedAt: (row["synced_at"] as number | null) ?? undefined,
    parting: undefined,
  };
}

export function writeSpace(port: SqlitePort, row: SpaceRow): void {
  port.run(upsert, [
    row.space,
    row.followed ? 1 : 0,
    row.cursor,
    row.sequence,
    row.counter,
    row.lamport,
    row.settledThrough,
    row.chain,
    row.access,
    row.bootstrapping ? 1 : 0,
    row.snapshotOwn,
    row.resaying ? 1 : 0,
    row.syncedAt ?? null,
    row.answeredOwn,
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
    cursor: new Uint8Array(0),
    sequence: 0,
    counter: 0,
    lamport: 0,
    settledThrough: 0,
    chain,
    access: "unknown",
    bootstrapping: false,
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
