/** Changes that r0 itself makes: an arbiter's effect, the backend's own writes. Their author is the epoch, which has counters like any replica. */
import {
  bytesToBase64url,
  callerError,
  clampWallMs,
  type Dependencies,
  type Mutation,
  encodeTransaction,
  lastCounter,
  lastLamport,
  nextChain,
  planOperations,
  type Transaction,
  type TransactionSource,
} from "@holdfast/core/engine";
import type { DecisionContext } from "./context.ts";
import { Draft, keyOf, type Turn } from "./turn.ts";

const recordIdBytes = 16;

/** What a transaction at r0 reads and may write: the turn's records, and `arbitrated` fields too. */
export function authorSource(context: DecisionContext, turn: Turn): TransactionSource {
  return {
    schema: context.rules.schema,
    mintRecordId: () => bytesToBase64url(context.runtime.randomBytes(recordIdBytes)),
    read: async (collection, record) => {
      await turn.loadRecords([{ collection, record }]);
      return turn.record({ collection, record });
    },
    arbitrated: "allowed",
  };
}

export interface Authored {
  /** Changes the turn; gives the sequence number of the effect, or the head if it had none. */
  append(): number;
}

/** Throws what is wrong with the mutations; the turn is unchanged until `append`, before which nothing else may change it. */
export async function planAuthored(
  context: DecisionContext,
  turn: Turn,
  mutations: readonly Mutation[],
  lamport: number,
  /** What of other spaces the author of the intent had seen: its effect is shown to nobody before that. */
  dependencies: Dependencies = new Map(),
): Promise<Authored> {
  await turn.loadRecords(mutations);
  await turn.loadMarks([context.epoch]);
  const mark = turn.mark(context.epoch);
  const plan = planOperations({
    schema: context.rules.schema,
    lattices: context.rules.lattices,
    mutations,
    read: (collection, record) => turn.record({ collection, record }),
    replica: context.epoch,
    counter: mark.mark + 1,
    lamport: lamport + 1,
    textSession: context.textSession,
    sequence: turn.head + 1,
    arbitrated: "allowed",
  });
  if (plan.operations.length === 0) return { append: () => turn.head };
  const atMs = context.runtime.wallMs();
  const transaction: Transaction = {
    replica: context.epoch,
    counter: mark.mark + 1,
    lamport: lamport + 1,
    schemaVersion: context.rules.schema.version,
    wallMs: clampWallMs(atMs),
    dependencies,
    body: { type: "operations", operations: plan.operations },
    extensions: [],
  };
  const bytes = encodeTransaction(transaction);
  const draft = new Draft(turn);
  const deltaBytes = new Map<string, number>();
  for (const operation of plan.operations)
    deltaBytes.set(keyOf(operation), (deltaBytes.get(keyOf(operation)) ?? 0) + operation.delta.length);
  for (const { collection, id, after } of plan.records) {
    const key = { collection, record: id };
    draft.set(key, after, deltaBytes.get(keyOf(key)) ?? 0);
  }
  const large = draft.tooLarge();
  if (large !== undefined)
    throw callerError("too-large", `Record "${large.record}" of "${large.collection}" would be too large for a page.`, "Split it.");
  return {
    append() {
      turn.setMark({ ...mark, mark: lastCounter(transaction), chain: nextChain(mark.chain, bytes), lamport: lastLamport(transaction) });
      turn.lamport = Math.max(turn.lamport, lastLamport(transaction));
      return turn.append(transaction, bytes, lastCounter(transaction), draft.records, atMs);
    },
  };
}
