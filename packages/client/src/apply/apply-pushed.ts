/**
 * r0's answer to a push: what is confirmed goes into the base, what is refused goes out of what is shown and into the dead letters,
 * in one SQL transaction with the mark (paper 5.2, the first transactional point).
 */
import {
  applyOperation,
  compareBytes,
  dotToKey,
  identityOf,
  lastCounter,
  originOf,
  type Outcome,
  saidElsewhere,
  type ServerMessage,
  type SpaceId,
  encodeTransaction,
  type Transaction,
  voidOf,
  withdrawnElsewhere,
} from "@holdfast/core/engine";
import { countIntents, dropIntent } from "../store/intents.ts";
import { type ReplicaContext, undecidedIn } from "../context.ts";
import { type LogEntry, readLog, rewriteEntry } from "../store/change-log.ts";
import { countConflicts } from "../store/conflict-log.ts";
import { addDeadLetter, countDeadLetters, dropDisposed, findEnding } from "../store/dead-letters.ts";
import { type SpaceRow, writeSpace } from "../store/spaces.ts";
import { passOnDependencies } from "../write/dependencies.ts";
import { Staging } from "../write/staging.ts";
import type { Answer } from "../write/settlements.ts";
import { unchanged } from "./apply-changes.ts";
import { forkNextSession } from "./fork-next-session.ts";
import { isForgotten, noteAnswer } from "./gone.ts";
import { type ApplyOutcome, outcomeOf } from "./outcome.ts";
import { rerunProvisional } from "./provisional.ts";
import { chainOf, findWithdrawn, putBack, type Withdrawn, withdrawnEntries } from "./put-back.ts";
import { rebuildRecords, recordsOf } from "./rebuild.ts";
import { recount } from "./recount.ts";

type Pushed = Extract<ServerMessage, { type: "pushed" }>;
/** What of an answer settles. */
type Answered = Pick<Pushed, "space" | "mark" | "chain" | "head" | "outcomes" | "after" | "cursor">;

export async function applyPushed(context: ReplicaContext, message: Pushed, offersMore = false): Promise<ApplyOutcome> {
  const row = context.spaces.get(message.space);
  if (row === undefined) return unchanged(context, message.space);
  const { stopped } = message;
  if (stopped?.type !== "forked") {
    // r0 has answered more than this file has ever used: somebody else writes under this id (trap 4).
    if (message.mark > row.counter) return forkNextSession(context);
    if (message.mark <= row.settledThrough) {
      // r0 knows less than what is settled here: nothing of what is pending, either.
      if (context.forkDue && stopped?.type === "gap") row.parting = "parted";
      return moveCursor(context, row, message);
    }
  }
  const entries = readLog(context.port, row.space, row.settledThrough, message.mark, -1, context.store.transactions);
  const isOurs = message.mark <= row.counter && compareBytes(chainOf(row.chain, entries), message.chain) === 0;
  if (isOurs && stopped?.type !== "forked") return settle(context, row, message, entries);
  const withdrawn = message.mark > row.counter ? undefined : findWithdrawn(context, row, entries, message.chain);
  if (withdrawn !== undefined) return putBack(context, row, withdrawn);
  if (stopped?.type !== "forked" || !context.forkDue) return forkNextSession(context);
  const stands = findStanding(context, row, message, stopped.through);
  if (stands !== undefined) return putBack(context, row, stands);
  const { settledThrough } = row;
  const outcome = await takeParting(context, row, message, stopped.through);
  // With a void where the other copy has one, and totals without what that stands for, the two may be one history again (CLI84).
  if (!offersMore && row.settledThrough === settledThrough) row.parting = "parted";
  return { ...outcome, applied: outcomeOf(row).applied };
}

/** r0's word on how far it has what was offered; the rest is offered again, until r0 has nothing of it: that is said again under the next id. */
async function takeParting(context: ReplicaContext, row: SpaceRow, message: Pushed, through: number): Promise<ApplyOutcome> {
  const entries = readLog(context.port, row.space, row.settledThrough, through, -1, context.store.transactions);
  const last = entries.at(-1);
  if (last === undefined || lastCounter(last.transaction) !== through) return unchanged(context, row.space);
  const elsewhere = new Set(message.outcomes.filter(isWithdrawnElsewhere).map(({ counter }) => counter));
  const held = entries.map((entry) => (elsewhere.has(entry.transaction.counter) ? emptied(entry) : entry));
  return settle(context, row, { ...message, mark: through, chain: chainOf(row.chain, held), cursor: new Uint8Array(0) }, entries, held);
}

/** Withdrawn here, and at r0 as another copy has said it: then r0 does not take the void for it, and says so (CLI102). */
function findStanding(context: ReplicaContext, row: SpaceRow, { outcomes }: Pushed, through: number): Withdrawn | undefined {
  const elsewhere = new Set(outcomes.filter(isWithdrawnElsewhere).map(({ counter }) => counter));
  if (elsewhere.size === 0) return undefined;
  const entries = readLog(context.port, row.space, row.settledThrough, through, -1, context.store.transactions);
  const letters = withdrawnEntries(
    context,
    row.space,
    entries.filter(({ transaction }) => elsewhere.has(transaction.counter)),
  );
  if (letters.size === 0) return undefined;
  return { entries: entries.map((entry) => letters.get(entry.transaction.counter) ?? entry), letters: [...letters.values()] };
}

function isWithdrawnElsewhere(outcome: Outcome): boolean {
  return outcome.type === "refused" && outcome.code === withdrawnElsewhere;
}

/** What r0 has in its place. */
function emptied(entry: LogEntry): LogEntry {
  const transaction = voidOf(entry.transaction, identityOf);
  return { ...entry, transaction, bytes: encodeTransaction(transaction) };
}

function moveCursor(context: ReplicaContext, row: SpaceRow, message: Pushed): ApplyOutcome {
  const next = { ...row, ...cursorAfter(row, message) };
  if (next.cursor !== row.cursor) {
    context.port.transaction(() => writeSpace(context.port, next));
    Object.assign(row, next);
  }
  return outcomeOf(row);
}

/** Only from exactly where this push began, and not past an effect of an intent that has not been received. */
function cursorAfter(row: SpaceRow, message: Answered): Pick<SpaceRow, "cursor" | "sequence"> {
  const hasEffects = message.outcomes.some((outcome) => outcome.type === "accepted");
  if (message.cursor.length === 0 || row.bootstrapping || row.cursor.length === 0 || row.sequence !== message.after || hasEffects)
    return row;
  return { cursor: message.cursor, sequence: message.head };
}

/** `entries`: what r0 says of up to its mark. */
export async function settle(
  context: ReplicaContext,
  row: SpaceRow,
  message: Answered,
  entries: readonly LogEntry[],
  /** What r0 has of them: a void for what another copy has withdrawn; nothing, where the chain before them is not known. */
  held = entries,
): Promise<ApplyOutcome> {
  const { port, store } = context;
  const { space } = row;
  const outcomes = new Map(message.outcomes.map((outcome) => [outcome.counter, outcome]));
  // A void among them stands for what is a dead letter already.
  const isRefused = ({ transaction }: LogEntry): boolean =>
    transaction.body.type !== "void" && outcomes.get(transaction.counter)?.type === "refused";
  const refused = entries.filter(isRefused);
  const confirmed = entries.filter((entry) => !isRefused(entry));
  const next: SpaceRow = { ...row, ...cursorAfter(row, message), settledThrough: message.mark, chain: message.chain };
  const intents = decideIntents(entries, outcomes, next.sequence, message.head);
  const undecided = undecidedIn(context, space) > 0;
  const staging = new Staging(store, () => undecided);
  const touched = recordsOf(confirmed);
  const withdrawn = withdrawnEntries(context, space, entries);
  const undone: ReadonlySet<LogEntry> = new Set([...refused, ...withdrawn.values()]);
  // Of what a snapshot lacks or a collection took with it: the base says what came of it, and what is shown follows.
  next.answeredOwn = noteAnswer(context, row, message);
  const answeredOwn = row.bootstrapping ? 0 : next.answeredOwn;
  const isSimple = undone.size === 0 && answeredOwn <= row.settledThrough;

  const isLess =
    (!isSimple || row.counter > message.mark) &&
    foldConfirmed(context, staging, space, confirmed, { mark: message.mark, isSimple, answeredOwn });
  const recounted: LogEntry[] = [];
  // Else what is shown stands: a page may have brought what came after a refusal that has not been heard of, and nothing is put under that again.
  if (isLess || undone.size > 0) {
    const logged = readLog(port, space, message.mark, row.counter);
    const answered = entries.map((entry) => withdrawn.get(entry.transaction.counter) ?? entry);
    const pending = recount(answered, undone, logged);
    recounted.push(...pending.filter((entry, index) => entry !== logged[index]));
    rebuildRecords(context, staging, space, new Map([...recordsOf(undone), ...touched]).values(), pending);
  }
  if (undecided && (intents.gone.length > 0 || !isSimple)) await rerunProvisional(context, staging, space, [], new Set(intents.gone));

  const changes = [...staging.changed()];
  const at = context.runtime.wallMs();
  const endings = withdrawnAmong(context, space, entries);
  port.transaction(() => {
    staging.save();
    for (const { transaction, bytes } of recounted) rewriteEntry(port, space, transaction, bytes);
    for (const { collection, id } of touched.values()) settleRow(context, space, collection, id, message.mark);
    for (const entry of refused) {
      const outcome = outcomes.get(entry.transaction.counter) as Extract<Outcome, { type: "refused" }>;
      if (outcome.code === saidElsewhere) outcomes.delete(entry.transaction.counter);
      else addDeadLetter(port, space, entry, { code: outcome.code, reason: outcome.reason, at });
      const index = entries.indexOf(entry);
      replaceByVoid(context, space, entry.transaction, held[index] === entry ? chainOf(row.chain, held.slice(0, index)) : null);
      forgetConflictsWonBy(context, space, entry.transaction);
    }
    // Taken back once: if r0 should lose the answer, the void is said again, and not what it stands for.
    for (const { id } of withdrawn.values()) port.run("UPDATE _dead_letters SET withdrawn = 0 WHERE id = ?", [id]);
    if (endings.size > 0) dropDisposed(port, space, message.mark);
    for (const counter of intents.gone) dropIntent(port, space, counter);
    for (const [counter, sequence] of intents.awaited)
      port.run("UPDATE _intents SET sequence = ? WHERE space = ? AND counter = ?", [sequence, space, counter]);
    // A snapshot in progress may need what was confirmed since it began.
    if (!row.bootstrapping)
      port.run("DELETE FROM _log WHERE space = ? AND counter_first <= ?", [space, message.mark - context.limits.confirmedKeptMax]);
    writeSpace(port, next);
  });
  Object.assign(row, next);
  // Counted anew: one that r0 had decided before it came back from a backup is in no row any more.
  if (intents.gone.length > 0) context.undecided.set(space, countIntents(port, space));
  if (refused.length > 0) {
    context.deadLetterCount = countDeadLetters(port);
    context.conflictCount = countConflicts(port);
  }
  context.settlements.settle(space, message.mark, new Map<number, Answer>([...endings, ...outcomes]));
  return { ...outcomeOf(row, changes), refused: refused.length > 0 };
}

/** Confirmed operations on records that still have pending ones after `mark` go into their base; the others have no base any more. True: not all did. */
function foldConfirmed(
  context: ReplicaContext,
  staging: Staging,
  space: SpaceId,
  confirmed: readonly LogEntry[],
  { mark, isSimple, answeredOwn }: { readonly mark: number; readonly isSimple: boolean; readonly answeredOwn: number },
): boolean {
  let isLess = false;
  for (const { transaction } of confirmed) {
    if (transaction.body.type !== "operations") continue;
    for (const [index, operation] of transaction.body.operations.entries()) {
      if (isSimple && pendingOn(context, space, operation.collection, operation.record) <= mark) continue;
      const record = staging.get(space, operation.collection, operation.record);
      const held = staging.baseOf(record);
      const origin = originOf(transaction, index, undefined);
      if (isForgotten(answeredOwn, held, origin.dot)) {
        isLess = true;
        continue;
      }
      const base = applyOperation(context.store.lattices, held, operation, origin);
      staging.rebase(record, base.record, record.solid, record.pending);
    }
  }
  return isLess;
}

function pendingOn(context: ReplicaContext, space: SpaceId, collection: string, id: string): number {
  const statements = context.store.collections.get(collection);
  const [row] =
    statements === undefined ? [] : context.port.all(`SELECT _pending FROM ${statements.table} WHERE space = ? AND id = ?`, [space, id]);
  const found =
    row ?? context.port.all("SELECT _pending FROM _hidden WHERE space = ? AND collection = ? AND id = ?", [space, collection, id])[0];
  return (found?.["_pending"] as number | null | undefined) ?? 0;
}

/** The common end of a write: nothing of the record is decoded or written again. */
function settleRow(context: ReplicaContext, space: SpaceId, collection: string, id: string, mark: number): void {
  const statements = context.store.collections.get(collection);
  if (statements !== undefined) context.port.run(statements.settle, [space, id, mark]);
  context.port.run("UPDATE _hidden SET _base = NULL, _pending = NULL WHERE space = ? AND collection = ? AND id = ? AND _pending <= ?", [
    space,
    collection,
    id,
    mark,
  ]);
}

/** It holds its counters' place, so that the log stays without gaps and nothing of it is ever offered again. */
export function replaceByVoid(
  context: ReplicaContext,
  space: SpaceId,
  transaction: Transaction,
  /** Of what r0 has refused: by it a history that has lost the answer is known again. */
  chainBefore: Uint8Array | null = null,
): void {
  passOnDependencies(context, space, transaction.counter);
  context.port.run("UPDATE _log SET bytes = ?, increments = NULL, chain_before = ? WHERE space = ? AND counter_first = ?", [
    encodeTransaction(voidOf(transaction, identityOf)),
    chainBefore,
    space,
    transaction.counter,
  ]);
}

/** What it had won over is shown again. */
export function forgetConflictsWonBy(context: ReplicaContext, space: SpaceId, transaction: Transaction): void {
  if (context.conflictCount === 0) return;
  for (let counter = transaction.counter; counter <= lastCounter(transaction); counter++)
    context.port.run("DELETE FROM _conflicts WHERE space = ? AND winner = ?", [space, dotToKey({ replica: transaction.replica, counter })]);
}

interface DecidedIntents {
  /** Shown no longer. */
  readonly gone: readonly number[];
  /** Accepted, or decided long ago, and shown until their effect has arrived: counter → sequence. */
  readonly awaited: ReadonlyMap<number, number>;
}

/** `head`: by then its effect has arrived, if it was accepted, and nobody knows any more when. */
function decideIntents(
  entries: readonly LogEntry[],
  outcomes: ReadonlyMap<number, Outcome>,
  sequence: number,
  head: number,
): DecidedIntents {
  const gone: number[] = [];
  const awaited = new Map<number, number>();
  for (const { transaction } of entries) {
    if (transaction.body.type !== "intent") continue;
    const outcome = outcomes.get(transaction.counter);
    const at = outcome?.type === "accepted" ? outcome.sequence : outcome?.type === "outcome-expired" ? head : 0;
    if (at > sequence) awaited.set(transaction.counter, at);
    else gone.push(transaction.counter);
  }
  return { gone, awaited };
}

/** r0 has the void that stands for it: whoever waits for the write itself hears that it was withdrawn, and not that it was confirmed. */
function withdrawnAmong(context: ReplicaContext, space: SpaceId, entries: readonly LogEntry[]): ReadonlyMap<number, Answer> {
  const answers = new Map<number, Answer>();
  for (const { transaction } of entries) {
    if (transaction.body.type !== "void") continue;
    const ending = findEnding(context.port, space, transaction.counter);
    if (ending !== undefined) answers.set(transaction.counter, ending);
  }
  return answers;
}
