/**
 * A counter's delta holds its writer's totals, so an operation that was written on top of one that is withdrawn carries the withdrawn amount
 * along, and r0 may have taken it. What it carries too much is taken back by an operation of the replica's own, logged in the commit in which
 * r0 has the void: the sum is that of what was not refused (CLI51). What r0 has not taken yet is said again without (`recount.ts`).
 */
import {
  encodeTransaction,
  HoldfastError,
  isVisible,
  lastCounter,
  lastLamport,
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

/** A transaction that was taken out of what is shown. */
export interface Undone extends LogEntry {
  /** The replica's last counter at that moment: what it wrote later was planned without it. */
  readonly through: number;
}

/** `others`: own transactions that were not undone, answered or not. */
export function findOwed(undone: readonly Undone[], others: readonly LogEntry[]): readonly Owed[] {
  if (undone.every(({ increments }) => increments.size === 0)) return [];
  const written = new Map<string, number[]>();
  for (const entry of others)
    for (const { key } of countersOf(entry)) {
      const counters = written.get(nameOf(key));
      if (counters === undefined) written.set(nameOf(key), [entry.transaction.counter]);
      else counters.push(entry.transaction.counter);
    }
  const owed = new Map<string, Owed>();
  for (const entry of undone)
    for (const { key, by } of countersOf(entry)) {
      const name = nameOf(key);
      const isCountedIn = (written.get(name) ?? []).some((counter) => counter > entry.transaction.counter && counter <= entry.through);
      if (isCountedIn)
        owed.set(name, { collection: key.collection, record: key.record, field: key.field, amount: (owed.get(name)?.amount ?? 0) + by });
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

/**
 * Stages a transaction for each sum that is owed, after `row`'s last counter. A record that is gone shows no sum, and is left alone. One
 * that cannot be planned (an app that was updated has dropped the field, a total at its limit) is reported, and the rest go on.
 */
export function stageCompensation(
  context: ReplicaContext,
  staging: Staging,
  space: SpaceId,
  row: SpaceRow,
  owed: readonly Owed[],
): readonly LogEntry[] {
  const entries: LogEntry[] = [];
  for (const each of owed) {
    const { solid } = staging.get(space, each.collection, each.record);
    if (solid === undefined || !isVisible(solid)) continue;
    const last = entries.at(-1)?.transaction;
    const place = last === undefined ? row : { counter: lastCounter(last), lamport: lastLamport(last) };
    try {
      entries.push(stageOne(context, staging, space, { counter: place.counter + 1, lamport: place.lamport + 1 }, each));
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      context.report(error);
    }
  }
  return entries;
}

function stageOne(
  context: ReplicaContext,
  staging: Staging,
  space: SpaceId,
  place: { readonly counter: number; readonly lamport: number },
  { collection, record, field, amount }: Owed,
): LogEntry {
  const planned = planOperations({
    schema: context.schema,
    lattices: context.store.lattices,
    mutations: [{ type: "change", collection, record, field, change: { type: "increment", by: -amount } }],
    read: (name, id) => staging.get(space, name, id).solid,
    replica: context.replica,
    ...place,
    textSession: context.textSession,
  });
  const transaction = composeTransaction(context, space, place, { type: "operations", operations: planned.operations });
  for (const changed of planned.records) staging.write(space, changed, transaction, (index) => originOf(transaction, index, undefined));
  return { transaction, bytes: encodeTransaction(transaction), increments: incrementsOf(planned) };
}
