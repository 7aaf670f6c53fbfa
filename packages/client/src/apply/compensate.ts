/**
 * A counter's delta holds its writer's totals, so an operation that was written on top of one that r0 refuses carries the refused
 * amount along, and may be on its way already. What it carries too much is taken back by an operation of the replica's own, logged in
 * the commit that undoes the refused one: the sum is that of what was not refused (CLI51).
 */
import {
  encodeTransaction,
  isVisible,
  lastCounter,
  lastLamport,
  type Mutation,
  operationLimits,
  originOf,
  planOperations,
  type SpaceId,
} from "@holdfast/core/engine";
import type { ReplicaContext } from "../context.ts";
import type { LogEntry } from "../store/change-log.ts";
import type { SpaceRow } from "../store/spaces.ts";
import { incrementsOf } from "../write/batch.ts";
import type { Staging } from "../write/staging.ts";
import { composeTransaction } from "../write/write.ts";

interface CounterKey {
  readonly collection: string;
  readonly record: string;
  readonly field: string;
}

export interface Owed extends CounterKey {
  /** Of `undone` operations that a later one of the same replica has counted in. */
  readonly amount: number;
}

/** `others`: own transactions that were not undone, answered or not. */
export function findOwed(undone: readonly LogEntry[], others: readonly LogEntry[]): readonly Owed[] {
  if (undone.every(({ increments }) => increments.size === 0)) return [];
  const lastWritten = new Map<string, number>();
  for (const entry of others)
    for (const { key } of countersOf(entry))
      lastWritten.set(nameOf(key), Math.max(lastWritten.get(nameOf(key)) ?? 0, entry.transaction.counter));
  const owed = new Map<string, Owed>();
  for (const entry of undone)
    for (const { key, by } of countersOf(entry)) {
      if ((lastWritten.get(nameOf(key)) ?? 0) <= entry.transaction.counter) continue;
      owed.set(nameOf(key), { ...key, amount: (owed.get(nameOf(key))?.amount ?? 0) + by });
    }
  return [...owed.values()].filter(({ amount }) => amount !== 0);
}

function countersOf({ transaction, increments }: LogEntry): readonly { readonly key: CounterKey; readonly by: number }[] {
  const { body } = transaction;
  if (body.type !== "operations") return [];
  return [...increments].flatMap(([index, by]) => {
    const operation = body.operations[index];
    return operation === undefined ? [] : [{ key: operation, by }];
  });
}

function nameOf({ collection, record, field }: CounterKey): string {
  return `${collection}\u0000${record}\u0000${field}`;
}

/** Stages the operations that take `owed` back, after `row`'s last counter. A record that is gone shows no sum, and is left alone. */
export function stageCompensation(
  context: ReplicaContext,
  staging: Staging,
  space: SpaceId,
  row: SpaceRow,
  owed: readonly Owed[],
): readonly LogEntry[] {
  const shown = owed.filter(({ collection, record }) => {
    const { solid } = staging.get(space, collection, record);
    return solid !== undefined && isVisible(solid);
  });
  const entries: LogEntry[] = [];
  let { counter, lamport } = row;
  for (let from = 0; from < shown.length; from += operationLimits.operationsMax) {
    const mutations = shown.slice(from, from + operationLimits.operationsMax).map(
      ({ collection, record, field, amount }): Mutation => ({
        type: "change",
        collection,
        record,
        field,
        change: { type: "increment", by: -amount },
      }),
    );
    const place = { counter: counter + 1, lamport: lamport + 1 };
    const planned = planOperations({
      schema: context.schema,
      lattices: context.store.lattices,
      mutations,
      read: (collection, record) => staging.get(space, collection, record).solid,
      replica: context.replica,
      ...place,
      textSession: context.textSession,
    });
    const transaction = composeTransaction(context, space, place, { type: "operations", operations: planned.operations });
    for (const record of planned.records) staging.write(space, record, transaction, (index) => originOf(transaction, index, undefined));
    entries.push({ transaction, bytes: encodeTransaction(transaction), increments: incrementsOf(planned) });
    counter = lastCounter(transaction);
    lamport = lastLamport(transaction);
  }
  return entries;
}
