/**
 * A replica whose id turns out to be in use elsewhere (a restored backup, a copied file: trap 4) takes a new one, and says again
 * under it what it had pending. Nothing pending is lost, and nothing that the old id has had confirmed is said twice:
 *
 * 1. Counters are given anew, without gaps. Stamps stay what they were: each is one above what its author had seen, which came from r0 or was
 *    its own, and r0 counts those one by one, so that none is above its bound. Lowered, they would leave behind what is written next.
 * 2. What was implied, "all my earlier operations", splits: the last that r0 had confirmed on the record becomes an explicit entry of the old
 *    id in the context, those that were pending are the new id's own.
 * 3. A counter's delta is its writer's totals, which begin at nothing under the new id: rebuilt from the recorded increments.
 * 4. Each says under which name it was written first (`former.ts`).
 * 5. Where a delta names one of these operations (a set's removal, a list's item) it names its new dot. Yjs names no replica.
 */
import { assert, defined } from "../base/assert.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import { kindCodes } from "../lattice/lattice.ts";
import { listLattice } from "../lattice/list.ts";
import { restampListDelta } from "../lattice/list-delta.ts";
import { type DotRenaming, renameDot, renameDots } from "../lattice/rename-dots.ts";
import { setLattice } from "../lattice/set.ts";
import { RunningTotals } from "./counter-totals.ts";
import { nameFormer } from "./former.ts";
import { lastCounter, type Operation, type RecordId, type Transaction, transactionWidth } from "./operation.ts";

export interface PendingTransaction {
  readonly transaction: Transaction;
  /** Operation index → what it adds to its counter. */
  readonly increments: ReadonlyMap<number, number>;
}

export interface RestampRequest {
  /** Of one space and one replica id, in counter order, without gaps from `confirmedThrough + 1`. */
  readonly pending: readonly PendingTransaction[];
  /** r0 has answered the old id's operations up to here. */
  readonly confirmedThrough: number;
  /** The old id's entry in the record's confirmed vector; 0 if it has none. A context names nothing that the record never had (SRV15). */
  readonly confirmedOn: (collection: string, record: RecordId) => number;
  /** `identityOf` each with its bytes, which its name is made of (`former.ts`). */
  readonly identityOf: (transaction: Transaction) => Uint8Array;
  readonly replica: ReplicaId;
}

/** The same transactions under `replica`, with counters from 1. Increments stay as they were: they belong to the operations. */
export function restampTransactions({
  pending,
  confirmedThrough,
  confirmedOn,
  identityOf,
  replica,
}: RestampRequest): readonly PendingTransaction[] {
  const shift = confirmedThrough;
  const totals = new RunningTotals(() => ({ up: 0, down: 0 }));
  const restamped: PendingTransaction[] = [];
  let expected = confirmedThrough + 1;
  for (const { transaction, increments } of pending) {
    assert(transaction.counter === expected, "out of order");
    assert(transaction.replica !== replica, "the same replica");
    expected = lastCounter(transaction) + 1;
    const counter = transaction.counter - shift;
    const renaming: Renaming = { from: transaction.replica, to: replica, confirmedThrough, confirmedOn };
    const moved: Transaction = {
      ...transaction,
      replica,
      counter,
      body: restampBody(transaction, renaming, increments, totals),
      extensions: nameFormer(transaction, identityOf),
    };
    assert(transactionWidth(moved) === transactionWidth(transaction), "another width");
    restamped.push({ transaction: moved, increments });
  }
  return restamped;
}

interface Renaming extends DotRenaming {
  readonly confirmedOn: RestampRequest["confirmedOn"];
}

function restampBody(
  { body }: Transaction,
  renaming: Renaming,
  increments: ReadonlyMap<number, number>,
  totals: RunningTotals,
): Transaction["body"] {
  if (body.type !== "operations") return body;
  return {
    type: "operations",
    operations: body.operations.map((operation, index) => restampOperation(operation, renaming, increments.get(index), totals)),
  };
}

function restampOperation(operation: Operation, renaming: Renaming, increment: number | undefined, totals: RunningTotals): Operation {
  const { from, confirmedOn } = renaming;
  const confirmed = confirmedOn(operation.collection, operation.record);
  const context = confirmed === 0 ? operation.context : new Map(operation.context).set(from, confirmed);
  return { ...operation, context, delta: restampDelta(operation, renaming, increment, totals) };
}

function restampDelta(operation: Operation, renaming: Renaming, increment: number | undefined, totals: RunningTotals): Uint8Array {
  switch (operation.kind) {
    case kindCodes.counter:
      return totals.add(operation, defined(increment, "no increment"));
    case kindCodes.set: {
      const { added, removed } = setLattice.decodeDelta(operation.delta);
      return setLattice.encodeDelta({ added, removed: renameDots(removed, (dot) => renameDot(dot, renaming)) });
    }
    case kindCodes.list:
      return listLattice.encodeDelta(
        restampListDelta(listLattice.decodeDelta(operation.delta), renaming.from, renaming.to, (dot) => renameDot(dot, renaming)),
      );
    default:
      return operation.delta;
  }
}
