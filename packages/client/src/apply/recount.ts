/**
 * What is pending on top of an increment that was taken back has counted it in. r0 has not seen it and does not take it (SRV29): it is said
 * with the totals that are so, before anybody else has seen the others (CLI51). Every copy of a file comes to the same, since totals follow
 * from what each transaction adds, and from the total before the first of them: no record is asked, which may hold what r0 has lost.
 */
import {
  type CounterDelta,
  counterLattice,
  counterNameOf,
  encodeTransaction,
  knowsDot,
  type Operation,
  type RecordState,
} from "@holdfast/core/engine";
import type { LogEntry } from "../store/change-log.ts";

/**
 * `pending`, with other totals where they count in what is gone. `answered`: what stands right before it, as it was written; those of `undone`
 * among them have no effect, and the others have the very totals that r0 holds.
 */
export function recount(answered: readonly LogEntry[], undone: ReadonlySet<LogEntry>, pending: readonly LogEntry[]): readonly LogEntry[] {
  const totals = new Map<string, CounterDelta>();
  const before = (name: string, delta: CounterDelta, by: number): CounterDelta => totals.get(name) ?? minus(delta, by);
  for (const entry of answered)
    for (const { operation, by } of incrementsIn(entry)) {
      const [name, delta] = [counterNameOf(operation) ?? "", counterLattice.decodeDelta(operation.delta)];
      totals.set(name, undone.has(entry) ? before(name, delta, by) : delta);
    }
  return pending.map((entry) => {
    const changed = new Map<Operation, Operation>();
    for (const { operation, by } of incrementsIn(entry)) {
      const [name, delta] = [counterNameOf(operation) ?? "", counterLattice.decodeDelta(operation.delta)];
      const total = plus(before(name, delta, by), by);
      totals.set(name, total);
      if (total.up !== delta.up || total.down !== delta.down)
        changed.set(operation, { ...operation, delta: counterLattice.encodeDelta(total) });
    }
    const { transaction } = entry;
    const { body } = transaction;
    if (changed.size === 0 || body.type !== "operations") return entry;
    const operations = body.operations.map((operation) => changed.get(operation) ?? operation);
    const recounted = { ...transaction, body: { ...body, operations } };
    return { ...entry, transaction: recounted, bytes: encodeTransaction(recounted) };
  });
}

/**
 * As what is pending is shown on `base`: what was said before a withdrawal counts that in, for r0 may have the original, and what was said since
 * does not. It is shown with it where the base has it, and else without. Nothing before the withdrawn is on the same counter: it was the first
 * that r0 had not answered.
 */
export function withoutWithdrawn(
  base: RecordState | undefined,
  withdrawn: readonly LogEntry[],
  pending: readonly LogEntry[],
): readonly LogEntry[] {
  const missing = withdrawn.filter(({ transaction }) => base === undefined || !knowsDot(base, transaction));
  return recount(withdrawn, new Set(missing), pending);
}

function incrementsIn({ transaction, increments }: LogEntry): readonly { readonly operation: Operation; readonly by: number }[] {
  const { body } = transaction;
  if (body.type !== "operations") return [];
  return [...increments].flatMap(([index, by]) => {
    const operation = body.operations[index];
    return operation === undefined ? [] : [{ operation, by }];
  });
}

function plus({ up, down }: CounterDelta, by: number): CounterDelta {
  return { up: up + Math.max(by, 0), down: down + Math.max(-by, 0) };
}

function minus({ up, down }: CounterDelta, by: number): CounterDelta {
  return { up: up - Math.max(by, 0), down: down - Math.max(-by, 0) };
}
