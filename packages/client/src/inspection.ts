/** `replica.inspect`: what people ask of a replica when they want to know why they see what they see. Reads only, and never more than a named limit. */
import { knownVector, type RecordState, type SpaceId } from "@holdfast/core/engine";
import type { ReplicaContext } from "./context.ts";
import { readLog } from "./store/change-log.ts";
import { type DeadLetterPayload, payloadOf } from "./store/dead-letters.ts";
import { decodeState, loadRecord } from "./store/record-store.ts";
import { checkOpen, spaceOf } from "./write/write.ts";

/** An own transaction that r0 has not answered. */
export interface PendingWrite {
  readonly space: SpaceId;
  readonly counter: number;
  /** The wall clock when it was written; for people, it orders nothing. */
  readonly wallMs: number;
  readonly payload: DeadLetterPayload;
}

/** One record's causality, in full. */
export interface RecordReport {
  /** False for a record that is deleted, or that nobody has written. */
  readonly visible: boolean;
  /** Replica id → its last operation on this record that is shown here (paper 5.1). */
  readonly vector: Readonly<Record<string, number>>;
  /** The same of what r0 has confirmed; equal to `vector` when nothing on the record is pending. */
  readonly confirmed: Readonly<Record<string, number>>;
  /** Own operations on this record that r0 has not answered: the last one's counter, 0 for none. */
  readonly pending: number;
}

export interface Inspection {
  /** Oldest first; at most `inspectedPendingMax`. */
  pending(space: SpaceId): Promise<readonly PendingWrite[]>;
  record(space: SpaceId, collection: string, id: string): Promise<RecordReport>;
}

/** Transactions. Those behind it are not listed; `status().pending` counts all. */
export const inspectedPendingMax = 1_000;

export function createInspection(context: ReplicaContext): Inspection {
  const { port, store } = context;
  return {
    async pending(space) {
      checkOpen(context);
      const { settledThrough, counter } = spaceOf(context, space);
      return readLog(port, space, settledThrough, counter, inspectedPendingMax).map(({ transaction, increments }) => ({
        space,
        counter: transaction.counter,
        wallMs: transaction.wallMs,
        payload: payloadOf(store.lattices, transaction, increments),
      }));
    },
    async record(space, collection, id) {
      checkOpen(context);
      spaceOf(context, space);
      const held = loadRecord(store, space, collection, id, true);
      const confirmed = held.base === undefined ? held.solid : decodeState(store, held.base);
      return {
        visible: held.place === "table",
        vector: vectorOf(held.visible),
        confirmed: vectorOf(confirmed),
        pending: held.pending,
      };
    },
  };
}

function vectorOf(state: RecordState | undefined): Readonly<Record<string, number>> {
  return state === undefined ? {} : Object.fromEntries(knownVector(state));
}
