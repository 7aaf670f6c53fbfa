/** A transaction's operations, tried on a draft: all of them or none (trap 11). */
import {
  applyOperation,
  checkOperation,
  isKnown,
  isVisible,
  kindCodes,
  type ListDelta,
  listHasGap,
  openDelta,
  type Operation,
  originOf,
  type PresenceDelta,
  type RecordKey,
  type RecordState,
  type Refusal,
  type ReplicaId,
  emptyVector,
  fieldKey,
  textHasGap,
  type Transaction,
  vectorCovers,
  viewRecord,
} from "@holdfast/core/engine";
import type { OperationView, Principal, RecordView } from "../options.ts";
import type { DecisionContext } from "./context.ts";
import { Draft, type Turn } from "./turn.ts";
import { withDeadline } from "./with-deadline.ts";

export interface Tried {
  readonly refusal: Refusal | undefined;
  readonly draft: Draft;
  readonly conflicts: number;
}

/** The caller has loaded the records. `principal: undefined` for r0's own, which need no leave and may write `arbitrated`. */
export async function tryOperations(
  context: DecisionContext,
  turn: Turn,
  transaction: Transaction,
  operations: readonly Operation[],
  principal: Principal | undefined,
): Promise<Tried> {
  const draft = new Draft(turn);
  let conflicts = 0;
  for (const [index, operation] of operations.entries()) {
    const key = { collection: operation.collection, record: operation.record };
    const record = draft.get(key);
    if (principal !== undefined) {
      const refusal =
        checkOperation(context.rules, operation, transaction.schemaVersion) ??
        checkPast(context, transaction.replica, operation, record) ??
        (await askApp(context, turn, principal, operation, record));
      if (refusal !== undefined) return { refusal, draft, conflicts };
    }
    const applied = applyOperation(context.rules.lattices, record, operation, originOf(transaction, index, turn.head + 1));
    if (applied.concurrent) conflicts++;
    draft.set(key, applied.record, operation.delta.length);
  }
  const large = draft.tooLarge();
  return { refusal: large === undefined ? undefined : refuseTooLarge(context, large), draft, conflicts };
}

function refuseTooLarge({ limits }: DecisionContext, { collection, record }: RecordKey): Refusal {
  const code = "too-large";
  return { code, reason: `Record "${record}" of "${collection}" would take more than ${limits.recordBytesMax} bytes: split it.` };
}

export const dependsOnRefused = "depends-on-refused";
export const ofCollected = "collected";

/** What an operation builds on must be here: else its author saw something that r0 refused, or never got. */
function checkPast(
  context: DecisionContext,
  author: ReplicaId,
  operation: Operation,
  record: RecordState | undefined,
): Refusal | undefined {
  const { collection, record: id, field } = operation;
  if (isOfCollected(context, operation, record)) return refuseOfCollected(operation);
  const isLateDelete = operation.kind === kindCodes.presence && operation.context.size > 0 && !context.restored;
  if (!operation.creates && (record === undefined || !isKnown(record)))
    return isLateDelete
      ? undefined
      : {
          code: dependsOnRefused,
          reason: `It changes record "${id}" of "${collection}", which the server does not hold: its creation was refused or never arrived, or it was deleted and forgotten.`,
        };
  if (!hasGap(context, author, operation, record)) return undefined;
  return {
    code: dependsOnRefused,
    reason: `It changes "${collection}.${field}" at a place that the server does not hold: an earlier change was refused or never arrived.`,
  };
}

/**
 * Its author had seen of the record what r0 has had and holds no more: it was deleted, and the tombstone has been collected. To delete it once
 * more does nothing, and to create it anew is right but for a counter, whose totals count from what is gone.
 */
function isOfCollected({ restored }: DecisionContext, operation: Operation, record: RecordState | undefined): boolean {
  if (restored || operation.context.size === 0 || vectorCovers(record?.vector ?? emptyVector, operation.context)) return false;
  // It may be in what was folded: who has been away for longer than that changes the record that is here.
  if (record?.folded !== undefined) return false;
  if (operation.kind === kindCodes.presence) return false;
  return !operation.creates || operation.kind === kindCodes.counter;
}

function refuseOfCollected({ collection, record, creates }: Operation): Refusal {
  const which = `Record "${record}" of "${collection}" was deleted, longer ago than the server keeps deletions`;
  return { code: ofCollected, reason: creates ? `${which}: create it again without what it held.` : `${which}.` };
}

/** Of texts and lists, whose changes name what they stand beside: it would be kept, and shown to nobody. */
function hasGap(context: DecisionContext, author: ReplicaId, operation: Operation, record: RecordState | undefined): boolean {
  const { kind, field } = operation;
  if (kind !== kindCodes.text && kind !== kindCodes.list) return false;
  const delta = openDelta(context.rules.lattices, operation)?.delta;
  if (delta?.ok !== true) return false;
  const state = record?.fields.get(fieldKey(field, kind))?.state;
  if (kind === kindCodes.list) return listHasGap(state as Parameters<typeof listHasGap>[0], delta.value as ListDelta, author);
  return textHasGap(state as Parameters<typeof textHasGap>[0], delta.value as Parameters<typeof textHasGap>[1]);
}

async function askApp(
  context: DecisionContext,
  turn: Turn,
  principal: Principal,
  operation: Operation,
  record: RecordState | undefined,
): Promise<Refusal | undefined> {
  const { operation: ask } = context.authorize;
  if (ask === undefined) return undefined;
  const answer = ask(principal, viewOperation(context, turn.space, operation, record), viewBefore(context, operation, record));
  const decision = await withDeadline(context.runtime, "authorize.operation", context.limits.callbackMsMax, answer);
  if (decision?.type === "accept") return undefined;
  if (decision?.type === "refuse") return { code: decision.code, reason: decision.reason };
  throw new TypeError("authorize.operation returned neither accept() nor refuse()");
}

function viewOperation(context: DecisionContext, space: string, operation: Operation, record: RecordState | undefined): OperationView {
  const opened = openDelta(context.rules.lattices, operation);
  const delta = opened?.delta.ok === true ? opened.delta.value : undefined;
  const isDelete = operation.kind === kindCodes.presence && (delta as PresenceDelta | undefined)?.type === "delete";
  return {
    space,
    collection: operation.collection,
    record: operation.record,
    type: isDelete ? "delete" : record !== undefined && isKnown(record) ? "change" : "create",
    field: operation.field,
    kind: opened?.lattice.kind ?? `unknown-${operation.kind}`,
    values: opened === undefined || delta === undefined ? [] : opened.lattice.valuesOf(delta),
  };
}

function viewBefore(context: DecisionContext, operation: Operation, record: RecordState | undefined): RecordView | undefined {
  const collection = context.rules.schema.collections.get(operation.collection);
  if (collection === undefined || record === undefined || !isVisible(record)) return undefined;
  return { ...viewRecord(collection, record), id: operation.record };
}
