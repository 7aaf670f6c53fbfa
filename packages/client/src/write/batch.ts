/** The batch that a group of writes shares: staged in memory, committed in one SQL transaction (DUR1), dropped whole if the disk refuses. */
import { rerunProvisional } from "../apply/provisional.ts";
import { Staging } from "./staging.ts";
import { appendToLog, type Increments, type LogEntry, noIncrements } from "../store/change-log.ts";
import {
  lastCounter,
  lastLamport,
  type Origin,
  originOf,
  type PlannedOperations,
  type SpaceId,
  type Transaction,
  valueToBytes,
  type Value,
  encodeTransaction,
} from "@holdfast/core/engine";
import { HoldfastError } from "@holdfast/core";
import { type Changed, type ReplicaContext, undecidedIn } from "../context.ts";
import { rememberDependencies } from "./dependencies.ts";
import type { Once } from "./once.ts";
import type { Ticket } from "./settlements.ts";
import { addIntent } from "../store/intents.ts";
import type { WriteBatch } from "./work-queue.ts";

interface StagedSpace {
  counter: number;
  lamport: number;
}

interface StagedIntent {
  readonly space: SpaceId;
  readonly counter: number;
  readonly name: string;
  readonly input: Value;
}

export interface BatchListener {
  /** Durable up to this counter. */
  written(space: SpaceId, counter: number): void;
  changed(changes: readonly Changed[]): void;
  /** Nothing may be written any more. */
  defect(error: unknown): void;
}

export interface Batch extends WriteBatch {
  readonly staging: Staging;
  /** Where the next transaction of the space stands. */
  next(space: SpaceId): { readonly counter: number; readonly lamport: number };
  addTransaction(space: SpaceId, transaction: Transaction, planned: PlannedOperations): void;
  addIntent(space: SpaceId, transaction: Transaction, name: string, input: Value): void;
  /** What was done for it, in this batch or ever. Throws where nobody knows any more. */
  find(once: Once): Ticket | undefined;
  /** In the commit of what it did. */
  remember(once: Once, ticket: Ticket): void;
  /** An assertion of ours failed while a write was being planned. */
  defect(error: unknown): void;
}

export function createBatch(context: ReplicaContext, listener: BatchListener): Batch {
  let staging: Staging;
  let spaces: Map<SpaceId, StagedSpace>;
  let entries: { space: SpaceId; entry: LogEntry }[];
  let intents: StagedIntent[];
  let requests: { readonly once: Once; readonly ticket: Ticket }[];
  let announcements: { readonly spaces: ReadonlyMap<SpaceId, StagedSpace>; readonly changes: readonly Changed[] }[] = [];

  function reset(): void {
    spaces = new Map();
    entries = [];
    intents = [];
    requests = [];
    staging = new Staging(context.store, (space) => undecidedIn(context, space) > 0);
  }

  function stagedIn(space: SpaceId): StagedSpace {
    let staged = spaces.get(space);
    if (staged !== undefined) return staged;
    const row = context.spaces.get(space);
    staged = { counter: row?.counter ?? 0, lamport: row?.lamport ?? 0 };
    spaces.set(space, staged);
    return staged;
  }

  function append(space: SpaceId, transaction: Transaction, increments: Increments): void {
    const bytes = encodeTransaction(transaction);
    context.store.transactions.set(bytes, transaction);
    entries.push({ space, entry: { transaction, bytes, increments } });
    const staged = stagedIn(space);
    staged.counter = lastCounter(transaction);
    staged.lamport = lastLamport(transaction);
  }

  /** Synchronous where no undecided intent shows anything; else the provisional effects run again first. */
  function commit(): void | Promise<void> {
    const provisional = [...spaces.keys()].filter(
      (space) => undecidedIn(context, space) > 0 || intents.some((intent) => intent.space === space),
    );
    if (provisional.length === 0) return commitNow();
    return (async () => {
      for (const space of provisional) {
        const fresh = intents.filter((intent) => intent.space === space);
        await rerunProvisional(context, staging, space, fresh);
      }
      commitNow();
    })();
  }

  function commitNow(): void {
    const { port, undecided } = context;
    if (entries.length > 0)
      port.transaction(() => {
        staging.save();
        for (const { space, entry } of entries) appendToLog(port, space, entry, ++context.written);
        for (const { space, counter, name, input } of intents) addIntent(port, space, counter, name, valueToBytes(input));
        for (const { once, ticket } of requests) once.remember(port, ticket);
      });
    // Durable: only now does memory follow.
    for (const [space, staged] of spaces) {
      const row = context.spaces.get(space);
      if (row === undefined) continue;
      row.counter = staged.counter;
      row.lamport = staged.lamport;
    }
    for (const { space } of intents) undecided.set(space, (undecided.get(space) ?? 0) + 1);
    // Those of a request go with its effect, where it has one: they are said again.
    for (const { space, entry } of entries)
      if (entry.transaction.body.type === "operations") rememberDependencies(context, space, entry.transaction.dependencies);
    announcements.push({ spaces, changes: [...staging.changed()] });
    reset();
  }

  reset();
  return {
    get staging() {
      return staging;
    },
    next(space) {
      const { counter, lamport } = stagedIn(space);
      return { counter: counter + 1, lamport: lamport + 1 };
    },
    addTransaction(space, transaction, planned) {
      const origin = (index: number): Origin => originOf(transaction, index, undefined);
      for (const record of planned.records) staging.write(space, record, transaction, origin);
      append(space, transaction, incrementsOf(planned));
    },
    addIntent(space, transaction, name, input) {
      intents.push({ space, counter: transaction.counter, name, input });
      append(space, transaction, noIncrements);
    },
    find: (once) => requests.find((each) => each.once.name === once.name)?.ticket ?? once.find(context.port),
    remember: (once, ticket) => void requests.push({ once, ticket }),
    commit,
    /** A disk that refuses is a fault, and the next write may succeed; anything else is our bug. */
    drop(error) {
      reset();
      if (!(error instanceof HoldfastError)) listener.defect(error);
    },
    defect: (error) => listener.defect(error),
    announce() {
      const announced = announcements;
      announcements = [];
      for (const { spaces: committed, changes } of announced) {
        if (changes.length > 0) listener.changed(changes);
        for (const [space, { counter }] of committed) listener.written(space, counter);
      }
    },
  };
}

function incrementsOf(planned: PlannedOperations): Increments {
  let increments: Map<number, number> | undefined;
  for (const [index, increment] of planned.increments.entries()) {
    if (increment === undefined) continue;
    increments ??= new Map();
    increments.set(index, increment.up - increment.down);
  }
  return increments ?? noIncrements;
}
