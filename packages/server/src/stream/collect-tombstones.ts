/**
 * Tombstones behind the horizon leave, and with them all that is known of a record. r0 says so in the stream, by a transaction of its own that
 * names them: each replica forgets the same at the same place of the order, and digests stay equal.
 *
 * Nothing comes back by it (trap 10). Whoever reads the stream has passed the horizon, hence each change of such a record: what arrives
 * later and builds on it is refused, or creates it anew. Whoever has not passed it gets a snapshot, in which it is not.
 */
import { operationLimits } from "@holdfast/core";
import {
  emptyRecord,
  emptyVector,
  isVisible,
  kindCodes,
  knownVector,
  type Operation,
  presenceLattice,
  type RecordKey,
  type ReplicaId,
  type VersionVector,
} from "@holdfast/core/engine";
import type { DecisionContext } from "../pipeline/context.ts";
import { Draft, type Turn } from "../pipeline/turn.ts";
import { appendOwn } from "./append-own.ts";

/** How many of them are dealt with. What has changed since it was found, or is above the horizon, stays. */
export async function collectTombstones(context: DecisionContext, turn: Turn, found: readonly RecordKey[]): Promise<number> {
  await turn.loadMarks([context.epoch]);
  await turn.loadRecords(found);
  const operations: Operation[] = [];
  const draft = new Draft(turn);
  let dealtWith = 0;
  for (const key of found) {
    const state = turn.record(key);
    const sequence = turn.storedSequence(key);
    if (state === undefined || sequence === undefined || sequence > turn.horizon) continue;
    dealtWith++;
    // An older version had marked what knows of a delete, visible or not.
    if (isVisible(state)) {
      turn.writeAgain(key, sequence);
      continue;
    }
    operations.push(collectOperation(key, knownVector(state), context.epoch));
    draft.set(key, emptyRecord, 0);
  }
  if (operations.length > 0) appendOwn(context, turn, draft, operations);
  return dealtWith;
}

/** Its author's own dots are implied by its place, as with every operation. */
function collectOperation({ collection, record }: RecordKey, vector: VersionVector, author: ReplicaId): Operation {
  const isNamed = vector.size > operationLimits.writersMax;
  const delta = presenceLattice.encodeDelta({ type: "collect", ...(isNamed ? { vector } : {}) });
  const context = isNamed ? emptyVector : new Map([...vector].filter(([replica]) => replica !== author));
  return { collection, record, field: "", kind: kindCodes.presence, delta, context, creates: false };
}
