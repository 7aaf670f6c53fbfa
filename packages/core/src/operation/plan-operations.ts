/**
 * From mutations to operations: coalesces them, gives each operation its dot, stamp and exact context (trap 23), and applies it, so
 * that each later one has seen it. Throws `HoldfastError` before anything has changed; a plan that comes back has no errors in it.
 */
import { defined } from "../base/assert.ts";
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
import { applyPlanned, fieldKey, isKnown, isVisible, type LatticeTable, type OpenRecord, openRecord } from "../lattice/record.ts";
import type { RecordState } from "../lattice/record-state.ts";
import type { CollectionSpec, FieldSpec, SchemaSpec } from "../schema/schema.ts";
import { afterLast, coalesceMutations, type FieldChanges, type RecordDraft } from "./coalesce.ts";
import { operationLimits } from "./limits.ts";
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
  const { read, mutations } = request;
  const drafts = coalesceMutations(mutations, (collection, record) => {
    const state = read(collection, record);
    return state !== undefined && isVisible(state);
  });
  const plan = new Plan(request);
  for (const draft of drafts) plan.addRecord(draft);
  return plan;
}

class Plan implements PlannedOperations {
  readonly operations: Operation[] = [];
  readonly increments: (Increment | undefined)[] = [];
  readonly records: PlannedRecord[] = [];
  readonly #request: PlanRequest;
  #bytes = 0;

  constructor(request: PlanRequest) {
    this.#request = request;
  }

  addRecord({ collection, record, action }: RecordDraft): void {
    if (action.type === "nothing") return;
    const before = this.#request.read(collection, record);
    const spec = this.#request.schema.collections.get(collection);
    if (spec === undefined) throw unknownCollection(collection);
    const count = this.operations.length;
    // A created record may come into being wherever r0 has none; so may one that nobody here had heard of.
    const creates = action.type === "write" && (action.fresh || before === undefined || !isKnown(before));
    if (before !== undefined && before.vector.size > operationLimits.writersMax)
      throw callerError(
        "too-large",
        `More than ${operationLimits.writersMax} replicas have written record "${record}" of "${collection}".`,
        "Copy what it holds into a new record.",
      );
    const draft = new RecordPlan(this.#request, (operation, increment) => this.#add(operation, increment), {
      collection,
      record,
      creates,
      before,
      offset: count,
    });
    if (action.type === "delete") draft.addPresence("delete");
    else {
      const changes =
        action.fresh && before !== undefined
          ? resetChanges(spec, before, action.changes, this.#request.arbitrated ?? "refused")
          : action.changes;
      for (const [field, list] of changes) {
        const fieldSpec = spec.fields.get(field);
        if (fieldSpec === undefined) throw unknownField(collection, field);
        for (const change of list) draft.addChange(field, fieldSpec, change);
      }
      if (action.fresh && this.operations.length === count) draft.addPresence("touch");
    }
    if (this.operations.length > count)
      this.records.push({ collection, id: record, before, after: defined(draft.state, "an operation makes a state") });
  }

  #add(operation: Operation, increment: Increment | undefined): void {
    const { operationsMax, transactionBytesMax } = operationLimits;
    this.#bytes += operationBytes(operation);
    if (this.operations.length >= operationsMax)
      throw callerError("too-large", `A transaction has at most ${operationsMax} operations.`, "Split it into several writes.");
    if (this.#bytes > transactionBytesMax)
      throw callerError("too-large", `A transaction has at most ${transactionBytesMax} bytes.`, "Split it into several writes.");
    this.operations.push(operation);
    this.increments.push(increment);
  }
}

interface PlannedDelta {
  readonly field: string;
  readonly kind: number;
  readonly delta: unknown;
  readonly bytes: Uint8Array;
}

interface RecordPlace {
  readonly collection: string;
  readonly record: RecordId;
  readonly creates: boolean;
  readonly before: RecordState | undefined;
  /** Operations of the transaction before this record's first. */
  readonly offset: number;
}

/** One record's operations, each against the state that the one before has left. */
class RecordPlan {
  state: OpenRecord | undefined;
  readonly #request: PlanRequest;
  readonly #add: (operation: Operation, increment: Increment | undefined) => void;
  readonly #place: RecordPlace;
  /** The same for all its operations: within one transaction only the own entry grows, and that is implied. */
  readonly #context: VersionVector;
  #count = 0;

  constructor(request: PlanRequest, add: (operation: Operation, increment: Increment | undefined) => void, place: RecordPlace) {
    this.#request = request;
    this.#add = add;
    this.#place = place;
    this.#context = withoutOwn(place.before?.vector ?? emptyVector, request.replica);
  }

  addPresence(type: "touch" | "delete"): void {
    const delta = { type };
    this.#addDelta({ field: "", kind: kindCodes.presence, delta, bytes: presenceLattice.encodeDelta(delta) }, this.#origin(), undefined);
  }

  addChange(field: string, spec: FieldSpec, asked: FieldChange): void {
    const lattice: AnyLattice = this.#request.lattices.get(kindCodes[spec.kind]) ?? spec.lattice;
    const fieldState = (this.state ?? this.#place.before)?.fields.get(fieldKey(field, spec.kind))?.state;
    const origin = this.#origin();
    const change =
      asked.type === "list-insert" && asked.at === afterLast ? { ...asked, at: listLength(fieldState as ListState | undefined) } : asked;
    const planned = lattice.plan(fieldState, change, origin);
    if (!planned.ok)
      throw callerError(
        planned.code,
        `"${this.#place.collection}.${field}" cannot be changed so: ${asSentence(planned.reason)}`,
        "Correct the call.",
      );
    const delta: unknown = planned.delta;
    if (delta === undefined) return;
    const increment = change.type === "increment" ? { up: Math.max(change.by, 0), down: Math.max(-change.by, 0) } : undefined;
    this.#addDelta({ field, kind: kindCodes[spec.kind], delta, bytes: lattice.encodeDelta(delta) }, origin, increment);
  }

  #addDelta(planned: PlannedDelta, origin: PlanOrigin, increment: Increment | undefined): void {
    const { collection, record, creates } = this.#place;
    const { field, kind } = planned;
    const operation: Operation = { collection, record, field, kind, delta: planned.bytes, context: this.#context, creates };
    this.#add(operation, increment);
    this.state = applyPlanned(this.#request.lattices, this.state ?? openRecord(this.#place.before), operation, planned.delta, origin);
    this.#count++;
  }

  #origin(): PlanOrigin {
    const { replica, counter, lamport, sequence, textSession } = this.#request;
    const index = this.#place.offset + this.#count;
    const own = counter + index;
    return {
      dot: { replica, counter: own },
      lamport: lamport + index,
      context: own > 1 ? new Map(this.#context).set(replica, own - 1) : this.#context,
      sequence,
      textSession,
    };
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
