/** The batch that a group of writes shares: staged in memory, committed in one SQL transaction (DUR1), dropped whole if the disk refuses. */
import { HoldfastError } from "@holdfast/core";
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
import { type Changed, type ReplicaContext, undecidedIn } from "../context.ts";
import { appendToLog, type Increments, type LogEntry, noIncrements } from "../store/change-log.ts";
import { rerunProvisional } from "../apply/provisional.ts";
import { rememberDependencies } from "./dependencies.ts";
import type { Once } from "./once.ts";
import type { Ticket } from "./settlements.ts";
import { Staging } from "./staging.ts";
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

export class Batch implements WriteBatch {
  readonly #context: ReplicaContext;
  readonly #listener: BatchListener;
  staging: Staging;
  #spaces = new Map<SpaceId, StagedSpace>();
  #entries: { space: SpaceId; entry: LogEntry }[] = [];
  #intents: StagedIntent[] = [];
  #requests: { readonly once: Once; readonly ticket: Ticket }[] = [];
  #announcements: { readonly spaces: ReadonlyMap<SpaceId, StagedSpace>; readonly changes: readonly Changed[] }[] = [];

  constructor(context: ReplicaContext, listener: BatchListener) {
    this.#context = context;
    this.#listener = listener;
    this.staging = this.#open();
  }

  #open(): Staging {
    return new Staging(this.#context.store, (space) => undecidedIn(this.#context, space) > 0);
  }

  /** Where the next transaction of the space stands. */
  next(space: SpaceId): { readonly counter: number; readonly lamport: number } {
    const { counter, lamport } = this.#space(space);
    return { counter: counter + 1, lamport: lamport + 1 };
  }

  #space(space: SpaceId): StagedSpace {
    let staged = this.#spaces.get(space);
    if (staged !== undefined) return staged;
    const row = this.#context.spaces.get(space);
    staged = { counter: row?.counter ?? 0, lamport: row?.lamport ?? 0 };
    this.#spaces.set(space, staged);
    return staged;
  }

  addTransaction(space: SpaceId, transaction: Transaction, planned: PlannedOperations): void {
    const origin = (index: number): Origin => originOf(transaction, index, undefined);
    for (const record of planned.records) this.staging.write(space, record, transaction, origin);
    this.#append(space, transaction, incrementsOf(planned));
  }

  addIntent(space: SpaceId, transaction: Transaction, name: string, input: Value): void {
    this.#intents.push({ space, counter: transaction.counter, name, input });
    this.#append(space, transaction, noIncrements);
  }

  /** What was done for it, in this batch or ever. Throws where nobody knows any more. */
  find(once: Once): Ticket | undefined {
    const staged = this.#requests.find((each) => each.once.name === once.name);
    return staged?.ticket ?? once.find(this.#context.port);
  }

  /** In the commit of what it did. */
  remember(once: Once, ticket: Ticket): void {
    this.#requests.push({ once, ticket });
  }

  #append(space: SpaceId, transaction: Transaction, increments: Increments): void {
    const bytes = encodeTransaction(transaction);
    this.#context.store.transactions.set(bytes, transaction);
    this.#entries.push({ space, entry: { transaction, bytes, increments } });
    const staged = this.#space(space);
    staged.counter = lastCounter(transaction);
    staged.lamport = lastLamport(transaction);
  }

  /** Synchronous where no undecided intent shows anything; else the provisional effects run again first. */
  commit(): void | Promise<void> {
    const provisional = [...this.#spaces.keys()].filter(
      (space) => undecidedIn(this.#context, space) > 0 || this.#intents.some((intent) => intent.space === space),
    );
    if (provisional.length === 0) return this.#commitNow();
    return (async () => {
      for (const space of provisional) {
        const fresh = this.#intents.filter((intent) => intent.space === space);
        await rerunProvisional(this.#context, this.staging, space, fresh);
      }
      this.#commitNow();
    })();
  }

  #commitNow(): void {
    const { port, spaces, undecided } = this.#context;
    if (this.#entries.length > 0)
      port.transaction(() => {
        this.staging.save();
        for (const { space, entry } of this.#entries) appendToLog(port, space, entry, ++this.#context.written);
        for (const { space, counter, name, input } of this.#intents)
          port.run("INSERT INTO _intents (space, counter, name, input, sequence) VALUES (?, ?, ?, ?, NULL)", [
            space,
            counter,
            name,
            valueToBytes(input),
          ]);
        for (const { once, ticket } of this.#requests) once.remember(port, ticket);
      });
    // Durable: only now does memory follow.
    for (const [space, staged] of this.#spaces) {
      const row = spaces.get(space);
      if (row === undefined) continue;
      row.counter = staged.counter;
      row.lamport = staged.lamport;
    }
    for (const { space } of this.#intents) undecided.set(space, (undecided.get(space) ?? 0) + 1);
    for (const { space, entry } of this.#entries) rememberDependencies(this.#context, space, entry.transaction.dependencies);
    this.#announcements.push({ spaces: this.#spaces, changes: [...this.staging.changed()] });
    this.#reset();
  }

  /** A disk that refuses is a fault, and the next write may succeed; anything else is our bug. */
  drop(error: unknown): void {
    this.#reset();
    if (!(error instanceof HoldfastError)) this.#listener.defect(error);
  }

  #reset(): void {
    this.#spaces = new Map();
    this.#entries = [];
    this.#intents = [];
    this.#requests = [];
    this.staging = this.#open();
  }

  /** An assertion of ours failed while a write was being planned. */
  defect(error: unknown): void {
    this.#listener.defect(error);
  }

  announce(): void {
    const announcements = this.#announcements;
    this.#announcements = [];
    for (const { spaces, changes } of announcements) {
      if (changes.length > 0) this.#listener.changed(changes);
      for (const [space, { counter }] of spaces) this.#listener.written(space, counter);
    }
  }
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
