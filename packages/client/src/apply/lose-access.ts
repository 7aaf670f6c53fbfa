/**
 * The user may not read a space any more: its rows leave the device in one transaction, and what was pending becomes dead letters (trap 12).
 * This is no deletion: nothing of it is ever sent. The counters stay used, by voids.
 */
import { compareBytes, type SqlitePort, type WelcomeSpace } from "@holdfast/core/engine";
import { dropSetAside } from "../store/set-aside.ts";
import type { ReplicaContext } from "../context.ts";
import { type LogEntry, readLog } from "../store/change-log.ts";
import {
  addDeadLetter,
  countDeadLetters,
  deleteDeadLetter,
  dropDisposed,
  findEnding,
  outcomeUnknown,
  type StoredLetter,
} from "../store/dead-letters.ts";
import { countConflicts } from "../store/conflict-log.ts";
import { oweScrub } from "../store/scrub.ts";
import { fromTheStart, type SpaceRow, writeSpace } from "../store/spaces.ts";
import type { Answer } from "../write/settlements.ts";
import { replaceByVoid } from "./apply-pushed.ts";
import { clearRecords } from "./apply-snapshot.ts";
import { chainOf, findWithdrawn } from "./put-back.ts";

/** True: something became a dead letter. */
export function loseAccess(context: ReplicaContext, row: SpaceRow, welcomed: WelcomeSpace): boolean {
  const { port } = context;
  const { space } = row;
  const answered = findAnswered(context, row, welcomed);
  const settled = answered === undefined ? row : { settledThrough: welcomed.mark, chain: welcomed.chain };
  const taken = (answered?.entries ?? []).filter(isSaid);
  const unanswered = readLog(port, space, settled.settledThrough, row.counter);
  const unsent = unanswered.filter(isSaid);
  const at = context.runtime.wallMs();
  const refusal = { code: "no-access", reason: "The user may not read this space any more." };
  // Where another copy has written under this id, r0 may have from it what this one holds, too.
  const mayBeTaken = ({ transaction }: LogEntry): boolean => transaction.counter <= welcomed.mark;
  const answers = new Map<number, Answer>();
  for (const { transaction } of taken) answers.set(transaction.counter, { type: "expired" });
  for (const entry of unsent)
    answers.set(entry.transaction.counter, mayBeTaken(entry) ? { type: "expired" } : { type: "refused", ...refusal });
  for (const { transaction } of [...(answered?.entries ?? []), ...unanswered]) {
    const withdrawn = isSaid({ transaction }) ? undefined : findEnding(port, space, transaction.counter);
    if (withdrawn !== undefined) answers.set(transaction.counter, withdrawn);
  }
  const next: SpaceRow = {
    ...row,
    ...settled,
    access: "none",
    ...fromTheStart,
    resaying: false,
  };
  port.transaction(() => {
    const before = totalChanges(port);
    clearRecords(context, space);
    dropSetAside(port, space);
    port.run("DELETE FROM _conflicts WHERE space = ?", [space]);
    port.run("DELETE FROM _intents WHERE space = ?", [space]);
    // Rows already answered hold the user's data too.
    port.run("DELETE FROM _log WHERE space = ? AND counter_last <= ?", [space, next.settledThrough]);
    // A space that was never open to the user says so at every start, and leaves nothing behind.
    if (totalChanges(port) > before) {
      oweScrub(port);
      context.isScrubOwed = true;
    }
    dropDisposed(port, space, row.counter);
    // Among `taken`, too: one letter each, of what is known last.
    for (const { id } of answered?.letters ?? []) deleteDeadLetter(port, id);
    for (const entry of taken) addDeadLetter(port, space, entry, { ...doubt, at });
    for (const entry of unsent) {
      addDeadLetter(port, space, entry, { ...(mayBeTaken(entry) ? doubt : refusal), at, withdrawn: row.counter });
      replaceByVoid(context, space, entry.transaction);
    }
    writeSpace(port, next);
  });
  Object.assign(row, next);
  context.undecided.delete(space);
  context.deadLetterCount = countDeadLetters(port);
  context.conflictCount = countConflicts(port);
  context.settlements.settle(space, row.counter, answers);
  return taken.length + unsent.length > 0;
}

function totalChanges(port: SqlitePort): number {
  return port.all("SELECT total_changes() AS n")[0]?.["n"] as number;
}

/** Called refused, it would be repeated, and done twice; called nothing, what r0 has refused would be lost in silence. */
const doubt = {
  code: outcomeUnknown,
  reason: "The answer was lost with the access.",
} as const;

interface Answered {
  readonly entries: readonly LogEntry[];
  /** Withdrawn, and r0 had them all the same. */
  readonly letters: readonly StoredLetter[];
}

/**
 * The welcome's mark and chain tell how far r0 has answered, and the answers were lost. How it answered will not be told any more; it must
 * not be called refused, since everybody else may see it, and saying it again would do it twice (F12).
 */
function findAnswered(context: ReplicaContext, row: SpaceRow, { mark, chain }: WelcomeSpace): Answered | undefined {
  if (mark <= row.settledThrough || mark > row.counter) return undefined;
  const entries = readLog(context.port, row.space, row.settledThrough, mark);
  if (compareBytes(chainOf(row.chain, entries), chain) === 0) return { entries, letters: [] };
  return findWithdrawn(context, row, entries, chain);
}

/** A void stands for what is a dead letter already. */
function isSaid({ transaction }: Pick<LogEntry, "transaction">): boolean {
  return transaction.body.type !== "void";
}
