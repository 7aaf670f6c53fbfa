/** A record as its app sees it. */
import type { Value } from "../base/value.ts";
import type { RecordState } from "../lattice/record-state.ts";
import { viewRecord } from "../lattice/record-view.ts";
import type { RecordId } from "../operation/operation.ts";
import type { CollectionSpec } from "./schema.ts";

export function viewRow(collection: CollectionSpec, id: RecordId, state: RecordState): Readonly<Record<string, Value>> {
  return { id, ...viewRecord(collection, state) };
}
