/**
 * Another copy of this file has written under its replica id (a restored backup, a cloned device: trap 4). This one takes a new id
 * and says again under it what it had pending, in every space, in one SQL transaction. Nothing pending is lost.
 */
import { assert, bytesToReplicaId, encodeTransaction, initialChain, lastCounter, lastLamport, restampTransactions, type PendingTransaction, type ReplicaId } from "@holdfast/core/engine";
import type { ReplicaContext } from "../context.ts";
import { appendToLog, type LogEntry, readLog } from "../store/change-log.ts";
import { writeMeta } from "../store/meta.ts";
import { factsOf, type SpaceRow, writeSpace } from "../store/spaces.ts";
import { Staging } from "../write/staging.ts";
import { showProvisionally } from "./apply-snapshot.ts";
import { type ApplyOutcome, everything, waitsForNothing } from "./outcome.ts";
import { rebuildRecords, recordsOf } from "./rebuild.ts";

/** `marks`: where r0 has lost what it had confirmed, the counter up to which it still knows this replica; kept operations above are offered again. */
export async function fork(context: ReplicaContext, marks: ReadonlyMap<string, number> = new Map()): Promise<ApplyOutcome> {
  const { port } = context;
  const before = context.replica;
  const replica = bytesToReplicaId(context.runtime.randomBytes(16));
  const counters = new Map<string, number>();
  const plans = [...context.spaces.values()].map((row) => planSpace(context, row, replica, marks.get(row.space), counters));
  const next = plans.map(({ row, entries }): SpaceRow => {
    const last = entries.at(-1)?.transaction;
    return {
      ...row,
      counter: last === undefined ? 0 : lastCounter(last),
      lamport: Math.max(row.lamport, last === undefined ? 0 : lastLamport(last)),
      settledThrough: 0,
      chain: initialChain(row.space, replica),
    };
  });
  port.transaction(() => {
    writeMeta(port, "replica", replica);
    for (const [index, { row, entries, staging, moved }] of plans.entries()) {
      port.run("DELETE FROM _log WHERE space = ?", [row.space]);
      for (const entry of entries) appendToLog(port, row.space, entry);
      // Downwards first would meet rows that have not moved yet; counters only ever shrink, so upwards is safe.
      for (const [from, to] of moved) port.run("UPDATE _intents SET counter = ? WHERE space = ? AND counter = ?", [to, row.space, from]);
      staging.save();
      writeSpace(port, next[index] as SpaceRow);
    }
  });
  for (const [index, { row }] of plans.entries()) Object.assign(row, next[index]);
  context.replica = replica;
  context.settlements.renumber(before, replica, counters);
  for (const row of context.spaces.values()) await showProvisionally(context, row.space);
  return {
    applied: [...context.spaces.values()].map((row) => ({ facts: factsOf(row), waitingFor: waitsForNothing })),
    changes: [...context.spaces.keys()].map((space) => ({ space, collection: everything, id: everything })),
    forked: { replica, before },
  };
}

function planSpace(context: ReplicaContext, row: SpaceRow, replica: ReplicaId, mark: number | undefined, counters: Map<string, number>) {
  const { port } = context;
  const kept = readLog(port, row.space, mark ?? row.settledThrough, row.counter);
  const first = kept[0]?.transaction;
  // What r0 lost and this replica no longer keeps cannot be offered: it begins with the oldest kept.
  const confirmedThrough = first === undefined ? row.settledThrough : first.counter - 1;
  // Everything seen when the first of them was written came from r0 or had been confirmed by it.
  const lamportSeen = first === undefined ? 0 : first.lamport - 1;
  const pending: PendingTransaction[] = kept.map(({ transaction, increments }) => ({ transaction, increments }));
  const restamped = restampTransactions({ pending, confirmedThrough, replica, lamportSeen });
  assert(restamped.length === kept.length, "nothing pending is lost");
  const entries: LogEntry[] = restamped.map(({ transaction, increments }) => ({ transaction, increments, bytes: encodeTransaction(transaction) }));
  const moved = new Map<number, number>();
  for (const [index, { transaction }] of kept.entries()) {
    const to = entries[index]?.transaction.counter ?? 0;
    counters.set(`${row.space}\u0000${transaction.counter}`, to);
    if (transaction.body.type === "intent") moved.set(transaction.counter, to);
  }
  const staging = new Staging(context.store, () => (context.undecided.get(row.space) ?? 0) > 0);
  rebuildRecords(context, staging, row.space, recordsOf(kept).values(), entries);
  return { row, entries, staging, moved };
}
