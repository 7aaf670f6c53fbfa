/** `write` and `request`: from an app's callback to the change log. Nothing has changed until the commit, and everything has after it. */
import { type AnySchema, operationLimits, type WriteTransaction } from "@holdfast/core";
import {
  callerError,
  invalidValue,
  tooLargeValue,
  unknownIntent,
  clampWallMs,
  Defect,
  isThenable,
  type Mutation,
  planOperations,
  type SpaceId,
  type Transaction,
  type TransactionBody,
  TransactionBuilder,
  valueToBytes,
} from "@holdfast/core/engine";
import { type ReplicaContext, undecidedIn } from "../context.ts";
import { findEnding } from "../store/dead-letters.ts";
import type { SpaceRow } from "../store/spaces.ts";
import type { Batch } from "./batch.ts";
import { dependenciesOf } from "./dependencies.ts";
import type { Once } from "./once.ts";
import { type Answer, answerToConfirmation, answerToDecision, type Confirmation, type Decision, type Ticket } from "./settlements.ts";
import type { WorkQueue } from "./work-queue.ts";

/** A write that is on disk. */
export interface Written<T> {
  /** What the callback returned. */
  readonly value: T;
  /** r0's answer. Never rejects; asked for late, it is looked up. */
  readonly confirmed: Promise<Confirmation>;
}

/** A request that is on disk, and shown provisionally. */
export interface Requested {
  /** r0's decision. Never rejects. */
  readonly decided: Promise<Decision>;
}

/** `once`: asked again with the same, what was done is not done twice. */
export interface Writer {
  write<T>(space: SpaceId, run: (tx: WriteTransaction<AnySchema>) => T | Promise<T>, once?: Once): Promise<Written<Awaited<T>>>;
  request(space: SpaceId, intent: string, input: unknown, once?: Once): Promise<Requested>;
}

export function createWriter(context: ReplicaContext, queue: WorkQueue, batch: Batch): Writer {
  return {
    write: (space, run, once) =>
      new Promise((resolve, reject) => {
        checkQueue(context, queue);
        checkWritable(context, space);
        let written: WrittenTransaction<never> | undefined;
        let failed = false;
        const finish = (builder: TransactionBuilder, value: unknown): void => {
          if (failed) return;
          const ticket = stageMutations(context, batch, space, builder.close());
          if (once !== undefined && ticket !== undefined) batch.remember(once, ticket);
          written = new WrittenTransaction(context, ticket, value as never);
        };
        queue.write({
          stage() {
            const done = once === undefined ? undefined : batch.find(once);
            if (done !== undefined) {
              written = new WrittenTransaction(context, done, undefined as never);
              return;
            }
            checkWritable(context, space);
            const builder = createBuilder(context, batch, space);
            let value: unknown;
            try {
              value = run(builder.tx);
            } catch (error) {
              builder.close();
              throw error;
            }
            if (!isThenable(value)) {
              finish(builder, value);
              return;
            }
            return Promise.resolve(value).then(
              (settled) => finish(builder, settled),
              (error: unknown) => {
                builder.close();
                throw error;
              },
            );
          },
          committed: () => resolve(written as never),
          failed: (error) => {
            failed = true;
            if (error instanceof Defect) batch.defect(error);
            reject(error);
          },
        });
      }),
    request: (space, name, input, once) =>
      new Promise((resolve, reject) => {
        checkQueue(context, queue);
        checkWritable(context, space);
        let ticket: Ticket | undefined;
        queue.write({
          stage: () => {
            ticket = once === undefined ? undefined : batch.find(once);
            if (ticket !== undefined) return;
            checkWritable(context, space);
            ticket = stageRequest(context, batch, space, name, input);
            if (once !== undefined) batch.remember(once, ticket);
          },
          committed: () => resolve(new RequestedIntent(context, ticket as Ticket)),
          failed: reject,
        });
      }),
  };
}

/** Throws what a caller must hear before anything is queued. */
export function checkOpen(context: ReplicaContext): void {
  if (context.phase === "open") return;
  if (context.phase === "stopped")
    throw callerError("stopped", "The replica met a defect.", "Report it, and open it again.", context.defect);
  throw callerError("closed", "The replica is closed.", "Open it again.");
}

export function checkQueue(context: ReplicaContext, queue: WorkQueue): void {
  checkOpen(context);
  if (queue.length >= context.limits.queuedWritesMax)
    throw callerError("limit-reached", `${queue.length} writes wait for the disk.`, "Await some.");
}

export function spaceOf(context: ReplicaContext, space: SpaceId): SpaceRow {
  const row = context.spaces.get(space);
  if (row === undefined || !row.followed)
    throw callerError("unknown-space", `The replica does not follow "${space}".`, "Call follow() first.");
  return row;
}

export function checkWritable(context: ReplicaContext, space: SpaceId): void {
  const row = spaceOf(context, space);
  if (row.access === "none") throw callerError("no-access", `The user may not read "${space}".`, "Ask for access.");
  if (row.access === "read") throw callerError("read-only", `The user may read "${space}" and not write it.`, "Ask for write access.");
  const { pendingOperationsMax, deadLettersMax } = context.limits;
  if (row.counter - row.settledThrough >= pendingOperationsMax)
    throw callerError(
      "limit-reached",
      `"${space}" has ${pendingOperationsMax} operations that r0 has not answered.`,
      "Connect, to send them.",
    );
  if (context.deadLetterCount >= deadLettersMax)
    throw callerError("limit-reached", `There are ${deadLettersMax} refused writes.`, "Retry or discard some.");
}

function createBuilder(context: ReplicaContext, batch: Batch, space: SpaceId): TransactionBuilder {
  return new TransactionBuilder({
    schema: context.schema,
    mintRecordId: () => batch.staging.minted(context.mintRecordId()),
    read: (collection, record) => batch.staging.get(space, collection, record).visible,
    arbitrated: "refused",
  });
}

/** The ticket, or undefined where nothing was changed. */
export function stageMutations(context: ReplicaContext, batch: Batch, space: SpaceId, mutations: readonly Mutation[]): Ticket | undefined {
  if (mutations.length === 0) return undefined;
  const { counter, lamport } = batch.next(space);
  const planned = planOperations({
    schema: context.schema,
    lattices: context.store.lattices,
    mutations,
    read: (collection, record) => batch.staging.get(space, collection, record).solid,
    replica: context.replica,
    counter,
    lamport,
    textSession: context.textSession,
  });
  if (planned.operations.length === 0) return undefined;
  const transaction = composeTransaction(context, space, { counter, lamport }, { type: "operations", operations: planned.operations });
  batch.addTransaction(space, transaction, planned);
  return { replica: context.replica, space, counter };
}

function stageRequest(context: ReplicaContext, batch: Batch, space: SpaceId, name: string, given: unknown): Ticket {
  const spec = context.schema.intents.get(name);
  if (spec === undefined) throw unknownIntent(name);
  const validated = spec.validate(given);
  if (!validated.ok) throw invalidValue(name, validated.reason);
  if (undecidedIn(context, space) >= context.limits.undecidedIntentsMax)
    throw callerError(
      "limit-reached",
      `"${space}" has ${context.limits.undecidedIntentsMax} requests that r0 has not answered.`,
      "Connect, to send them.",
    );
  const place = batch.next(space);
  const input = valueToBytes(validated.value);
  if (input.length > operationLimits.valueBytesMax) throw tooLargeValue(name, operationLimits.valueBytesMax);
  const intent = { id: context.runtime.randomBytes(16), name, input };
  const transaction = composeTransaction(context, space, place, { type: "intent", intent });
  batch.addIntent(space, transaction, name, validated.value);
  return { replica: context.replica, space, counter: place.counter };
}

export function composeTransaction(
  context: ReplicaContext,
  space: SpaceId,
  place: { readonly counter: number; readonly lamport: number },
  body: TransactionBody,
): Transaction {
  return {
    replica: context.replica,
    ...place,
    schemaVersion: context.schema.version,
    wallMs: clampWallMs(context.runtime.wallMs()),
    dependencies: dependenciesOf(context, space),
    body,
    extensions: [],
  };
}

/** A class, so that nobody pays for a promise that nobody asks for. */
class WrittenTransaction<T> implements Written<T> {
  readonly value: T;
  readonly #context: ReplicaContext;
  readonly #ticket: Ticket | undefined;
  #confirmed: Promise<Confirmation> | undefined;

  constructor(context: ReplicaContext, ticket: Ticket | undefined, value: T) {
    this.#context = context;
    this.#ticket = ticket;
    this.value = value;
  }

  static ticketOf(written: WrittenTransaction<unknown>): Ticket | undefined {
    return written.#ticket;
  }

  get confirmed(): Promise<Confirmation> {
    this.#confirmed ??= this.#ticket === undefined ? Promise.resolve({ status: "confirmed" }) : confirmationOf(this.#context, this.#ticket);
    return this.#confirmed;
  }
}

/** Of what this module's writer gave. Undefined where nothing was changed. */
export function ticketOf(done: Written<unknown> | Requested): Ticket | undefined {
  if (done instanceof WrittenTransaction) return WrittenTransaction.ticketOf(done);
  return done instanceof RequestedIntent ? done.ticket : undefined;
}

export function confirmationOf(context: ReplicaContext, ticket: Ticket): Promise<Confirmation> {
  return endingOf(context, ticket, answerToConfirmation, undefined);
}

/** Of a request that may have been decided before anybody who asks was here: what an arbiter returned is in no row of ours. */
export function decisionOf(context: ReplicaContext, ticket: Ticket): Promise<Decision> {
  return endingOf(context, ticket, answerToDecision, { type: "expired" });
}

/** `unsaid`: how it ended where no row says so. */
async function endingOf<T>(
  { settlements, replica, phase, port, spaces }: ReplicaContext,
  ticket: Ticket,
  read: (answer: Answer | undefined) => T,
  unsaid: Answer | undefined,
): Promise<T> {
  const counter = settlements.counterOf(ticket, replica);
  if (phase === "closed") return read({ type: "expired" });
  const row = spaces.get(ticket.space);
  // Nobody has told yet how it ended. Without access nothing is said any more, and all that was pending has been refused.
  if (counter > (row?.settledThrough ?? 0) && row?.access !== "none")
    return new Promise((resolve) => settlements.wait(ticket, replica, (answer) => resolve(read(answer))));
  return read(findEnding(port, ticket.space, counter) ?? unsaid);
}

class RequestedIntent implements Requested {
  readonly decided: Promise<Decision>;
  readonly ticket: Ticket;

  /** Asked for at once: what an arbiter returned is in no row of ours. */
  constructor(context: ReplicaContext, ticket: Ticket) {
    this.ticket = ticket;
    this.decided = new Promise((resolve) =>
      context.settlements.wait(ticket, context.replica, (answer) => resolve(answerToDecision(answer))),
    );
  }
}
