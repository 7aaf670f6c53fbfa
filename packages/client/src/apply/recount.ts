/**
 * What is pending on top of an increment that was taken back has counted it in. r0 has not seen it and does not take it (SRV29): it is said
 * with the totals that are so, before anybody else has seen the others (CLI51).
 */
import {
  type CounterDelta,
  type CounterState,
  counterNameOf,
  countersOf,
  encodeTransaction,
  fieldKey,
  type Operation,
  RunningTotals,
  type SpaceId,
} from "@holdfast/core/engine";
import type { ReplicaContext } from "../context.ts";
import type { LogEntry } from "../store/change-log.ts";
import type { Staging } from "../write/staging.ts";

const nothing: CounterDelta = { up: 0, down: 0 };

/** `pending`, with other totals where they count in something of `undone`. What is confirmed has been folded into the staged records. */
export function recount(
  context: ReplicaContext,
  staging: Staging,
  space: SpaceId,
  undone: readonly LogEntry[],
  pending: readonly LogEntry[],
): readonly LogEntry[] {
  const names = new Set(undone.flatMap(({ transaction }) => countersOf(transaction)));
  if (names.size === 0) return pending;
  const totals = new RunningTotals(({ collection, record, field }) => {
    const base = staging.baseOf(staging.get(space, collection, record));
    const state = base?.fields.get(fieldKey(field, "counter"))?.state as CounterState | undefined;
    return state?.get(context.replica) ?? nothing;
  });
  return pending.map((entry) => {
    const { transaction, increments } = entry;
    const { body } = transaction;
    if (body.type !== "operations" || !countersOf(transaction).some((name) => names.has(name))) return entry;
    const operations = body.operations.map((operation, index): Operation => {
      const by = increments.get(index);
      return by === undefined || !names.has(counterNameOf(operation) ?? "")
        ? operation
        : { ...operation, delta: totals.add(operation, by) };
    });
    const recounted = { ...transaction, body: { ...body, operations } };
    return { ...entry, transaction: recounted, bytes: encodeTransaction(recounted) };
  });
}
