/** What a replica's file holds, read without changing it: for `holdfast inspect`, and for salvage when a replica does not open. */
import { existsSync } from "node:fs";
import { baseLattices, kindCodes, textLattice } from "@holdfast/core/engine";
import { HoldfastError } from "@holdfast/core";
import type { PendingWrite } from "../inspection.ts";
import { readLog } from "../store/change-log.ts";
import { type Conflict, listConflicts } from "../store/conflict-log.ts";
import { type DeadLetter, payloadOf, readDeadLetters } from "../store/dead-letters.ts";
import { readMeta } from "../store/meta.ts";
import { readSpaces } from "../store/spaces.ts";
import { storeFormat } from "../store/tables.ts";
import { openNodeSqlite } from "./sqlite.ts";
import { toPublic } from "../conflicts.ts";

export interface FileReport {
  readonly path: string;
  readonly format: number;
  readonly replica: string;
  /** Empty before the first welcome. */
  readonly principal: string;
  readonly epoch: string;
  readonly schemaVersion: number;
  readonly boots: number;
  readonly sealed: boolean;
  readonly spaces: readonly SpaceReport[];
  readonly pending: readonly PendingWrite[];
  readonly refused: readonly DeadLetter[];
  readonly conflicts: readonly Conflict[];
  /** Records by collection, visible ones. */
  readonly records: Readonly<Record<string, number>>;
}

export interface SpaceReport {
  readonly space: string;
  readonly followed: boolean;
  readonly access: string;
  readonly sequence: number;
  /** Hexadecimal: opaque, and only good for comparing. */
  readonly cursor: string;
  readonly counter: number;
  readonly settledThrough: number;
  readonly pendingOperations: number;
  readonly bootstrapping: boolean;
  readonly syncedAt: number | undefined;
}

/** Throws `store-locked` while a replica has the file open, `store-failed` without a file, `store-mismatch` for another kind of file, `store-corrupt`. */
export function inspectFile(path: string): FileReport {
  if (!existsSync(path))
    throw new HoldfastError("store-failed", `There is no file "${path}".`, {
      origin: "caller",
      retry: false,
      advice: "Name the file that the replica was opened with.",
    });
  const port = openNodeSqlite(path, { readOnly: true });
  try {
    if (port.all("SELECT 1 FROM sqlite_master WHERE name = '_log'").length === 0)
      throw new HoldfastError("store-mismatch", `"${path}" holds no replica.`, {
        origin: "caller",
        retry: false,
        advice: "Name the file that the replica was opened with.",
      });
    const format = readMeta(port, "format");
    if (format !== storeFormat)
      throw new HoldfastError("store-mismatch", `"${path}" has format ${String(format)}, and this version reads format ${storeFormat}.`, {
        origin: "caller",
        retry: false,
        advice: "Use the version that the app uses.",
      });
    const lattices = new Map(baseLattices).set(kindCodes.text, textLattice);
    const spaces = readSpaces(port);
    const pending = spaces.flatMap((row) =>
      readLog(port, row.space, row.settledThrough, row.counter).map(({ transaction, increments }) => ({
        space: row.space,
        counter: transaction.counter,
        wallMs: transaction.wallMs,
        payload: payloadOf(lattices, transaction, increments),
      })),
    );
    const records: Record<string, number> = {};
    for (const { key } of port.all("SELECT key FROM _meta WHERE key LIKE 'shape:%'") as { key: string }[]) {
      const name = key.slice("shape:".length);
      records[name] = port.all(`SELECT count(*) AS n FROM "${name}"`)[0]?.["n"] as number;
    }
    return {
      path,
      format: readMeta(port, "format") as number,
      replica: readMeta(port, "replica") as string,
      principal: (readMeta(port, "principal") as string | undefined) ?? "",
      epoch: (readMeta(port, "epoch") as string | undefined) ?? "",
      schemaVersion: readMeta(port, "schemaVersion") as number,
      boots: readMeta(port, "boots") as number,
      sealed: readMeta(port, "sealed") === 1,
      spaces: spaces.map((row) => ({
        space: row.space,
        followed: row.followed,
        access: row.access,
        sequence: row.sequence,
        cursor: Buffer.from(row.cursor).toString("hex"),
        counter: row.counter,
        settledThrough: row.settledThrough,
        pendingOperations: row.counter - row.settledThrough,
        bootstrapping: row.bootstrapping,
        syncedAt: row.syncedAt,
      })),
      pending,
      refused: readDeadLetters(port, lattices, "listed").map(toPublic),
      conflicts: listConflicts(port),
      records,
    };
  } finally {
    port.close();
  }
}
