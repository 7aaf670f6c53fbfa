/**
 * r0 has come back from a backup, and what it knows under this id does not go on from what it had confirmed here: another copy of this file has
 * said its own since (trap 4), or r0 knows less than the log begins with. What of the confirmed it still has nobody can tell but r0, from its
 * imprints: so all that the log holds is pending again, is offered under the old id, and what r0 has not is said again under the next (F26).
 */
import { chainBytes, initialChain } from "@holdfast/core/engine";
import { reopenIntents } from "../store/intents.ts";
import type { ReplicaContext } from "../context.ts";
import { dropDependencies, readLog } from "../store/change-log.ts";
import { type SpaceRow, writeSpace } from "../store/spaces.ts";

/** Until the first page of a new epoch, no welcome of which has shown that the two histories are one. */
export function isInDoubt(row: SpaceRow): boolean {
  return row.cursor.length === 0 && row.settledThrough > 0;
}

export function reopen(context: ReplicaContext, row: SpaceRow): void {
  const [first] = readLog(context.port, row.space, 0, row.settledThrough, 1);
  if (first === undefined) return;
  const settledThrough = first.transaction.counter - 1;
  // Of what came before the oldest kept there is no chain: none that r0 knows is taken for it, and imprints decide.
  const chain = settledThrough === 0 ? initialChain(row.space, context.replica) : new Uint8Array(chainBytes);
  const next: SpaceRow = { ...row, settledThrough, chain };
  context.port.transaction(() => {
    dropDependencies(context.port, row.space, settledThrough);
    reopenIntents(context.port, row.space, settledThrough);
    writeSpace(context.port, next);
  });
  Object.assign(row, next);
}
