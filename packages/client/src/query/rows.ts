/** Rows as an app sees them, with identity: a record that has not changed is the same object as before, and frozen, so that it can be compared by `===`. */
import { compareBytes, type RecordState, type SqlRow, viewRow } from "@holdfast/core/engine";
import { decodeState } from "../store/record-store.ts";
import type { CollectionStatements, Store } from "../store/store.ts";

export type AnyRow = Readonly<Record<string, unknown>> & { readonly id: string };

export interface KnownRow {
  readonly meta: Uint8Array;
  readonly row: AnyRow;
}

export function toRow(store: Store, statements: CollectionStatements, id: string, meta: Uint8Array): AnyRow {
  const state = decodeState(store, meta) as RecordState;
  return Object.freeze(viewRow(statements.spec, id, state)) as AnyRow;
}

/** `known`: rows of the last time. */
export function toRows(
  store: Store,
  statements: CollectionStatements,
  found: readonly SqlRow[],
  known: ReadonlyMap<string, KnownRow>,
): Map<string, KnownRow> {
  const rows = new Map<string, KnownRow>();
  for (const each of found) {
    const id = each["id"] as string;
    const meta = each["_meta"] as Uint8Array;
    const before = known.get(id);
    rows.set(
      id,
      before !== undefined && compareBytes(before.meta, meta) === 0 ? before : { meta, row: toRow(store, statements, id, meta) },
    );
  }
  return rows;
}
