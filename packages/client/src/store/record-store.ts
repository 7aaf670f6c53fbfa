/**
 * One record on disk and in memory. Three states, each the next without what may still be taken back:
 *
 *     visible   what the app sees
 *     solid     without what undecided intents show provisionally
 *     base      without own operations that r0 has not answered: confirmed
 *
 * Only states that differ are stored; `undefined` as a state is "no such record".
 */
import {
  assert,
  decodeRecordState,
  encodeRecordState,
  isVisible,
  type RecordState,
  type SpaceId,
  type SqlRow,
  ownWriting,
} from "@holdfast/core/engine";
import { projectRecord } from "./projection.ts";
import type { Store } from "./store.ts";
import { upsertInto } from "./upsert.ts";

export interface StoredRecord {
  readonly visible: RecordState | undefined;
  readonly solid: RecordState | undefined;
  /** Bytes, because most readers do not need it: `undefined` where it is the solid state, empty for no such record. */
  readonly base: Uint8Array | undefined;
  /** The last own counter on this record that is not answered; 0 for none. */
  readonly pending: number;
  /** Whether `_overlay` has a row. */
  readonly overlaid: boolean;
  readonly place: "none" | "table" | "hidden";
  /** The visible state as it is on disk. */
  readonly meta: Uint8Array;
}

export const emptyBytes: Uint8Array = new Uint8Array(0);

export const noRecord: StoredRecord = {
  visible: undefined,
  solid: undefined,
  base: undefined,
  pending: 0,
  overlaid: false,
  place: "none",
  meta: emptyBytes,
};

const recordKeys = ["space", "collection", "id"];
const upsertHidden = upsertInto("_hidden", recordKeys, ["_meta", "_base", "_pending"]);
const upsertOverlay = upsertInto("_overlay", recordKeys, ["solid"]);

/** `overlays`: whether the space has any; a lookup saved where there are none. */
export function loadRecord(store: Store, space: SpaceId, collection: string, id: string, overlays: boolean): StoredRecord {
  const statements = store.collections.get(collection);
  let place: StoredRecord["place"] = "table";
  let row: SqlRow | undefined = statements === undefined ? undefined : store.port.all(statements.select, [space, id])[0];
  if (row === undefined) {
    place = "hidden";
    row = store.port.all("SELECT _meta, _base, _pending FROM _hidden WHERE space = ? AND collection = ? AND id = ?", [
      space,
      collection,
      id,
    ])[0];
  }
  const solidBytes = overlays ? loadOverlay(store, space, collection, id) : undefined;
  if (row === undefined) {
    assert(solidBytes === undefined, "an overlay alone");
    return noRecord;
  }
  const visible = decodeState(store, row["_meta"] as Uint8Array);
  const solid = solidBytes === undefined ? visible : decodeState(store, solidBytes);
  const base = (row["_base"] as Uint8Array | null) ?? undefined;
  return {
    visible,
    solid,
    base,
    pending: (row["_pending"] as number | null) ?? 0,
    overlaid: solidBytes !== undefined,
    place,
    meta: row["_meta"] as Uint8Array,
  };
}

function loadOverlay(store: Store, space: SpaceId, collection: string, id: string): Uint8Array | undefined {
  const [row] = store.port.all("SELECT solid FROM _overlay WHERE space = ? AND collection = ? AND id = ?", [space, collection, id]);
  return row?.["solid"] as Uint8Array | undefined;
}

/** Empty bytes are no such record. Our own bytes always decode: else the file is damaged where SQLite did not see it. */
export function decodeState(store: Store, bytes: Uint8Array): RecordState | undefined {
  if (bytes.length === 0) return undefined;
  const known = store.states.get(bytes);
  if (known !== undefined) return known;
  const state = ownWriting(decodeRecordState(store.lattices, bytes), "record");
  store.states.set(bytes, state);
  return state;
}

export function encodeState(store: Store, state: RecordState | undefined): Uint8Array {
  if (state === undefined) return emptyBytes;
  const bytes = encodeRecordState(store.lattices, state);
  store.states.set(bytes, state);
  return bytes;
}

/** Writes what the record is now over what was there. `meta`: the visible state's bytes, where they are at hand. */
export function saveRecord(
  store: Store,
  space: SpaceId,
  collection: string,
  id: string,
  before: StoredRecord,
  after: Omit<StoredRecord, "place" | "meta"> & { readonly meta?: Uint8Array },
): void {
  const { port } = store;
  const statements = store.collections.get(collection);
  const isNothing = after.visible === undefined && after.base === undefined && !after.overlaid;
  const place = isNothing
    ? "none"
    : statements !== undefined && after.visible !== undefined && isVisible(after.visible)
      ? "table"
      : "hidden";
  const meta = after.meta ?? encodeState(store, after.visible);
  const base = after.base ?? null;
  const pending = after.pending === 0 ? null : after.pending;
  if (before.place !== place) removeRow(store, space, collection, id, before.place);
  if (place === "table" && statements !== undefined && after.visible !== undefined)
    port.run(statements.upsert, [space, id, meta, base, pending, ...projectRecord(statements.spec, after.visible)]);
  else if (!isNothing) port.run(upsertHidden, [space, collection, id, meta, base, pending]);
  if (after.overlaid) port.run(upsertOverlay, [space, collection, id, encodeState(store, after.solid)]);
  else if (before.overlaid) port.run("DELETE FROM _overlay WHERE space = ? AND collection = ? AND id = ?", [space, collection, id]);
}

function removeRow(store: Store, space: SpaceId, collection: string, id: string, place: StoredRecord["place"]): void {
  if (place === "table") store.port.run(store.collections.get(collection)?.delete ?? "", [space, id]);
  if (place === "hidden") store.port.run("DELETE FROM _hidden WHERE space = ? AND collection = ? AND id = ?", [space, collection, id]);
}
