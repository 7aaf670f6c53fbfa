/** A record as an unfinished transaction would leave it: for reads inside the callback. */
import type { ReplicaId } from "../causality/replica-id.ts";
import { isKnown, type LatticeTable } from "../lattice/record.ts";
import { listItems } from "../lattice/list.ts";
import { keyToElement, type ListState } from "../lattice/list-state.ts";
import { fieldKey } from "../lattice/record.ts";
import type { RecordState } from "../lattice/record-state.ts";
import type { Value } from "../base/value.ts";
import type { SchemaSpec } from "../schema/schema.ts";
import type { Mutation } from "./mutation.ts";
import { planOperations } from "./plan-operations.ts";
import type { ListEntry } from "./typed-transaction.ts";

/** Nobody's: dots are given when the callback has settled. No replica draws this of 2^128. */
const previewReplica = `${"f".repeat(31)}e` as ReplicaId;
/** Above every stamp in use, and far below where adding one stops being exact. */
const previewLamport = 2 ** 52;
const previewTextSession = 1;

/** `mutations` are this record's alone. */
export function previewRecord(
  schema: SchemaSpec,
  lattices: LatticeTable,
  before: RecordState | undefined,
  mutations: readonly Mutation[],
): RecordState | undefined {
  const { records } = planOperations({
    schema,
    lattices,
    mutations,
    read: () => before,
    replica: previewReplica,
    // What is read may itself be a preview, of a provisional effect: a dot that the record has would be a duplicate.
    counter: (before?.vector.get(previewReplica) ?? 0) + 1,
    lamport: previewLamport,
    textSession: previewTextSession,
    arbitrated: "allowed",
  });
  const [planned] = records;
  if (planned !== undefined) return planned.after;
  // Nothing to do: the record stays as it was, or was created and deleted again.
  return before === undefined || !isKnown(before) ? undefined : before;
}

/** A list's items with their keys. An item that this transaction has inserted has no key yet: an empty one, which no place accepts. */
export function previewItems(state: RecordState, field: string): readonly ListEntry<Value>[] {
  return listItems(state.fields.get(fieldKey(field, "list"))?.state as ListState | undefined).map((item) =>
    keyToElement(item.key)?.replica === previewReplica ? { key: "", value: item.value } : item,
  );
}
