/** What the app sees of a record: each declared field by the kind that the schema gives it now, and nothing of what it does not declare. */
import type { Value } from "../base/value.ts";
import type { CollectionSpec } from "../schema/schema.ts";
import type { RecordState } from "./record-state.ts";
import { fieldKey } from "./record.ts";

/** Of a visible record. A field that nobody has written shows what the schema declares for it. */
export function viewRecord(collection: CollectionSpec, record: RecordState): Readonly<Record<string, Value>> {
  const view: Record<string, Value> = {};
  for (const [field, spec] of collection.fields)
    view[field] = spec.lattice.view(record.fields.get(fieldKey(field, spec.kind))?.state, spec.initial);
  return view;
}
