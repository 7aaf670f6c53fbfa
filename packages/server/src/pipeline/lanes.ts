/**
 * One lane a space: its pushes and the backend's writes, decided one after the other, many to a turn. What arrives while a turn is
 * decided or committed waits, and goes into the next one together (group commit). Lanes of different spaces run beside each other; a slow
 * arbiter holds up its own space only.
 *
 *     submit ─► queue ─► turn: load, decide each job ─► commit ─► settle each job (replies) ─► notice (pokes)
 */
import {
  bytesToHex,
  contextReplicas,
  HoldfastError,
  type Mutation,
  type Notice,
  type RecordKey,
  type ReplicaId,
  type Sequenced,
  type ServerStore,
  type SpaceId,
  TransactionBuilder,
} from "@holdfast/core/engine";
import { authorSource, planAuthored } from "./author-change.ts";
import type { DecisionContext } from "./context.ts";
import { decidePush, type PushAnswer, type PushRequest } from "./decide-push.ts";
import { Turn } from "./turn.ts";
import { withDeadline } from "./with-deadline.ts";

export interface PushResult extends PushAnswer {
  readonly head: number;
}

export type Job =
  | {
      readonly type: "push";
      readonly push: PushRequest;
      readonly done: (result: PushResult) => void;
      readonly failed: (error: unknown) => void;
    }
  /** `run` gives the backend's callback its `tx`. It may run again if the commit of a shared turn has failed. */
  | {
      readonly type: "write";
      readonly run: (tx: never) => unknown;
      readonly done: (value: unknown) => void;
      readonly failed: (error: unknown) => void;
    };

export interface LaneHost {
  readonly store: ServerStore;
  readonly context: DecisionContext;
  /** Starts a turn after everything that has arrived was queued. */
  readonly defer: (run: () => void) => void;
  readonly publish: (notice: Notice) => void;
  /** A turn was committed. */
  readonly counted: (turn: { readonly transactions: number; readonly conflicts: number; readonly refused: number }) => void;
}

export interface Lanes {
  submit(space: SpaceId, job: Job): void;
  /** Resolves when nothing is queued or under way. */
  drained(): Promise<void>;
}

export function createLanes(host: LaneHost): Lanes {
  const queues = new Map<SpaceId, Job[]>();
  let idle: (() => void)[] = [];

  async function runLane(space: SpaceId, queue: Job[]): Promise<void> {
    while (queue.length > 0) await runTurn(host, space, takeJobs(host, queue));
    queues.delete(space);
    if (queues.size > 0) return;
    for (const resolve of idle) resolve();
    idle = [];
  }
  return {
    submit(space, job) {
      const queue = queues.get(space);
      if (queue !== undefined) {
        queue.push(job);
        return;
      }
      const started = [job];
      queues.set(space, started);
      host.defer(() => void runLane(space, started));
    },
    drained: () => (queues.size === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
  };
}

/** As many as one turn may hold, and at least one. */
function takeJobs(host: LaneHost, queue: Job[]): Job[] {
  const { turnJobsMax, turnTransactionsMax } = host.context.limits;
  let transactions = 0;
  let count = 0;
  for (const job of queue) {
    transactions += job.type === "push" ? job.push.transactions.length : 1;
    if (count > 0 && (count >= turnJobsMax || transactions > turnTransactionsMax)) break;
    count++;
  }
  return queue.splice(0, count);
}

/** If a shared turn fails as a whole, each job gets a turn of its own: one that cannot be committed must not take the others along (trap 9). */
async function runTurn(host: LaneHost, space: SpaceId, jobs: readonly Job[]): Promise<void> {
  let settle: readonly (() => void)[];
  try {
    settle = await decideAndCommit(host, space, jobs);
  } catch (error) {
    const [only] = jobs;
    if (jobs.length === 1 && only !== undefined) {
      host.context.log({ level: "error", event: "turn-failed", detail: `A turn of space "${space}" could not be committed.`, error });
      only.failed(commitFailed(error));
    } else for (const job of jobs) await runTurn(host, space, [job]);
    return;
  }
  for (const each of settle) {
    try {
      each();
    } catch (error) {
      // The change is durable; whoever could not be told will ask. The lane goes on.
      host.context.log({
        level: "error",
        event: "settle-failed",
        detail: `An answer for space "${space}" could not be handed out.`,
        error,
      });
    }
  }
}

/** Resolves after the commit, with what is told then: nothing is answered or poked before it is durable (trap 8). */
async function decideAndCommit(host: LaneHost, space: SpaceId, jobs: readonly Job[]): Promise<readonly (() => void)[]> {
  return host.store.transact(space, async (reader) => {
    const turn = new Turn(reader, host.context, await reader.space());
    const before = turn.head;
    await prefetch(host.context, turn, jobs);
    const settle: (() => void)[] = [];
    for (const job of jobs) {
      if (job.type === "write") settle.push(await decideWrite(host.context, turn, job));
      else {
        const answer = await decidePush(host.context, turn, job.push);
        settle.push(() => job.done({ ...answer, head: turn.head }));
      }
    }
    const { conflicts, refused } = turn;
    settle.push(() => host.counted({ transactions: turn.changes.length, conflicts, refused }));
    if (turn.changes.length > 0) settle.push(() => host.publish(noticeOf(turn, before, host.context.limits.pokeBytesMax)));
    return { batch: turn.toBatch(), result: settle };
  });
}

/** Everything that the pushes name, in one question each. */
async function prefetch(context: DecisionContext, turn: Turn, jobs: readonly Job[]): Promise<void> {
  const replicas = new Set<ReplicaId>([context.epoch]);
  const keys: RecordKey[] = [];
  const intents: string[] = [];
  for (const job of jobs) {
    if (job.type !== "push") continue;
    replicas.add(job.push.replica);
    for (const transaction of job.push.transactions) {
      const { body } = transaction;
      for (const replica of contextReplicas(transaction)) replicas.add(replica);
      if (body.type === "operations") for (const operation of body.operations) keys.push(operation);
      if (body.type === "intent") intents.push(bytesToHex(body.intent.id));
    }
  }
  await turn.loadMarks(replicas);
  await turn.loadRecords(keys);
  await turn.loadIntents(intents);
}

async function decideWrite(context: DecisionContext, turn: Turn, job: Extract<Job, { type: "write" }>): Promise<() => void> {
  const builder = new TransactionBuilder(authorSource(context, turn));
  let value: unknown;
  let mutations: readonly Mutation[];
  try {
    value = await withDeadline(context.runtime, "The backend's write", context.limits.arbiterMsMax, job.run(builder.tx as never));
    mutations = builder.close();
    const authored = await planAuthored(context, turn, mutations, turn.lamport);
    turn.assertRead();
    authored.append();
  } catch (error) {
    builder.close();
    return () => job.failed(error);
  }
  return () => job.done(value);
}

function noticeOf(turn: Turn, after: number, pokeBytesMax: number): Notice {
  let bytes = 0;
  const authors = new Set<string>();
  for (const change of turn.changes) {
    bytes += change.bytes;
    authors.add(change.transaction.replica);
  }
  const [author] = authors;
  const changes: readonly Sequenced[] =
    bytes > pokeBytesMax ? [] : turn.changes.map(({ sequence, transaction }) => ({ sequence, transaction }));
  return { space: turn.space, head: turn.head, after, author: authors.size === 1 && author !== undefined ? author : "", changes };
}

/** What a caller is told of a turn that could not be committed. */
function commitFailed(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  return new HoldfastError("server-error", "The write could not be committed.", {
    origin: "server",
    retry: true,
    advice: "Try again.",
    cause: error,
  });
}
