/**
 * A counter's delta is its writer's totals, so an increment that was written on top of another counts that one in. Where r0 refuses the one
 * below, or its author withdraws it, the one above says a sum that nobody wrote: it is not taken, and its author says it again with the totals
 * that are so (CLI51).
 */
import { type CounterDelta, counterLattice } from "../lattice/counter.ts";
import { kindCodes } from "../lattice/lattice.ts";
import type { Operation, Transaction } from "./operation.ts";

/** Names the counter that an operation increments; undefined for an operation of another kind. */
export function counterNameOf({ kind, collection, record, field }: Operation): string | undefined {
  return kind === kindCodes.counter ? JSON.stringify([collection, record, field]) : undefined;
}

/** The counters that a transaction increments. */
export function countersOf({ body }: Transaction): readonly string[] {
  return body.type === "operations" ? body.operations.flatMap((operation) => counterNameOf(operation) ?? []) : [];
}

/**
 * Of one author's transactions, in their order: where the first stands that counts in one of those that `isUndone` names; their number, if none
 * does. `isHeld`: r0 holds it with that very total, and it is passed over.
 */
export function firstCountingIn(
  transactions: readonly Transaction[],
  isUndone: (transaction: Transaction) => boolean,
  isHeld: (transaction: Transaction) => boolean = () => false,
): number {
  const undone = new Set<string>();
  // What a void stands for is not to be seen from it: it may have been any counter's.
  let isVoided = false;
  for (const [index, transaction] of transactions.entries()) {
    const names = countersOf(transaction);
    if (names.some((name) => isVoided || undone.has(name)) && !isHeld(transaction)) return index;
    if (transaction.body.type === "void" && isUndone(transaction)) isVoided = true;
    if (isUndone(transaction)) for (const name of names) undone.add(name);
  }
  return transactions.length;
}

/** What one author's totals are, increment by increment. */
export class RunningTotals {
  readonly #totals = new Map<string, CounterDelta>();
  readonly #start: (operation: Operation) => CounterDelta;

  constructor(start: (operation: Operation) => CounterDelta) {
    this.#start = start;
  }

  /** The delta of an operation that adds `by`. */
  add(operation: Operation, by: number): Uint8Array {
    const name = counterNameOf(operation) ?? "";
    const before = this.#totals.get(name) ?? this.#start(operation);
    const after = { up: before.up + Math.max(by, 0), down: before.down + Math.max(-by, 0) };
    this.#totals.set(name, after);
    return counterLattice.encodeDelta(after);
  }
}
