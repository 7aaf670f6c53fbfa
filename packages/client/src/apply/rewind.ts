/**
 * r0 has come back from a backup and knows less of this replica than it had confirmed (trap 6, F26). Where the log still holds all of that, and
 * r0's history is the beginning of this one, what r0 has lost is pending again, as it was: under its own dots, so that what others have written
 * on top of it (an item behind an item, a removal of an element) finds it when both are back. Under a new id it would not.
 */
import { compareBytes, identityOf, lastCounter, nextChain, type WelcomeSpace } from "@holdfast/core/engine";
import { reopenIntents } from "../store/intents.ts";
import type { ReplicaContext } from "../context.ts";
import { dropDependencies, readLog } from "../store/change-log.ts";
import { dropSetAside } from "../store/set-aside.ts";
import { type SpaceRow, writeSpace, fromTheStart } from "../store/spaces.ts";

/** False: it cannot be said again under this id. */
export function rewind(context: ReplicaContext, row: SpaceRow, { mark, chain }: WelcomeSpace): boolean {
  const { port } = context;
  if (!isPrefix(context, row, mark, chain)) return false;
  // Records stay as they are while it is said again: they hold all of it. Then comes a snapshot, on which what is above the mark stands anew.
  const next: SpaceRow = {
    ...row,
    settledThrough: mark,
    chain,
    ...fromTheStart,
    answeredOwn: 0,
    resaying: true,
  };
  port.transaction(() => {
    dropSetAside(port, row.space);
    dropDependencies(port, row.space, mark);
    reopenIntents(port, row.space, mark);
    writeSpace(port, next);
  });
  Object.assign(row, next);
  return true;
}

/**
 * r0's chain at its mark is the one that this replica had there: from it, what was answered since leads to a chain that is known. Where r0 has
 * refused a transaction the log holds a void in its place, and the chain before it.
 */
function isPrefix(context: ReplicaContext, row: SpaceRow, mark: number, chain: Uint8Array): boolean {
  const answered = readLog(context.port, row.space, mark, row.settledThrough);
  let expected = mark + 1;
  for (const { transaction } of answered) {
    if (transaction.counter !== expected) return false;
    expected = lastCounter(transaction) + 1;
  }
  if (expected !== row.settledThrough + 1) return false;
  let at = chain;
  for (const { transaction, bytes, chainBefore } of answered) {
    if (chainBefore !== undefined) return compareBytes(at, chainBefore) === 0;
    at = nextChain(at, identityOf(transaction, bytes));
  }
  return compareBytes(at, row.chain) === 0;
}
