/**
 * What r0 lets in (trap 7, architecture section 5). Pure: rows in, an answer out; the shell has loaded the rows and writes the result.
 * Order of a push: duplicates by the mark, never by time (SRV3); a gap or another history stops it (SRV4, SRV5); then each transaction by
 * itself: stamps, contexts, dependencies, and each operation against the schema.
 */
import { compareBytes } from "../base/bytes.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import { nextChain } from "../operation/chain.ts";
import type { Encoded } from "../operation/imprint.ts";
import { lastCounter, lastLamport, type Operation, type SpaceId, type Transaction, transactionWidth } from "../operation/operation.ts";
import * as wireLimits from "../wire/wire-limits.ts";
import { identityOf } from "../wire/transaction-codec.ts";
import type { PushStop } from "../wire/messages.ts";

/** A final no to one transaction. It uses up its counters, so that the replica's sequence stays without gaps. */
export interface Refusal {
  readonly code: string;
  readonly reason: string;
}

/** The code of what another copy of a file has withdrawn: r0 has a void in its place. */
export const withdrawnElsewhere = "withdrawn-elsewhere";

/** What r0 remembers of one replica in one space, for ever. */
export interface Mark {
  readonly mark: number;
  readonly chain: Uint8Array;
  /** The stamp of the operation at `mark`, as far as it was let in. */
  readonly lamport: number;
}

export interface PushPlan {
  /** At or below the mark. Where `history` is `agreed` they are what was answered, and get their original outcomes. */
  readonly duplicates: readonly Encoded[];
  /** They follow on the mark. */
  readonly fresh: readonly Encoded[];
  readonly history: PushHistory;
  /** The sender's chain after `duplicates`. */
  readonly chain: Uint8Array;
  /** Counters are missing: what comes behind `fresh` is not looked at. */
  readonly stopped: PushStop | undefined;
}

/** `unproven`: the push ends below the mark, where r0 has no chain to compare. `parted`: two histories share the replica id (trap 4). */
export type PushHistory = "agreed" | "unproven" | "parted";

/**
 * Sorts a push against the mark. `chain` is the sender's before its first transaction. Where the push reaches or passes the mark,
 * the chain must be ours there: else neither of the two histories may overwrite the other, and imprints tell where they part.
 */
export function planPush(
  mark: Mark,
  chain: Uint8Array,
  transactions: readonly Transaction[],
  bytesOf: (transaction: Transaction) => Uint8Array,
): PushPlan {
  const duplicates: Encoded[] = [];
  const fresh: Encoded[] = [];
  let at = chain;
  let history: PushHistory = "unproven";
  let expected = transactions[0]?.counter ?? mark.mark + 1;
  if (expected > mark.mark + 1) return { duplicates, fresh, history: "agreed", chain: at, stopped: { type: "gap" } };
  for (const transaction of transactions) {
    if (transaction.counter !== expected) return { duplicates, fresh, history, chain: at, stopped: { type: "gap" } };
    if (transaction.counter === mark.mark + 1) history = compareBytes(at, mark.chain) === 0 ? "agreed" : "parted";
    const last = lastCounter(transaction);
    // One that begins below the mark and ends above it was never answered as a whole.
    if (transaction.counter <= mark.mark && last > mark.mark) history = "parted";
    if (history === "parted") break;
    expected = last + 1;
    const bytes = bytesOf(transaction);
    const encoded = { transaction, bytes, identity: identityOf(transaction, bytes) };
    if (transaction.counter > mark.mark) {
      fresh.push(encoded);
      continue;
    }
    at = nextChain(at, encoded.identity);
    duplicates.push(encoded);
    if (last === mark.mark) history = compareBytes(at, mark.chain) === 0 ? "agreed" : "parted";
  }
  return { duplicates, fresh, history: transactions.length === 0 ? "agreed" : history, chain: at, stopped: undefined };
}

/**
 * The highest stamp that an honest clock can have reached: what the space has seen, and one for each own operation since. `lamportLost`: in a
 * store that was restored, how far a clock may have come in what it has lost (`lamportLostMax`).
 */
export function lamportBound(transaction: Transaction, mark: Mark, spaceLamport: number, lamportLost = 0): number {
  return Math.max(spaceLamport, lamportLost) + (lastCounter(transaction) - mark.mark);
}

/** A stamp above the bound would win every conflict for ever; one below the author's own last is no clock's. */
export function checkStamps(transaction: Transaction, mark: Mark, spaceLamport: number, lamportLost = 0): Refusal | undefined {
  const bound = lamportBound(transaction, mark, spaceLamport, lamportLost);
  if (lastLamport(transaction) > bound)
    return {
      code: "stamp-out-of-bounds",
      reason: `Its Lamport time ${lastLamport(transaction)} is above ${bound}, the highest that this space allows.`,
    };
  if (transaction.lamport <= mark.lamport)
    return {
      code: "stamp-out-of-bounds",
      reason: `Its Lamport time ${transaction.lamport} is not above its author's last, ${mark.lamport}.`,
    };
  return undefined;
}

/** What the space's clock becomes: later stamps of an honest author count the refused ones too. `lamportLost`: where it was taken. */
export function lamportAfter(
  transaction: Transaction,
  mark: Mark,
  spaceLamport: number,
  lamportLost = 0,
): { readonly own: number; readonly space: number } {
  const own = Math.max(mark.lamport, Math.min(lastLamport(transaction), lamportBound(transaction, mark, spaceLamport, lamportLost)));
  return { own, space: Math.max(spaceLamport, own) };
}

/** Every replica that a transaction's contexts name, beside its author. */
export function contextReplicas(transaction: Transaction): ReadonlySet<ReplicaId> {
  const replicas = new Set<ReplicaId>();
  if (transaction.body.type === "operations")
    for (const operation of transaction.body.operations) for (const replica of operation.context.keys()) replicas.add(replica);
  replicas.delete(transaction.replica);
  return replicas;
}

/**
 * A context that claims dots which r0 has never answered would remove what its author cannot have seen. `knownOf`: how far r0 knows a replica, by
 * its mark, or by what the operation's record holds.
 */
export function checkContexts(
  transaction: Transaction,
  knownOf: (replica: ReplicaId, operation: Operation) => number,
): Refusal | undefined {
  if (transaction.body.type !== "operations") return undefined;
  for (const [index, operation] of transaction.body.operations.entries()) {
    for (const [replica, counter] of operation.context) {
      const known = replica === transaction.replica ? transaction.counter + index - 1 : knownOf(replica, operation);
      if (counter > known)
        return {
          code: "context-out-of-bounds",
          reason: `It claims to have seen operation ${counter} of replica ${replica}, and this space holds ${known}.`,
        };
    }
  }
  return undefined;
}

export const dependencyOutOfBounds = "dependency-out-of-bounds";

/** A dependency beyond another space's head would hold the transaction back at every follower for ever. */
export function checkDependencies(transaction: Transaction, headOf: (space: SpaceId) => number): Refusal | undefined {
  for (const [space, sequence] of transaction.dependencies) {
    const head = headOf(space);
    if (sequence > head)
      return { code: dependencyOutOfBounds, reason: `It depends on change ${sequence} of space "${space}", whose head is ${head}.` };
  }
  return undefined;
}

/** The author, a width, and integers that stay exact: what makes a push a push at all. A violation is a fault of the sender, not a refusal. */
export function isPushOf(replica: ReplicaId, transactions: readonly Transaction[]): boolean {
  return transactions.every(
    (transaction) =>
      transaction.replica === replica &&
      transaction.counter >= 1 &&
      transaction.lamport >= 1 &&
      transactionWidth(transaction) >= 1 &&
      lastCounter(transaction) <= wireLimits.integerMax &&
      lastLamport(transaction) <= wireLimits.integerMax,
  );
}
