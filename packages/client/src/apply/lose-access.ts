/**
 * The user may not read a space any more: its rows leave the device in one transaction, and what was pending is refused visibly (trap 12).
 * This is no deletion: nothing of it is ever sent. The counters stay used, by voids.
 */
import { compareBytes, lastCounter, type WelcomeSpace } from "@holdfast/core/engine";
import type { ReplicaContext } from "../context.ts";
import { type LogEntry, readLog } from "../store/change-log.ts";
import { addDeadLetter, countDeadLetters, deleteDeadLetter, findRefusal, type StoredLetter } from "../store/dead-letters.ts";
import { countConflicts } from "../store/conflict-log.ts";
import { type SpaceRow, writeSpace } from "../store/spaces.ts";
import type { Answer } from "../write/settlements.ts";
import { replaceByVoid } from "./apply-pushed.ts";
import { clearRecords } from "./apply-snapshot.ts";
import { chainOf, findWithdrawn } from "./put-back.ts";

/** True: something was refused. */
export function loseAccess(context: ReplicaContext, row: SpaceRow, welcomed: WelcomeSpace): boolean {
  const { port } = context;
  const { space } = row;
  const answered = findAnswered(context, row, welcomed);
  const settled = answered === undefined ? row : { settledThrough: welcomed.mark, chain: welcomed.chain };
  const unanswered = readLog(port, space, settled.settledThrough, row.counter);
  const refused = unanswered.filter(isSaid);
  const why = { code: "no-access", reason: "The user may not read this space any more.", at: context.runtime.wallMs() };
  const answers = new Map<number, Answer>();
  for (const { transaction } of (answered?.entries ?? []).filter(isSaid)) answers.set(transaction.counter, { type: "expired" });
  for (const { transaction } of refused) answers.set(transaction.counter, { type: "refused", ...why });
  for (const { transaction } of [...(answered?.entries ?? []), ...unanswered]) {
    const withdrawn = isSaid({ transaction }) ? undefined : findRefusal(port, space, transaction.counter);
    if (withdrawn !== undefined) answers.set(transaction.counter, { type: "refused", ...withdrawn });
  }
  const next: SpaceRow = {
    ...row,
    ...settled,
    access: "none",
    cursor: new Uint8Array(0),
    sequence: 0,
    bootstrapping: false,
    resaying: false,
  };
  port.transaction(() => {
    clearRecords(context, space);
    port.run("DELETE FROM _snapshot WHERE space = ?", [space]);
    port.run("DELETE FROM _conflicts WHERE space = ?", [space]);
    port.run("DELETE FROM _intents WHERE space = ?", [space]);
    for (const { id } of answered?.letters ?? []) deleteDeadLetter(port, id);
    for (const entry of refused) {
      addDeadLetter(port, space, { ...entry, counterLast: lastCounter(entry.transaction) }, { ...why, withdrawn: row.counter });
      replaceByVoid(context, space, entry.transaction);
    }
    // Rows already answered hold the user's data too.
    port.run("DELETE FROM _log WHERE space = ? AND counter_last <= ?", [space, next.settledThrough]);
    writeSpace(port, next);
  });
  Object.assign(row, next);
  context.undecided.delete(space);
  context.deadLetterCount = countDeadLetters(port);
  context.conflictCount = countConflicts(port);
  context.settlements.settle(space, row.counter, answers);
  return refused.length > 0;
}

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
