/** What remains of a record when something under it was taken away: the confirmed state, with what is still pending on top. Joins have no inverse. */
import { applyOperation, type Dot, lastCounter, originOf, type RecordState, type SpaceId } from "@holdfast/core/engine";
import type { ReplicaContext } from "../context.ts";
import type { LogEntry } from "../store/change-log.ts";
import type { Staging } from "../write/staging.ts";
import { collectConflicts } from "./collect-conflicts.ts";
import { drawTextSession } from "../write/text-session.ts";
import { withoutWithdrawn } from "./recount.ts";
import type { NewConflict } from "../store/conflict-log.ts";

export interface RecordName {
  readonly collection: string;
  readonly id: string;
}

export function keyOf({ collection, id }: RecordName): string {
  return `${collection}\u0000${id}`;
}

/** The records that transactions touch. */
export function recordsOf(entries: Iterable<LogEntry>): ReadonlyMap<string, RecordName> {
  const records = new Map<string, RecordName>();
  for (const { transaction } of entries) {
    if (transaction.body.type !== "operations") continue;
    for (const { collection, record } of transaction.body.operations)
      records.set(keyOf({ collection, id: record }), { collection, id: record });
  }
  return records;
}

export interface Rebuilt {
  readonly solid: RecordState | undefined;
  /** The last counter of `pending` that is on the record; 0 for none. */
  readonly pending: number;
}

/** Also of what r0 will refuse, since it builds on what is gone: until it has, a transaction is shown whole. */
export function rebuildRecord(
  context: ReplicaContext,
  space: SpaceId,
  name: RecordName,
  base: RecordState | undefined,
  pending: readonly LogEntry[],
  conflicts?: NewConflict[],
  /** What of the operations is not to be in it. */
  isLeftOut: (base: RecordState | undefined, dot: Dot) => boolean = () => false,
): Rebuilt {
  let solid = base;
  let last = 0;
  for (const { transaction } of pending) {
    if (transaction.body.type !== "operations") continue;
    for (const [index, operation] of transaction.body.operations.entries()) {
      if (operation.collection !== name.collection || operation.record !== name.id) continue;
      last = lastCounter(transaction);
      const origin = originOf(transaction, index, undefined);
      if (isLeftOut(base, origin.dot)) continue;
      const applied = applyOperation(context.store.lattices, solid, operation, origin);
      solid = applied.record;
      if (conflicts !== undefined)
        collectConflicts(applied, { space, collection: name.collection, record: name.id, at: context.runtime.wallMs() }, conflicts);
    }
  }
  return { solid, pending: last };
}

export function rebuildRecords(
  context: ReplicaContext,
  staging: Staging,
  space: SpaceId,
  names: Iterable<RecordName>,
  pending: readonly LogEntry[],
  withdrawn: readonly LogEntry[] = [],
): void {
  context.textSession = drawTextSession(context.runtime);
  for (const name of names) {
    const record = staging.get(space, name.collection, name.id);
    const base = staging.baseOf(record);
    const rebuilt = rebuildRecord(context, space, name, base, withoutWithdrawn(base, withdrawn, pending));
    staging.rebase(record, base, rebuilt.solid, rebuilt.pending);
  }
}
