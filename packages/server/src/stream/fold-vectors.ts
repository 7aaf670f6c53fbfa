/**
 * Records that many replicas have written: what their vectors name is folded into one dot of r0's (`fold.ts`), once every replica that is heard
 * of has passed it. r0 says so in the stream, as it does of tombstones: each replica folds the same at the same place of the order.
 */
import {
  applyOperation,
  emptyVector,
  isVisible,
  kindCodes,
  type Operation,
  presenceLattice,
  type RecordKey,
  type VersionVector,
} from "@holdfast/core/engine";
import type { DecisionContext } from "../pipeline/context.ts";
import { Draft, type Turn } from "../pipeline/turn.ts";
import { appendOwn } from "./append-own.ts";

/** How many are folded. What has changed since it was found, or is above the horizon, is left: somebody may not have passed it. */
export async function foldVectors(context: DecisionContext, turn: Turn, found: readonly RecordKey[]): Promise<number> {
  await turn.loadMarks([context.epoch]);
  await turn.loadRecords(found);
  const operations: Operation[] = [];
  const draft = new Draft(turn);
  const { mark } = turn.mark(context.epoch);
  for (const key of found) {
    const state = turn.record(key);
    const sequence = turn.storedSequence(key);
    // A tombstone is collected, and needs no fold.
    if (state === undefined || sequence === undefined || sequence > turn.horizon || !isVisible(state)) continue;
    if (state.vector.size <= context.limits.vectorEntriesMax) continue;
    const operation = foldOperation(key, state.vector);
    const dot = { replica: context.epoch, counter: mark + 1 + operations.length };
    const origin = { dot, lamport: turn.lamport + 1 + operations.length, context: emptyVector, sequence: turn.head + 1 };
    draft.set(key, applyOperation(context.rules.lattices, state, operation, origin).record, 0);
    operations.push(operation);
  }
  if (operations.length > 0) appendOwn(context, turn, draft, operations);
  return operations.length;
}

function foldOperation({ collection, record }: RecordKey, vector: VersionVector): Operation {
  const delta = presenceLattice.encodeDelta({ type: "fold", vector });
  return { collection, record, field: "", kind: kindCodes.presence, delta, context: emptyVector, creates: false };
}
