/**
 * A write whose callback has run elsewhere: in a tab, which sends what it asked for and the records that it has read. It is done only
 * if those are still as they were read; else the tab's callback runs again over the new state (TAB4).
 */
import { compareBytes, Defect, type Mutation, type SpaceId } from "@holdfast/core/engine";
import { type ReplicaContext, undecidedIn } from "../context.ts";
import { encodeState, loadRecord } from "../store/record-store.ts";
import type { Batch } from "./batch.ts";
import type { Once } from "./once.ts";
import type { Ticket } from "./settlements.ts";
import type { WorkQueue } from "./work-queue.ts";
import { checkQueue, checkWritable, spaceOf, stageMutations } from "./write.ts";

export interface RecordRead {
  readonly collection: string;
  readonly id: string;
  /** The visible state; empty for no such record. */
  readonly bytes: Uint8Array;
}

export type Submission =
  | { readonly type: "done"; readonly ticket: Ticket | undefined }
  /** Something that was read has changed: nothing was done. */
  | { readonly type: "stale" };

/** What of a replica a host needs for it. */
export interface SubmitTarget {
  readonly context: ReplicaContext;
  readonly queue: WorkQueue;
  readonly batch: Batch;
}

/** Behind every write that was asked for before, so that it sees them. */
export async function readVisible({ context, queue }: SubmitTarget, space: SpaceId, collection: string, id: string): Promise<Uint8Array> {
  const { store } = context;
  spaceOf(context, space);
  let bytes = new Uint8Array(0) as Uint8Array;
  await queue.job(() => {
    bytes = encodeState(store, loadRecord(store, space, collection, id, undecidedIn(context, space) > 0).visible);
  });
  return bytes;
}

export function submitMutations(
  { context, queue, batch }: SubmitTarget,
  space: SpaceId,
  mutations: readonly Mutation[],
  reads: readonly RecordRead[],
  once: Once,
): Promise<Submission> {
  return new Promise((resolve, reject) => {
    checkQueue(context, queue);
    let submission: Submission | undefined;
    queue.write({
      stage() {
        const done = batch.find(once);
        if (done !== undefined) {
          submission = { type: "done", ticket: done };
          return;
        }
        checkWritable(context, space);
        const isStale = reads.some(
          ({ collection, id, bytes }) =>
            compareBytes(encodeState(context.store, batch.staging.get(space, collection, id).visible), bytes) !== 0,
        );
        if (isStale) {
          submission = { type: "stale" };
          return;
        }
        const ticket = stageMutations(context, batch, space, mutations);
        if (ticket !== undefined) batch.remember(once, ticket);
        submission = { type: "done", ticket };
      },
      committed: () => resolve(submission as Submission),
      failed: (error) => {
        if (error instanceof Defect) batch.defect(error);
        reject(error);
      },
    });
  });
}
