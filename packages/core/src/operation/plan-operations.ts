/**
 * From mutations to operations: coalesces them, gives each operation its dot, stamp and exact context (trap 23), and applies it, so
 * that each later one has seen it. Throws `HoldfastError` before anything has changed; a plan that comes back has no errors in it.
 */
import { callerError, unknownCollection, unknownField } from "../base/error.ts";
import { utf8Length } from "../base/utf8.ts";
import { isSameValue, type Value } from "../base/value.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import { emptyVector, type VersionVector } from "../causality/version-vector.ts";
import type { FieldChange } from "../lattice/change.ts";
import { type AnyLattice, kindCodes, type PlanOrigin } from "../lattice/lattice.ts";
import { orderOf } from "../lattice/list-order.ts";
import type { ListState } from "../lattice/list-state.ts";
import { presenceLattice } from "../lattice/presence.ts";
import { applyPlanned, fieldKey, isKnown, isShown, type LatticeTable, type OpenRecord, openRecord } from "../lattice/record.ts";
import type { RecordState } from "../lattice/record-state.ts";
import type { CollectionSpec, FieldSpec, SchemaSpec } from "../schema/schema.ts";
import { afterLast, coalesceMutations, type FieldChanges, type RecordDraft } from "./coalesce.ts";
import { checkRoom, operationLimits } from "./limits.ts";
import type { Mutation } from "./mutation.ts";
import type { Operation, RecordId } from "./operation.ts";

export interface PlanRequest {
  readonly schema: SchemaSpec;
  readonly lattices: LatticeTable;
  readonly mutations: readonly Mutation[];
  /** The records before the transaction; the caller has loaded the ones that the mutations name. */
  readonly read: (collection: string, record: RecordId) => RecordState | undefined;
  readonly replica: ReplicaId;
  /** Of the first operation, as is `lamport`. */
  readonly counter: number;
  readonly lamport: number;
  /** See `PlanOrigin.textSession`. */
  readonly textSession: number;
  /** At r0: the sequence number that the transaction will have. */
  readonly sequence?: number | undefined;
  /** At r0 and in a provisional effect: a record that is brought back has its arbitrated fields set back too. */
  readonly arbitrated?: "allowed" | "refused";
}

export interface PlannedOperations {
  readonly operations: readonly Operation[];
  /** For each operation: what it adds to a counter, kept so that a new replica id can say it again (trap 4); else undefined. */
  readonly increments: readonly (Increment | undefined)[];
  /** The records that the operations change, in the order of their first operation. */
  readonly records: readonly PlannedRecord[];
}

export interface Increment {
  readonly up: number;
  readonly down: number;
}

export interface PlannedRecord {
  readonly collection: string;
  readonly id: RecordId;
  readonly before: RecordState | undefined;
  readonly after: RecordState;
}

export function planOperations(request: PlanRequest): PlannedOperations {
  const { schema, lattices, read, replica, textSession } = request;
  const operations: Operation[] = [];
  const increments: (Increment | undefined)[] = [];
  const records: PlannedRecord[] = [];
  let bytes = 0;
  for (const draft of coalesceMutations(request.mutations, (collection, record) => isShown(read(collection, record)))) planRecord(draft);
  return { operations, increments, records };

  /** One record's operations, each against the state that the one before has left. */
  function planRecord({ collection, record, action }: RecordDraft): void {
    if (action.type === "nothing") return;
    const before = read(collection, record);
    const spec = schema.collections.get(collection);
    if (spec === undefined) throw unknownCollection(collection);
    const first = operations.length;
    // A created record may come into being wherever r0 has none; so may one that nobody here had heard of.
    const creates = action.type === "write" && (action.fresh || before === undefined || !isKnown(before));
    if (before !== undefined && before.vector.size > operationLimits.writersMax)
      throw callerError(
        "too-large",
        `Over ${operationLimits.writersMax} replicas wrote "${collection}" "${record}".`,
        "Copy it into another.",
      );
    /** The same for all its operations: within one transaction only the own entry grows, and that is implied. */
    const context = withoutOwn(before?.vector ?? emptyVector, replica);
    let state = undefined as OpenRecord | undefined;

    if (action.type === "delete") addPresence("delete");
    else {
      const changes =
        action.fresh && before !== undefined ? resetChanges(spec, before, action.changes, request.arbitrated ?? "refused") : action.changes;
      for (const [field, list] of changes) {
        const fieldSpec = spec.fields.get(field);
        if (fieldSpec === undefined) throw unknownField(collection, field);
        for (const change of list) addChange(field, fieldSpec, change);
      }
      if (action.fresh && operations.length === first) addPresence("touch");
    }
    if (state !== undefined) records.push({ collection, id: record, before, after: state });

    function addPresence(type: "touch" | "delete"): void {
      add("", kindCodes.presence, { type }, presenceLattice.encodeDelta({ type }), nextOrigin(), undefined);
    }

    function addChange(field: string, { kind, lattice: declared }: FieldSpec, asked: FieldChange): void {
      const lattice: AnyLattice = lattices.get(kindCodes[kind]) ?? declared;
      const fieldState = (state ?? before)?.fields.get(fieldKey(field, kind))?.state;
      const origin = nextOrigin();
      const change =
        asked.type === "list-insert" && asked.at === afterLast ? { ...asked, at: listLength(fieldState as ListState | undefined) } : asked;
      const planned = lattice.plan(fieldState, change, origin);
      if (!planned.ok) throw callerError(planned.code, `"${collection}.${field}": ${asSentence(planned.reason)}`, "Correct the call.");
      const delta: unknown = planned.delta;
      if (delta === undefined) return;
      const increment = change.type === "increment" ? { up: Math.max(change.by, 0), down: Math.max(-change.by, 0) } : undefined;
      add(field, kindCodes[kind], delta, lattice.encodeDelta(delta), origin, increment);
    }

    function add(
      field: string,
      kind: number,
      planned: unknown,
      delta: Uint8Array,
      origin: PlanOrigin,
      increment: Increment | undefined,
    ): void {
      const operation: Operation = { collection, record, field, kind, delta, context, creates };
      bytes += operationBytes(operation);
      checkRoom(operations.push(operation), operationLimits.operationsMax, "operations in a transaction");
      checkRoom(bytes, operationLimits.transactionBytesMax, "bytes in a transaction");
      increments.push(increment);
      state = applyPlanned(lattices, state ?? openRecord(before), operation, planned, origin);
    }

    function nextOrigin(): PlanOrigin {
      const own = request.counter + operations.length;
      return {
        dot: { replica, counter: own },
        lamport: request.lamport + operations.length,
        context: own > 1 ? new Map(context).set(replica, own - 1) : context,
        sequence: request.sequence,
        textSession,
      };
    }
  }
}

/** Changes before the given ones, so that a record that is brought back shows nothing of what was deleted. */
function resetChanges(spec: CollectionSpec, before: RecordState, given: FieldChanges, arbitrated: "allowed" | "refused"): FieldChanges {
  const changes = new Map<string, readonly FieldChange[]>();
  for (const [field, fieldSpec] of spec.fields) {
    const state = before.fields.get(fieldKey(field, fieldSpec.kind))?.state;
    const isOff = fieldSpec.kind === "arbitrated" && arbitrated === "refused";
    const reset =
      state === undefined || isOff ? [] : resetField(fieldSpec, fieldSpec.lattice.view(state, fieldSpec.initial), given.get(field) ?? []);
    const all = [...reset, ...(given.get(field) ?? [])];
    if (all.length > 0) changes.set(field, all);
  }
  return changes;
}

function resetField(spec: FieldSpec, shown: Value, given: readonly FieldChange[]): readonly FieldChange[] {
  if (isSameValue(shown, spec.initial)) return [];
  switch (spec.kind) {
    case "register":
    case "arbitrated":
      return given.length > 0 ? [] : [{ type: "assign", value: spec.initial }];
    case "counter":
      return typeof shown === "number" ? [{ type: "increment", by: -shown }] : [];
    case "set":
      return [{ type: "set-delete", values: shown as readonly Value[] }];
    case "list":
      return (shown as readonly Value[]).map(() => ({ type: "list-delete", at: 0 }));
    case "text":
      return [{ type: "text-delete", at: 0, length: (shown as string).length }];
    default:
      return [];
  }
}

function listLength(state: ListState | undefined): number {
  return state === undefined ? 0 : orderOf(state).shown.length;
}

function withoutOwn(vector: VersionVector, replica: ReplicaId): VersionVector {
  if (!vector.has(replica)) return vector;
  const others = new Map(vector);
  others.delete(replica);
  return others;
}

/** Kind, flags and lengths; and of a context's entry, a replica id and a counter. */
const operationOverheadBytes = 16;
const contextEntryBytes = 24;

function operationBytes({ collection, record, field, delta, context }: Operation): number {
  return collection.length + utf8Length(record) + field.length + delta.length + context.size * contextEntryBytes + operationOverheadBytes;
}

function asSentence(reason: string): string {
  return reason.endsWith(".") ? reason : `${reason}.`;
}
