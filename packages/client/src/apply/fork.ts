/**
 * Another copy of this file lives under its replica id (a restored backup, a cloned device: trap 4). This one takes a new id and says
 * again under it what r0 has not had of what it has pending, in every space, in one SQL transaction. Nothing pending is lost, and nothing
 * is counted twice: of what is pending, the copy may have sent some before the two parted.
 *
 * 1. The sign of it (a welcome, an answer, a page with somebody else's operations under the own id) ends the session. In the next one
 *    nothing is pulled: what the copy has said would meet own operations under the same dots.
 * 2. What is pending is offered under the old id. r0 has kept an imprint of all that it has answered, and says of each push how far it has
 *    it (`stopped: forked`); that is settled like any answer. What it has not had in a space where the two have not parted, it takes.
 * 3. When each space has nothing pending or has parted, the id changes, and the rest is restamped.
 */
import {
  assert,
  bytesToReplicaId,
  encodeTransaction,
  hexToBytes,
  identityOf,
  initialChain,
  knownThrough,
  lastCounter,
  lastLamport,
  renameRecord,
  restampTransactions,
  type ReplicaId,
  type SpaceId,
  type SqlitePort,
  successorOf,
  timelessIdentityOf,
  type WelcomeSpace,
} from "@holdfast/core/engine";
import { type ReplicaContext, undecidedIn } from "../context.ts";
import { appendToLog, type LogEntry, readLog, readWritten } from "../store/change-log.ts";
import { moveDeadLetter } from "../store/dead-letters.ts";
import { readMeta, writeMeta } from "../store/meta.ts";
import { dropSetAside } from "../store/set-aside.ts";
import { type SpaceRow, writeSpace } from "../store/spaces.ts";
import { Staging } from "../write/staging.ts";
import { showProvisionally } from "./apply-snapshot.ts";
import { type ApplyOutcome, everything, outcomeOf } from "./outcome.ts";
import { rebuildRecord, recordsOf } from "./rebuild.ts";

/** Step 2, at a welcome of every followed space. Also where it says less than what is settled here: it may be an old one, that something on the way has kept. */
export async function offerPending(context: ReplicaContext, welcomed: readonly WelcomeSpace[]): Promise<ApplyOutcome> {
  context.forkDue = true;
  const rows: SpaceRow[] = [];
  for (const { space } of welcomed) {
    const row = context.spaces.get(space);
    if (row === undefined) continue;
    row.parting = "asking";
    rows.push(row);
  }
  return forkIfParted(context, { applied: rows.flatMap((row) => outcomeOf(row).applied), changes: [] });
}

/** Step 3, after each answer. */
export async function forkIfParted(context: ReplicaContext, outcome: ApplyOutcome): Promise<ApplyOutcome> {
  if (!context.forkDue) return outcome;
  for (const row of context.spaces.values())
    if (row.followed && row.access !== "none" && row.counter > row.settledThrough && row.parting !== "parted") return outcome;
  const forked = await fork(context);
  return { ...outcome, ...forked, changes: [...outcome.changes, ...forked.changes], refused: outcome.refused === true };
}

/** At once: what is pending is known not to be at r0. */
export async function fork(context: ReplicaContext): Promise<ApplyOutcome> {
  const { port } = context;
  const before = context.replica;
  const kept = new Map<SpaceId, readonly LogEntry[]>();
  for (const row of context.spaces.values()) kept.set(row.space, readLog(port, row.space, row.settledThrough, row.counter));
  const replica = newReplicaId(context, kept);
  const counters = new Map<string, number>();
  const plans = [...context.spaces.values()].map((row) => planSpace(context, row, replica, kept.get(row.space) ?? [], counters));
  const next = plans.map(({ row, entries }): SpaceRow => {
    const last = entries.at(-1)?.transaction;
    return {
      ...row,
      counter: last === undefined ? 0 : lastCounter(last),
      lamport: Math.max(row.lamport, last === undefined ? 0 : lastLamport(last)),
      settledThrough: 0,
      chain: initialChain(row.space, replica),
      answeredOwn: 0,
      // A snapshot in progress may lack what was confirmed since it began, and the log that holds it goes: it begins anew.
      ...(row.bootstrapping ? { cursor: new Uint8Array(0), bootstrapping: false } : {}),
      parting: undefined,
    };
  });
  port.transaction(() => {
    writeMeta(port, "replica", replica);
    for (const [index, { row, entries, written, staging, moved, voids }] of plans.entries()) {
      port.run("DELETE FROM _log WHERE space = ?", [row.space]);
      for (const [at, entry] of entries.entries()) appendToLog(port, row.space, entry, written[at] as number);
      renumberIntents(port, row, moved);
      // Downwards, and in their order: none meets another.
      for (const [from, to] of voids) moveDeadLetter(port, row.space, from, to);
      if (row.bootstrapping) dropSetAside(port, row.space);
      staging.save();
      writeSpace(port, next[index] as SpaceRow);
    }
  });
  for (const [index, { row }] of plans.entries()) Object.assign(row, next[index]);
  context.replica = replica;
  context.forkDue = false;
  context.settlements.renumber(before, replica, counters);
  for (const row of context.spaces.values()) await showProvisionally(context, row.space);
  return {
    applied: [...context.spaces.values()].flatMap((row) => outcomeOf(row).applied),
    changes: [...context.spaces.keys()].map((space) => ({ space, collection: everything, id: everything })),
    forked: { replica, before },
  };
}

/** All move below nought, so that none meets another; there those stay, in their order, that r0 has accepted, and whose effect is awaited. */
function renumberIntents(port: SqlitePort, { space, counter }: SpaceRow, moved: ReadonlyMap<number, number>): void {
  const shift = counter + 1;
  port.run("UPDATE _intents SET counter = counter - ? WHERE space = ?", [shift, space]);
  for (const [from, to] of moved) port.run("UPDATE _intents SET counter = ? WHERE space = ? AND counter = ?", [to, space, from - shift]);
}

/**
 * From the oldest write that is said again: two copies that share one share the oldest, since what they share was written before what they do
 * not. Which is the oldest of several spaces, the file's count of its writes tells, and no clock, which may have been set back in between.
 */
function newReplicaId(context: ReplicaContext, kept: ReadonlyMap<SpaceId, readonly LogEntry[]>): ReplicaId {
  const secret = readMeta(context.port, "nonce");
  let oldest: { readonly entry: LogEntry; readonly written: number } | undefined;
  for (const [space, [entry]] of kept) {
    const written = entry === undefined ? Infinity : readWritten(context.port, space, entry.transaction.counter);
    if (entry !== undefined && written < (oldest?.written ?? Infinity)) oldest = { entry, written };
  }
  if (oldest === undefined || typeof secret !== "string") return bytesToReplicaId(context.runtime.randomBytes(16));
  return successorOf(context.replica, hexToBytes(secret), timelessIdentityOf(oldest.entry.transaction));
}

function planSpace(context: ReplicaContext, row: SpaceRow, replica: ReplicaId, kept: readonly LogEntry[], counters: Map<string, number>) {
  const first = kept[0]?.transaction;
  // What r0 lost and this replica no longer keeps cannot be offered: it begins with the oldest kept.
  const confirmedThrough = first === undefined ? row.settledThrough : first.counter - 1;
  const staging = new Staging(context.store, () => undecidedIn(context, row.space) > 0);
  const confirmedOn = (collection: string, record: string): number => {
    const base = staging.baseOf(staging.get(row.space, collection, record));
    // What r0 has lost is in it, and is said again.
    return Math.min(base === undefined ? 0 : knownThrough(base, context.replica), confirmedThrough);
  };
  const restamped = restampTransactions({
    pending: kept,
    confirmedThrough,
    confirmedOn,
    identityOf,
    replica,
  });
  assert(restamped.length === kept.length, "pending is lost");
  const entries: LogEntry[] = restamped.map(({ transaction, increments }) => ({
    transaction,
    increments,
    bytes: encodeTransaction(transaction),
  }));
  const moved = new Map<number, number>();
  const voids = new Map<number, number>();
  for (const [index, { transaction }] of kept.entries()) {
    const to = entries[index]?.transaction.counter ?? 0;
    counters.set(`${row.space}\u0000${transaction.counter}`, to);
    if (transaction.body.type === "intent") moved.set(transaction.counter, to);
    if (transaction.body.type === "void") voids.set(transaction.counter, to);
  }
  const written = kept.map(({ transaction }) => readWritten(context.port, row.space, transaction.counter));
  for (const name of recordsOf(kept).values()) {
    const record = staging.get(row.space, name.collection, name.id);
    const confirmed = staging.baseOf(record);
    // What was confirmed in a lost epoch and is said again stands in it already. In rows of this epoch, such names are another copy's.
    const isLost = row.cursor.length === 0 || row.bootstrapping;
    const base =
      confirmed && isLost ? renameRecord(confirmed, { from: context.replica, to: replica, confirmedThrough, restamped }) : confirmed;
    const { solid, pending } = rebuildRecord(context, row.space, name, base, entries);
    staging.rebase(record, base, solid, pending);
  }
  return { row, entries, written, staging, moved, voids };
}
