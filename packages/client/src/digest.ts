/** The digest of a space's confirmed state. Reads every record of it: for tests, demonstrations and doubts, not for every day. */
import { compareCodePoints, digestSpace, type RecordState, type SpaceId } from "@holdfast/core/engine";
import { decodeState } from "./store/record-store.ts";
import type { Store } from "./store/store.ts";

export function digestOf(store: Store, space: SpaceId): string {
  const names = new Set([
    ...store.collections.keys(),
    ...store.port.all("SELECT DISTINCT collection FROM _hidden WHERE space = ?", [space]).map((row) => row["collection"] as string),
  ]);
  return digestSpace(store.lattices, confirmedRecords(store, space, [...names].sort(compareCodePoints)));
}

function* confirmedRecords(store: Store, space: SpaceId, collections: readonly string[]): Iterable<readonly [string, string, RecordState]> {
  const { port } = store;
  const overlays = new Map(
    port
      .all("SELECT collection, id, solid FROM _overlay WHERE space = ?", [space])
      .map((row) => [`${String(row["collection"])}\u0000${String(row["id"])}`, row["solid"] as Uint8Array]),
  );
  for (const collection of collections) {
    const statements = store.collections.get(collection);
    const shown = statements === undefined ? "" : `SELECT id, _meta, _base FROM ${statements.table} WHERE space = ?1 UNION ALL `;
    const rows = port.all(`${shown}SELECT id, _meta, _base FROM _hidden WHERE space = ?1 AND collection = ?2 ORDER BY id`, [
      space,
      collection,
    ]);
    for (const row of rows) {
      const id = row["id"] as string;
      const state = decodeState(
        store,
        (row["_base"] as Uint8Array | null) ?? overlays.get(`${collection}\u0000${id}`) ?? (row["_meta"] as Uint8Array),
      );
      if (state !== undefined) yield [collection, id, state];
    }
  }
}
