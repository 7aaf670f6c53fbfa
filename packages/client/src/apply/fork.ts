/**
 * Another copy of this file has written under its replica id (a restored backup, a cloned device: trap 4). This one takes a new id
 * and says again under it what it had pending, in every space, in one SQL transaction. Nothing pending is lost, and nothing is
 * counted twice: of what is pending, the copy may have sent some before the two parted.
 *
 * 1. The sign of it (`forkNextSession`, or a welcome) holds back every space with something pending, and pulls it to its head.
 * 2. What r0 has of it comes back in the stream, word for word, and is marked in the change log (`markEchoed`).
 * 3. When the last of these spaces is there, the id changes. Up to the last echo the histories are one: what is marked is
 *    confirmed; what is not was refused there, or is an intent, whose UUID finds its first answer; the rest is restamped.
 */
import {
  assert,
  bytesToReplicaId,
  encodeTransaction,
  initialChain,
  lastCounter,
  lastLamport,
  restampTransactions,
  type ReplicaId,
  type ServerMessage,
} from "@holdfast/core/engine";
import type { ReplicaContext } from "../context.ts";
import { appendToLog, type LogEntry, readEchoed, readLog } from "../store/change-log.ts";
import { addDeadLetter, countDeadLetters } from "../store/dead-letters.ts";
import { writeMeta } from "../store/meta.ts";
import { factsOf, type SpaceRow, writeSpace } from "../store/spaces.ts";
import { Staging } from "../write/staging.ts";
import { showProvisionally } from "./apply-snapshot.ts";
import { type ApplyOutcome, everything, PeerFault, waitsForNothing } from "./outcome.ts";
import { rebuildRecords, recordsOf } from "./rebuild.ts";

/** Nothing of this session can be relied on: it ends, and the next one begins with step 1. */
export function forkNextSession(context: ReplicaContext): Promise<ApplyOutcome> {
  context.forkDue = true;
  return Promise.reject(new PeerFault("r0 knows another history under this replica's id"));
}

/** Step 1. The spaces count as bootstrapping, so that the cycle pulls them and pushes nothing. */
export async function forkAfterPulling(
  context: ReplicaContext,
  message: Extract<ServerMessage, { type: "welcome" }>,
): Promise<ApplyOutcome> {
  context.forkDue = true;
  context.forkHold.clear();
  for (const row of context.spaces.values()) {
    if (!row.followed || row.access === "none" || row.counter === row.settledThrough) continue;
    row.bootstrapping = true;
    context.forkHold.set(row.space, "pulling");
  }
  if (context.forkHold.size === 0) return fork(context);
  const applied = message.spaces.flatMap(({ space }) => {
    const row = context.spaces.get(space);
    return row === undefined ? [] : [{ facts: factsOf(row), waitingFor: waitsForNothing }];
  });
  return { applied, changes: [] };
}

/** Step 3, after a last page. */
export async function forkIfPulled(context: ReplicaContext, outcome: ApplyOutcome): Promise<ApplyOutcome> {
  for (const { facts, waitingFor } of outcome.applied)
    if (context.forkHold.has(facts.space) && facts.cursor.length > 0 && waitingFor.size === 0) context.forkHold.set(facts.space, "pulled");
  if (context.forkHold.size === 0 || [...context.forkHold.values()].includes("pulling")) return outcome;
  const forked = await fork(context);
  return { ...outcome, ...forked, changes: [...outcome.changes, ...forked.changes] };
}

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
      bootstrapping: row.bootstrapping && !context.forkHold.has(row.space),
    };
  });
  const at = context.runtime.wallMs();
  port.transaction(() => {
    writeMeta(port, "replica", replica);
    for (const [index, { row, entries, staging, moved, refused }] of plans.entries()) {
      port.run("DELETE FROM _log WHERE space = ?", [row.space]);
      for (const entry of entries) appendToLog(port, row.space, entry);
      for (const entry of refused)
        addDeadLetter(port, row.space, { ...entry, counterLast: lastCounter(entry.transaction) }, { ...refusedElsewhere, at });
      // By way of negative ones, so that none meets another that has not moved yet.
      for (const [from, to] of moved) port.run("UPDATE _intents SET counter = ? WHERE space = ? AND counter = ?", [-to, row.space, from]);
      port.run("UPDATE _intents SET counter = -counter WHERE space = ? AND counter < 0", [row.space]);
      staging.save();
      writeSpace(port, next[index] as SpaceRow);
    }
  });
  for (const [index, { row }] of plans.entries()) Object.assign(row, next[index]);
  context.replica = replica;
  context.forkDue = false;
  context.forkHold.clear();
  for (const { row, confirmed, refused } of plans) {
    for (const { transaction } of confirmed) context.settlements.answer(row.space, transaction.counter, undefined);
    for (const { transaction } of refused)
      context.settlements.answer(row.space, transaction.counter, { type: "refused", ...refusedElsewhere });
  }
  context.deadLetterCount = countDeadLetters(port);
  context.settlements.renumber(before, replica, counters);
  for (const row of context.spaces.values()) await showProvisionally(context, row.space);
  return {
    applied: [...context.spaces.values()].map((row) => ({ facts: factsOf(row), waitingFor: waitsForNothing })),
    changes: [...context.spaces.keys()].map((space) => ({ space, collection: everything, id: everything })),
    forked: { replica, before },
    refused: plans.some(({ refused }) => refused.length > 0),
  };
}

const refusedElsewhere = { code: "refused", reason: "The server refused it when another copy of this file sent it." } as const;

function planSpace(context: ReplicaContext, row: SpaceRow, replica: ReplicaId, mark: number | undefined, counters: Map<string, number>) {
  const { port } = context;
  const kept = readLog(port, row.space, mark ?? row.settledThrough, row.counter);
  const echoed = mark === undefined ? readEchoed(port, row.space, row.settledThrough) : new Set<number>();
  const { confirmed, intents, refused, rest, through } = splitAtLastEcho(kept, echoed);
  const first = rest[0]?.transaction;
  // What r0 lost and this replica no longer keeps cannot be offered: it begins with the oldest kept.
  const confirmedThrough = first === undefined ? Math.max(through, row.settledThrough) : first.counter - 1;
  // Everything seen when the first of them was written came from r0 or had been confirmed by it.
  const lamportSeen = first === undefined ? 0 : first.lamport - 1;
  let last = rest.at(-1) === undefined ? confirmedThrough : lastCounter((rest.at(-1) as LogEntry).transaction);
  const again = intents.map(({ transaction, increments }) => ({ transaction: { ...transaction, counter: ++last }, increments }));
  const restamped = restampTransactions({ pending: [...rest, ...again], confirmedThrough, replica, lamportSeen });
  assert(restamped.length + confirmed.length + refused.length === kept.length, "nothing pending is lost");
  const entries: LogEntry[] = restamped.map(({ transaction, increments }) => ({
    transaction,
    increments,
    bytes: encodeTransaction(transaction),
  }));
  const moved = new Map<number, number>();
  for (const [index, { transaction }] of [...rest, ...intents].entries()) {
    const to = entries[index]?.transaction.counter ?? 0;
    counters.set(`${row.space}\u0000${transaction.counter}`, to);
    if (transaction.body.type === "intent") moved.set(transaction.counter, to);
  }
  const staging = new Staging(context.store, () => (context.undecided.get(row.space) ?? 0) > 0);
  rebuildRecords(context, staging, row.space, recordsOf(kept).values(), entries);
  return { row, entries, staging, moved, confirmed, refused };
}

/** Before the last echo the two copies' histories are one, and r0 has answered all of it. */
function splitAtLastEcho(kept: readonly LogEntry[], echoed: ReadonlySet<number>) {
  const through = Math.max(
    0,
    ...kept.filter(({ transaction }) => echoed.has(transaction.counter)).map(({ transaction }) => lastCounter(transaction)),
  );
  const answered = kept.filter(({ transaction }) => transaction.counter <= through);
  const isEchoed = ({ transaction }: LogEntry): boolean => echoed.has(transaction.counter) || transaction.body.type === "void";
  return {
    through,
    confirmed: answered.filter(isEchoed),
    intents: answered.filter((entry) => !isEchoed(entry) && entry.transaction.body.type === "intent"),
    refused: answered.filter((entry) => !isEchoed(entry) && entry.transaction.body.type === "operations"),
    rest: kept.slice(answered.length),
  };
}
