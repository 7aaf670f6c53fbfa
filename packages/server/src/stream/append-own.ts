/** What r0 itself says in the stream about how records are kept: a transaction of its own, in the order like any other. */
import {
  assert,
  clampWallMs,
  encodeTransaction,
  lastCounter,
  lastLamport,
  nextChain,
  type Operation,
  type Transaction,
} from "@holdfast/core/engine";
import type { DecisionContext } from "../pipeline/context.ts";
import type { Draft, Turn } from "../pipeline/turn.ts";

/** r0's mark has been loaded. `operations` begin at the dot after it, one counter each. */
export function appendOwn(context: DecisionContext, turn: Turn, draft: Draft, operations: readonly Operation[]): void {
  const mark = turn.mark(context.epoch);
  const atMs = context.runtime.wallMs();
  const transaction: Transaction = {
    replica: context.epoch,
    counter: mark.mark + 1,
    lamport: turn.lamport + 1,
    schemaVersion: context.rules.schema.version,
    wallMs: clampWallMs(atMs),
    dependencies: new Map(),
    body: { type: "operations", operations },
    extensions: [],
  };
  const bytes = encodeTransaction(transaction);
  turn.setMark({ ...mark, mark: lastCounter(transaction), chain: nextChain(mark.chain, bytes), lamport: lastLamport(transaction) });
  turn.lamport = lastLamport(transaction);
  const sequence = turn.append(transaction, bytes, lastCounter(transaction), draft.records, atMs);
  assert(sequence > turn.horizon, "it stands above the horizon");
}
