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
  formerNameOf,
  HoldfastError,
  type Mutation,
  type Notice,
  type RecordKey,
  type ReplicaId,
  type ServerStore,
  type SpaceId,
  TransactionBuilder,
} from "@holdfast/core/engine";
import { authorSource, planAuthored } from "./author-change.ts";
import type { DecisionContext } from "./context.ts";
import { decidePush, type PushAnswer, type PushRequest } from "./decide-push.ts";
import { takeFairly } from "./fair-jobs.ts";
import { noticeOf } from "./notice.ts";
import { Turn } from "./turn.ts";
import { withDeadline } from "./with-deadline.ts";

export interface PushResult extends PushAnswer {
  readonly head: number;
}

export type Job =
  | {
      readonly type: "push";
      readonly push: PushRequest;
      /** As carried. */
      readonly bytes: number;
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
  /** A turn begins; `waitedMs` of the job that had waited longest. */
  readonly began: (space: SpaceId, waitedMs: number) => void;
  /** A turn was committed. */
  readonly counted: (turn: TurnCount) => void;
  readonly failed: () => void;
  /** Nothing of the space waits any more. */
  readonly emptied: (space: SpaceId) => void;
}

export interface TurnCount {
  readonly jobs: number;
  readonly transactions: number;
  readonly conflicts: number;
  readonly refused: number;
  readonly waitedMs: number;
  readonly tookMs: number;
  /** How far the space's horizon lies behind its head now. */
  readonly streamRows: number;
}

/** A job in its lane. */
interface Queued {
  readonly job: Job;
  readonly principal: string;
  readonly transactions: number;
  readonly sinceMs: number;
}

export interface Lanes {
  submit(space: SpaceId, job: Job): void;
  /** Resolves when nothing is queued or under way. */
  drained(): Promise<void>;
  /** Under way now. */
  readonly turns: number;
}

export function createLanes(host: LaneHost): Lanes {
  const { runtime, limits } = host.context;
  const fair = { jobsMax: limits.turnJobsMax, transactionsMax: limits.turnTransactionsMax };
  const queues = new Map<SpaceId, Queued[]>();
  let idle: (() => void)[] = [];
  /** Lanes that wait for a place, in the order in which they came: each gets one turn, and goes to the end (fairness between spaces). */
  const waiting: (() => void)[] = [];
  let turns = 0;

  async function runLane(space: SpaceId, queue: Queued[]): Promise<void> {
    while (queue.length > 0) {
      if (turns < limits.turnsMax) turns++;
      else await new Promise<void>((resolve) => waiting.push(resolve)); // and is given the place of one that leaves
      const jobs = takeFairly(queue, fair);
      const waitedMs = runtime.nowMs() - jobs.reduce((oldest, { sinceMs }) => Math.min(oldest, sinceMs), Number.POSITIVE_INFINITY);
      host.began(space, waitedMs);
      await runTurn(
        host,
        space,
        jobs.map(({ job }) => job),
        waitedMs,
      );
      const next = waiting.shift();
      if (next === undefined) turns--;
      else next();
    }
    queues.delete(space);
    host.emptied(space);
    if (queues.size > 0) return;
    for (const resolve of idle) resolve();
    idle = [];
  }
  return {
    submit(space, job) {
      const queued: Queued = {
        job,
        principal: job.type === "push" ? job.push.principal.id : "",
        transactions: job.type === "push" ? job.push.transactions.length : 1,
        sinceMs: runtime.nowMs(),
      };
      const queue = queues.get(space);
      if (queue !== undefined) {
        queue.push(queued);
        return;
      }
      const started = [queued];
      queues.set(space, started);
      host.defer(() => void runLane(space, started));
    },
    drained: () => (queues.size === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
    get turns() {
      return turns;
    },
  };
}

/** If a shared turn fails as a whole, each job gets a turn of its own: one that cannot be committed must not take the others along (trap 9). */
async function runTurn(host: LaneHost, space: SpaceId, jobs: readonly Job[], waitedMs: number): Promise<void> {
  let settle: readonly (() => void)[];
  try {
    settle = await decideAndCommit(host, space, jobs, waitedMs);
  } catch (error) {
    host.failed();
    if (jobs.length === 1 || isNobodysFault(error)) {
      host.context.log({ level: "error", event: "turn-failed", detail: `A turn of space "${space}" could not be committed.`, error });
      for (const job of jobs) job.failed(commitFailed(error));
    } else for (const job of jobs) await runTurn(host, space, [job], waitedMs);
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
async function decideAndCommit(host: LaneHost, space: SpaceId, jobs: readonly Job[], waitedMs: number): Promise<readonly (() => void)[]> {
  const { runtime } = host.context;
  const beganMs = runtime.nowMs();
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
    settle.push(() => {
      const tookMs = runtime.nowMs() - beganMs;
      const streamRows = turn.head - turn.horizon;
      host.counted({ jobs: jobs.length, transactions: turn.changes.length, conflicts, refused, waitedMs, tookMs, streamRows });
    });
    if (turn.changes.length > 0) settle.push(() => host.publish(noticeOf(turn, before, host.context.limits.pokeBytesMax)));
    return { batch: turn.toBatch(), result: settle };
  });
}

/** Everything that the pushes name, in one question each; and r0's own mark, where it may write something itself. */
async function prefetch(context: DecisionContext, turn: Turn, jobs: readonly Job[]): Promise<void> {
  const replicas = new Set<ReplicaId>();
  const keys: RecordKey[] = [];
  const intents: string[] = [];
  for (const job of jobs) {
    if (job.type === "write") replicas.add(context.epoch);
    if (job.type !== "push") continue;
    replicas.add(job.push.replica);
    for (const transaction of job.push.transactions) {
      const { body } = transaction;
      if (body.type === "intent") replicas.add(context.epoch);
      for (const replica of contextReplicas(transaction)) replicas.add(replica);
      if (body.type === "operations") for (const operation of body.operations) keys.push(operation);
      if (body.type === "intent") intents.push(bytesToHex(body.intent.id));
      const former = context.restored ? formerNameOf(transaction) : undefined;
      if (former === undefined) continue;
      replicas.add(former.replica);
      intents.push(former.name);
    }
  }
  // In one moment: a store that is far away answers all of it in one round trip.
  await Promise.all([turn.loadMarks(replicas), turn.loadRecords(keys), turn.loadIntents(intents)]);
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

/**
 * The database was away, or nobody knows whether it has committed: with any one of the jobs it would be the same, and what may have been
 * done must not be done again (OPT9).
 */
function isNobodysFault(error: unknown): boolean {
  return error instanceof HoldfastError && (error.code === "store-busy" || error.code === "commit-unknown");
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
