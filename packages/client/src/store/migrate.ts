/**
 * A file of an older version of the engine is brought up to date in the transaction that opens it: all of it or nothing, so that a kill in
 * between leaves the older file. One of a newer version is told `store-mismatch`, and left as it is (DUR10).
 */
import type { SqlitePort } from "@holdfast/core/engine";
import { addColumn, storeFormat } from "./tables.ts";

/** From each format to the next one. Tables that are only in the next are there already. */
const steps: ReadonlyMap<number, (port: SqlitePort) => void> = new Map([[1, countWrites]]);

/** False: it cannot be, and nothing has changed. */
export function migrate(port: SqlitePort, format: number): boolean {
  let at = format;
  for (let step = steps.get(at); step !== undefined && at < storeFormat; step = steps.get(at)) {
    step(port);
    at++;
  }
  return at === storeFormat;
}

/**
 * What was written before there was a count of writes is counted by its place in its space: each copy of the file comes to the same, so
 * that two agree on which of their writes is the oldest (CLI82).
 */
function countWrites(port: SqlitePort): void {
  addColumn(port, "_spaces", "resaying");
  if (addColumn(port, "_log", "written")) port.run("UPDATE _log SET written = counter_first");
}
