/**
 * One push, decided in memory in the order of its counters: duplicates get their original outcomes, each fresh transaction is accepted or
 * refused by itself, and one that cannot be decided now stops the push behind everything before it (F10). Nothing here is told to anybody:
 * the turn's batch is committed first.
 */
import {
  alreadyHere,
  boundRefusal,
  checkContexts,
  checkDependencies,
  checkStamps,
  countersOf,
  type Dependencies,
  dependencyOutOfBounds,
  type Encoded,
  encodeOutcome,
  encodeTransaction,
  epochLamportStep,
  firstCountingIn,
  type Imprints,
  isImprinted,
  joinDependencies,
  knownThrough,
  lamportAfter,
  lastCounter,
  type MarkRow,
  nextChain,
  type Outcome,
  planPush,
  type PushPlan,
  type PushStop,
  type Refusal,
  type ReplicaId,
  type Transaction,
  withdrawnElsewhere,
} from "@holdfast/core/engine";
import type { Access, Principal } from "../options.ts";
import type { DecisionContext } from "./context.ts";
import { decideIntent } from "./decide-intent.ts";
import { findMoved, type FormerNames, readFormerNames } from "./former-names.ts";
import { readOutcome } from "./read-outcome.ts";
import { loadRenamedAdds, noteElsewhere, removeRenamed } from "./renamed-adds.ts";
import { dependsOnRefused, tryOperations } from "./try-operations.ts";
import type { Turn } from "./turn.ts";
import { isHeld, isNamedBy, isVoid, isVoided, isVoidOfRefused } from "./voids.ts";

export interface PushRequest {
  readonly principal: Principal;
  readonly access: Access;
  readonly replica: ReplicaId;
  readonly chain: Uint8Array;
  readonly settledThrough: number;
  readonly transactions: readonly Transaction[];
}

export interface PushAnswer {
  readonly mark: number;
  readonly chain: Uint8Array;
  readonly outcomes: readonly Outcome[];
  readonly stopped: PushStop | undefined;
  /** Sequence numbers of the push's own changes. */
  readonly sequences: readonly number[];
}

export async function decidePush(context: DecisionContext, turn: Turn, push: PushRequest): Promise<PushAnswer> {
  const before = turn.mark(push.replica);
  const transactions = await cutAtUnheard(turn, before, push.transactions);
  const plan = planPush(before, push.chain, transactions, encodeTransaction);
  if (plan.history !== "agreed") return answerBelowMark(turn, before, push, plan);
  const outcomes = await recallOutcomes(turn, before, plan.duplicates);
  const sequences: number[] = [];
  let { stopped } = plan;
  if (plan.fresh.length > 0) forgetSettled(turn, before, push.settledThrough);
  const moved = await findMoved(context, turn, before, plan.fresh);
  const [former] = await Promise.all([
    readFormerNames(context, turn, push.principal, plan.fresh),
    loadRenamedAdds(context, turn, plan.fresh),
  ]);
  const refused = new Set<string>();
  let orphaned = dependenciesOfRefused(plan.duplicates, outcomes);
  for (const offered of plan.fresh.slice(0, moved)) {
    const fresh = dependingOn(offered, orphaned);
    const { transaction } = fresh;
    const counters = countersOf(transaction);
    // Its author wrote it before it could hear of the refusal, and says it again without (SRV29).
    if (counters.some((name) => refused.has(name))) break;
    try {
      const { outcome, sequence } = await decideTransaction(context, turn, push, fresh, former);
      if (outcome !== undefined) outcomes.push(outcome);
      if (outcome?.type === "refused") {
        for (const name of counters) refused.add(name);
        orphaned = joinDependencies(orphaned, dependenciesOfRefused([fresh], [outcome]));
      }
      if (sequence === undefined) continue;
      sequences.push(sequence);
      orphaned = noDependencies;
    } catch (error) {
      turn.assertRead();
      const { counter } = transaction;
      const waits = error instanceof AwaitsRestored;
      const delayMs = waits ? context.limits.restoredRetryMs : context.limits.retryAfterMs;
      const retryAfterMs = Math.floor(delayMs * (1 + context.runtime.random()));
      const detail = `The server could not decide operation ${counter} of space "${turn.space}".`;
      if (!waits) context.log({ level: "error", event: "decision-failed", detail, error });
      stopped = waits ? { type: "awaits", counter, retryAfterMs } : { type: "failed", counter, detail, retryAfterMs };
      break;
    }
  }
  turn.assertRead();
  const { mark, chain } = turn.mark(push.replica);
  if (plan.fresh[moved]?.transaction.counter === mark + 1) stopped = { type: "forked", through: mark };
  return { mark, chain, outcomes, stopped, sequences };
}

const noDependencies: Dependencies = new Map();

/** A writer says once what it has seen of other spaces. Where r0 refuses the transaction that said it, the next one has seen that too. */
function dependenciesOfRefused(encoded: readonly Encoded[], outcomes: readonly Outcome[]): Dependencies {
  const said = new Map(encoded.map(({ transaction }) => [transaction.counter, transaction.dependencies]));
  let orphaned = noDependencies;
  for (const outcome of outcomes)
    if (outcome.type === "refused" && outcome.code !== dependencyOutOfBounds)
      orphaned = joinDependencies(orphaned, said.get(outcome.counter) ?? noDependencies);
  return orphaned;
}

/** As it was said, but for the dependencies: no history is told from another by them (CHAIN4). */
function dependingOn(encoded: Encoded, orphaned: Dependencies): Encoded {
  const { transaction } = encoded;
  if (orphaned.size === 0 || transaction.body.type !== "operations") return encoded;
  const joined = { ...transaction, dependencies: joinDependencies(transaction.dependencies, orphaned) };
  return { ...encoded, transaction: joined, bytes: encodeTransaction(joined) };
}

/**
 * A push is repeated, by the network or by a copy of the file, as it was before its author heard of a refusal: it ends before the first
 * transaction that counts the refused one in, which has been, or will be, said again without it (SRV29). So does one with a void in it, which
 * stands for what its author has withdrawn: once the void is answered, what counts that in is said again without it, by every copy alike.
 */
async function cutAtUnheard(turn: Turn, mark: MarkRow, transactions: readonly Transaction[]): Promise<readonly Transaction[]> {
  const isAnswered = ({ counter }: Transaction): boolean => counter <= mark.mark;
  const mayBeUndone = (transaction: Transaction): boolean => isAnswered(transaction) || isVoid(transaction);
  if (firstCountingIn(transactions, mayBeUndone) === transactions.length) return transactions;
  const answered = transactions.filter(isAnswered);
  const refused = await refusedAmong(turn, mark, answered);
  const imprints = answered.some(isVoid) ? await readImprints(turn, mark.replica, answered) : new Map<number, Uint8Array>();
  const isUndone = (transaction: Transaction): boolean =>
    isVoid(transaction) ? !isAnswered(transaction) || isHeld(imprints, transaction) : refused.has(transaction.counter);
  return transactions.slice(0, firstCountingIn(transactions, isUndone));
}

async function refusedAmong(turn: Turn, mark: MarkRow, answered: readonly Transaction[]): Promise<ReadonlySet<number>> {
  const [first, last] = [answered[0], answered.at(-1)];
  if (first === undefined || last === undefined || mark.recordedThrough < first.counter) return new Set();
  const range = { replica: mark.replica, from: first.counter, through: lastCounter(last), countMax: answered.length };
  const rows = await turn.outcomes(range);
  return new Set(rows.filter(({ counter, bytes }) => readOutcome(counter, bytes).type === "refused").map(({ counter }) => counter));
}

/**
 * What was answered before is answered again, byte for byte (F12); of what was forgotten, that it was refused. Operations without a row
 * were accepted, and nothing is said of them. There are never more rows than transactions in the push.
 */
async function recallOutcomes(turn: Turn, mark: MarkRow, duplicates: readonly Encoded[]): Promise<Outcome[]> {
  const first = duplicates[0]?.transaction;
  const last = duplicates.at(-1)?.transaction;
  if (first === undefined || last === undefined) return [];
  const range = { replica: mark.replica, from: first.counter, through: lastCounter(last), countMax: duplicates.length };
  const rows = mark.recordedThrough < first.counter ? [] : await turn.outcomes(range);
  const known = new Set(rows.map((row) => row.counter));
  const outcomes = rows.map((row) => readOutcome(row.counter, row.bytes));
  for (const { transaction } of duplicates)
    if (transaction.body.type === "intent" && !known.has(transaction.counter))
      outcomes.push({ type: "outcome-expired", counter: transaction.counter });
  return outcomes.sort((a, b) => a.counter - b.counter);
}

/**
 * A push that ends below the mark, or whose history is not ours at it: imprints say what of it r0 has. All of it: it is answered as far
 * as it goes, and its author pushes on. Else the two histories part in it (trap 4): what r0 has gets its outcomes, what another copy has
 * withdrawn is refused (r0 has a void in its place, or has what came after it), and the rest the author says under a new id. Not yet what
 * counts in a withdrawn increment: the other copy has, or would have, said it without, and so r0 may know it (SRV30). A void before what r0
 * has, and where it has something else, stands for what is here from the other copy, and is told so (SRV38).
 */
async function answerBelowMark(turn: Turn, mark: MarkRow, push: PushRequest, plan: PushPlan): Promise<PushAnswer> {
  const { duplicates, chain } = plan;
  const offered = duplicates.map(({ transaction }) => transaction);
  const imprints = await readImprints(turn, mark.replica, offered);
  const refused = await refusedAmong(turn, mark, offered.some(isVoid) ? offered : []);
  const here = new Set(
    duplicates
      .filter((each) => isImprinted(imprints, each) || isVoidOfRefused(imprints, refused, each.transaction))
      .map(({ transaction }) => transaction),
  );
  const isHere = (transaction: Transaction): boolean => here.has(transaction);
  const stands = (transaction: Transaction): boolean => isVoid(transaction) && !isHere(transaction) && imprints.has(transaction.counter);
  const last = offered.findLastIndex((each) => isHere(each) || isVoided(imprints, each) || isNamedBy(imprints, each));
  const unheard = firstCountingIn(offered, (transaction) => !isHere(transaction) && !isVoid(transaction), isHere);
  const through = duplicates.slice(0, Math.min(last + 1, unheard));
  const ours = through.filter(({ transaction }) => isHere(transaction));
  const outcomes = await recallEach(turn, mark.replica, ours);
  if (plan.history === "unproven" && ours.length === duplicates.length) {
    const reached = lastCounter((duplicates.at(-1) as Encoded).transaction);
    return { mark: reached, chain, outcomes, stopped: plan.stopped, sequences: [] };
  }
  for (const { transaction } of through)
    if ((!isVoid(transaction) && !isHere(transaction)) || stands(transaction))
      outcomes.push({ type: "refused", counter: transaction.counter, ...goneElsewhere });
  outcomes.sort((a, b) => a.counter - b.counter);
  const first = push.transactions[0]?.counter ?? 1;
  const end = through.at(-1)?.transaction;
  const stopped = { type: "forked", through: end === undefined ? first - 1 : lastCounter(end) } as const;
  return { mark: mark.mark, chain: mark.chain, outcomes, stopped, sequences: [] };
}

const goneElsewhere: Refusal = {
  code: withdrawnElsewhere,
  reason: "Another copy of this replica has withdrawn this write, and said what came after it.",
};

async function readImprints(turn: Turn, replica: ReplicaId, offered: readonly Transaction[]): Promise<Imprints> {
  const [first, last] = [offered[0], offered.at(-1)];
  if (first === undefined || last === undefined) return new Map();
  // Each row holds a transaction or more: where the histories are one, no more rows than transactions lie in the range.
  return turn.imprints({ replica, from: first.counter, through: lastCounter(last), countMax: offered.length });
}

/** Outcomes of these alone, in runs without gaps: what lies between them is another history's. */
async function recallEach(turn: Turn, replica: ReplicaId, ours: readonly Encoded[]): Promise<Outcome[]> {
  const mark = turn.mark(replica);
  const outcomes: Outcome[] = [];
  let run: Encoded[] = [];
  for (const [index, each] of ours.entries()) {
    run.push(each);
    const next = ours[index + 1]?.transaction;
    if (next !== undefined && next.counter === lastCounter(each.transaction) + 1) continue;
    outcomes.push(...(await recallOutcomes(turn, mark, run)));
    run = [];
  }
  return outcomes;
}

function forgetSettled(turn: Turn, mark: MarkRow, settledThrough: number): void {
  const through = Math.min(settledThrough, mark.mark, mark.recordedThrough);
  if (through > 0) turn.settle(mark.replica, through);
}

const restoredWithout: Refusal = {
  code: "restored-without",
  reason: "The server was put back to an earlier state, and takes nothing that was written before your device knew.",
};

/**
 * Its author had not heard of the epoch, which began at a multiple of the step (`ServerStore.startNewEpoch`). A space that takes more operations than a
 * step in one epoch has moved past the next multiple, and what is older than that counts as from before: a policy is for the days of a restore.
 */
function isFromBefore({ restored, restoredPolicy }: DecisionContext, turn: Turn, { lamport }: Transaction): boolean {
  if (!restored || restoredPolicy === "accept") return false;
  return lamport < Math.floor(turn.lamport / epochLamportStep) * epochLamportStep;
}

/** It builds on what a backup had lost: another device may still hold that, and bring it (F26). Or the operator has not decided yet. */
class AwaitsRestored extends Error {}

interface Decided {
  readonly outcome: Outcome | undefined;
  /** The place of the transaction itself. An intent has none: its effect is r0's. */
  readonly sequence: number | undefined;
}

/** Throws where the app's callbacks do; until everything that can throw is over, the turn is unchanged. */
async function decideTransaction(
  context: DecisionContext,
  turn: Turn,
  push: PushRequest,
  fresh: Encoded,
  former: FormerNames,
): Promise<Decided> {
  const { transaction } = fresh;
  const { body } = transaction;
  if (body.type === "void") return settle(turn, fresh, undefined);
  if (isFromBefore(context, turn, transaction)) {
    if (context.restoredPolicy === "quarantine") throw new AwaitsRestored();
    return settleRefusal(context, turn, fresh, restoredWithout);
  }
  const met = former.meet(transaction);
  if (typeof met === "object") {
    noteElsewhere(context, turn, transaction);
    return settleRefusal(context, turn, fresh, met);
  }
  const decided = await judge(context, turn, push, fresh, body);
  met?.(decided.outcome);
  if (decided.sequence !== undefined) removeRenamed(context, turn, transaction, met !== undefined);
  return decided;
}

async function judge(
  context: DecisionContext,
  turn: Turn,
  push: PushRequest,
  fresh: Encoded,
  body: Exclude<Transaction["body"], { type: "void" }>,
): Promise<Decided> {
  const { transaction, bytes } = fresh;
  const refusal = await refuseAtTheDoor(context, turn, push, transaction);
  if (refusal !== undefined) return settleRefusal(context, turn, fresh, refusal);
  if (body.type === "intent") {
    const decided = await decideIntent(context, turn, push.principal, transaction, body.intent);
    const recorded = decided();
    const outcome = readOutcome(transaction.counter, recorded);
    settle(turn, fresh, transaction.counter, outcome.type === "accepted" ? context.lamportLost : 0);
    turn.recordOutcome({ replica: transaction.replica, counter: transaction.counter, bytes: recorded, atMs: context.runtime.wallMs() });
    return { outcome, sequence: undefined };
  }
  const tried = await tryOperations(context, turn, transaction, body.operations, push.principal);
  if (tried.refusal?.code === dependsOnRefused && context.restored && namesLost(turn, transaction))
    if (context.patience.waits(turn.space, transaction.replica)) throw new AwaitsRestored();
  if (tried.refusal !== undefined) return settleRefusal(context, turn, fresh, tried.refusal);
  turn.conflicts += tried.conflicts;
  settle(turn, fresh, undefined, context.lamportLost);
  const sequence = turn.append(transaction, bytes, lastCounter(transaction), tried.draft.records, context.runtime.wallMs());
  return { outcome: undefined, sequence };
}

async function refuseAtTheDoor(
  context: DecisionContext,
  turn: Turn,
  push: PushRequest,
  transaction: Transaction,
): Promise<Refusal | undefined> {
  if (push.access !== "write")
    return { code: "read-only", reason: `User "${push.principal.id}" may read this space, and not write to it.` };
  const refusal =
    checkStamps(transaction, turn.mark(push.replica), turn.lamport, context.lamportLost) ??
    (context.restored ? undefined : checkAgainstMarks(turn, transaction));
  // In a restored store a place may be one that the backup had lost: who follows both spaces finds that nobody has it (CYC21).
  if (refusal !== undefined || context.restored || transaction.dependencies.size === 0) return refusal;
  const heads = await turn.read(() => context.headsOf([...transaction.dependencies.keys()]));
  return checkDependencies(transaction, (space) => (space === turn.space ? turn.head : (heads.get(space) ?? 0)));
}

function checkAgainstMarks(turn: Turn, transaction: Transaction): Refusal | undefined {
  // Of a replica whose mark is gone, what is in the records is known all the same (F29).
  return checkContexts(transaction, (replica, operation) => {
    const record = turn.record(operation);
    return Math.max(turn.mark(replica).mark, record === undefined ? 0 : knownThrough(record, replica));
  });
}

/** Its author has seen what the backup had lost, and nobody has brought back yet. */
function namesLost(turn: Turn, transaction: Transaction): boolean {
  return checkAgainstMarks(turn, transaction) !== undefined;
}

/** Answered: mark, chain and clock move on. `lamportLost`: if taken; else a refused stamp could take the clock above what the same backup lets in next. */
function settle(turn: Turn, { transaction, identity }: Encoded, recorded: number | undefined, lamportLost = 0): Decided {
  const mark = turn.mark(transaction.replica);
  const lamport = lamportAfter(transaction, mark, turn.lamport, lamportLost);
  turn.setMark({
    ...mark,
    mark: lastCounter(transaction),
    chain: nextChain(mark.chain, identity),
    lamport: lamport.own,
    recordedThrough: Math.max(mark.recordedThrough, recorded ?? 0),
  });
  turn.addImprint(transaction, identity);
  turn.lamport = lamport.space;
  return { outcome: undefined, sequence: undefined };
}

function settleRefusal(context: DecisionContext, turn: Turn, fresh: Encoded, refusal: Refusal): Decided {
  const { replica, counter } = fresh.transaction;
  const outcome = { type: "refused", counter, ...(refusal === alreadyHere ? refusal : boundRefusal(refusal)) } as const;
  settle(turn, fresh, counter);
  turn.recordOutcome({ replica, counter, bytes: encodeOutcome(outcome), atMs: context.runtime.wallMs() });
  turn.refused++;
  return { outcome, sequence: undefined };
}
