/**
 * After a change of schema: columns are filled again from `_meta`, kinds that have become known are folded in (decoding does it), and
 * records of a collection that is new come out of `_hidden`. In slices, each a transaction that remembers where it ended, so that
 * a kill costs one slice (F54, F55).
 */
import { isVisible, type SqlitePort } from "@holdfast/core/engine";
import { deleteMeta, readMeta, writeMeta, readKeys } from "./meta.ts";
import { quote } from "./names.ts";
import { projectRecord } from "./projection.ts";
import { decodeState, encodeState } from "./record-store.ts";
import type { CollectionStatements, Store } from "./store.ts";

/** Below zero: the collection is new, and rows of `_hidden` down to its negative have been looked at. */
export const fillFromHidden = -1;
export const fillFromTable = 0;

/** Some collection's columns are not filled yet. */
export function isFilling(port: SqlitePort): boolean {
  return readKeys(port, "fill").length > 0;
}

/** One slice; true when the collection is done. Within the lock. */
export function fillSlice(store: Store, collection: string, rowsMax: number): boolean {
  const statements = store.collections.get(collection);
  const { port } = store;
  return port.transaction(() => {
    const at = readMeta(port, `fill:${collection}`) as number | undefined;
    if (at === undefined) return true;
    const next =
      statements === undefined
        ? undefined
        : at < 0
          ? revealHidden(store, statements, -at - 1, rowsMax)
          : refillTable(store, statements, at, rowsMax);
    if (next === undefined) deleteMeta(port, `fill:${collection}`);
    else writeMeta(port, `fill:${collection}`, next);
    return next === undefined;
  });
}

/** Where to go on; undefined at the end. */
function refillTable(store: Store, statements: CollectionStatements, after: number, rowsMax: number): number | undefined {
  const rows = store.port.all(`SELECT rowid AS at, _meta FROM ${statements.table} WHERE rowid > ? ORDER BY rowid LIMIT ?`, [
    after,
    rowsMax,
  ]);
  const columns = ["_meta", ...[...statements.columns.values()].map(quote)].map((column) => `${column} = ?`);
  const update = `UPDATE ${statements.table} SET ${columns.join(", ")} WHERE rowid = ?`;
  for (const row of rows) {
    const state = decodeState(store, row["_meta"] as Uint8Array);
    if (state !== undefined)
      store.port.run(update, [encodeState(store, state), ...projectRecord(statements.spec, state), row["at"] as number]);
  }
  return rows.length < rowsMax ? undefined : (rows.at(-1)?.["at"] as number);
}

function revealHidden(store: Store, statements: CollectionStatements, after: number, rowsMax: number): number {
  const { port } = store;
  const rows = port.all(
    "SELECT rowid AS at, space, id, _meta, _base, _pending FROM _hidden WHERE collection = ? AND rowid > ? ORDER BY rowid LIMIT ?",
    [statements.name, after, rowsMax],
  );
  for (const row of rows) {
    const state = decodeState(store, row["_meta"] as Uint8Array);
    if (state === undefined || !isVisible(state)) continue;
    const kept = [row["space"] as string, row["id"] as string, encodeState(store, state), row["_base"] ?? null, row["_pending"] ?? null];
    port.run(statements.upsert, [...kept, ...projectRecord(statements.spec, state)]);
    port.run("DELETE FROM _hidden WHERE rowid = ?", [row["at"] as number]);
  }
  return rows.length < rowsMax ? fillFromTable : -(rows.at(-1)?.["at"] as number) - 1;
}
