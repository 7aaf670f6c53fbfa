/**
 * Group commit over a shared database: batches of many spaces that wait share one transaction. A batch that finds no commit under way starts
 * with whatever has come in the same moment. Beside a commit another one starts when enough batches have come for it, or when they have waited
 * for a few milliseconds: a statement costs the database as much as some twenty rows, however few it holds.
 *
 *     add ─► queue of its shard ─► group (bounded by batches and bytes) ─► one commit ─► an answer for each
 *
 * Each instance has at most one batch a space here, so that first come, first served is fair between spaces. Batches of spaces that have no
 * row yet go by themselves: creating a row may have to wait for another instance that creates the same one, which no other space must feel.
 */
import { assert, type Runtime, type SpaceId, type WriteBatch } from "@holdfast/core/engine";
import type { CommitAnswer, GroupAnswer, VersionedBatch } from "./optimistic-backend.ts";
import type { OptimisticLimits } from "./optimistic-limits.ts";

export interface GroupCommit {
  /** Never rejects. */
  add(batch: VersionedBatch): Promise<CommitAnswer>;
}

export interface GroupCommitParts {
  readonly commit: (batches: readonly VersionedBatch[]) => Promise<GroupAnswer>;
  /** Spaces with equal names may share a transaction. */
  readonly shardOf: (space: SpaceId) => string;
  /** Runs after what is ready has been decided. */
  readonly defer: (run: () => void) => void;
  readonly setTimer: Runtime["setTimer"];
  readonly limits: Pick<OptimisticLimits, "groupBatchesMax" | "groupBytesMax" | "groupsInFlightMax" | "companyBatchesMin" | "companyMsMax">;
}

interface Waiting {
  readonly batch: VersionedBatch;
  readonly bytes: number;
  readonly answer: (answer: CommitAnswer) => void;
}

export function createGroupCommit({ commit, shardOf, defer, setTimer, limits }: GroupCommitParts): GroupCommit {
  /** In the order in which their first batch came: a shard that has been served goes to the end. */
  const queues = new Map<string, Waiting[]>();
  let inFlight = 0;
  let scheduled = false;
  let waiting = 0;
  /** Since what waits has been looked for company: ends that. */
  let stopWaiting: (() => void) | undefined;
  let waited = false;

  function schedule(): void {
    if (scheduled || queues.size === 0 || inFlight >= limits.groupsInFlightMax) return;
    if (inFlight > 0 && waiting < limits.companyBatchesMin && !waited) {
      stopWaiting ??= setTimer(limits.companyMsMax, () => {
        waited = true;
        schedule();
      });
      return;
    }
    scheduled = true;
    defer(() => {
      scheduled = false;
      start();
      schedule();
    });
  }

  function start(): void {
    const [first] = queues;
    if (first === undefined || inFlight >= limits.groupsInFlightMax) return;
    const [shard, queue] = first;
    const group = takeGroup(queue, limits);
    waiting -= group.length;
    waited = false;
    stopWaiting?.();
    stopWaiting = undefined;
    queues.delete(shard);
    if (queue.length > 0) queues.set(shard, queue);
    inFlight++;
    void commitGroup(group).then(() => {
      inFlight--;
      schedule();
    });
  }

  /** A group that cannot be written is halved until who is at fault stands alone: one poison batch must not take the others with it (trap 9). */
  async function commitGroup(group: readonly Waiting[]): Promise<void> {
    const answer = await commit(group.map(({ batch }) => batch)).catch((error: unknown): GroupAnswer => ({ type: "lost", error }));
    if (isOne(answer)) {
      if (answer.type === "lost" || answer.again || group.length === 1) return group.forEach((each) => each.answer(answer));
      const half = group.length >> 1;
      await commitGroup(group.slice(0, half));
      return commitGroup(group.slice(half));
    }
    assert(answer.length === group.length, "each batch of a group has its answer");
    for (const [i, each] of group.entries()) each.answer(answer[i] as CommitAnswer);
  }

  return {
    add(batch) {
      return new Promise((answer) => {
        const { space } = batch.batch.space;
        const shard = `${batch.version === 0 ? "new" : "known"} ${shardOf(space)}`;
        const member = { batch, bytes: bytesOf(batch.batch), answer };
        const queue = queues.get(shard);
        if (queue === undefined) queues.set(shard, [member]);
        else queue.push(member);
        waiting++;
        schedule();
      });
    },
  };
}

function isOne(answer: GroupAnswer): answer is Exclude<GroupAnswer, readonly CommitAnswer[]> {
  return !Array.isArray(answer);
}

function takeGroup(queue: Waiting[], { groupBatchesMax, groupBytesMax }: GroupCommitParts["limits"]): Waiting[] {
  let bytes = 0;
  let count = 0;
  for (const each of queue) {
    bytes += each.bytes;
    if (count > 0 && (count >= groupBatchesMax || bytes > groupBytesMax)) break;
    count++;
  }
  return queue.splice(0, count);
}

/** What a row costs beside its bytes, roughly. */
const rowBytes = 100;

function bytesOf({ marks, records, stream, outcomes, intents, imprints }: WriteBatch): number {
  let bytes = rowBytes * (1 + marks.length + records.length + stream.length + outcomes.length + intents.length + imprints.length);
  for (const row of records) bytes += row.state.length;
  for (const rows of [stream, outcomes, intents, imprints]) for (const row of rows) bytes += row.bytes.length;
  return bytes;
}
