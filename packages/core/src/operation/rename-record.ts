/**
 * A record in which confirmed operations of a replica's old id stand that it says again under its new one, since r0 has lost them (`restamp.ts`):
 * with their new names, so that what is said again is a duplicate of what is there, and what is pending on top finds what it names. Else each of
 * them would be in the record twice, until a snapshot comes.
 */
import { type CounterDelta, counterLattice, type CounterShare } from "../lattice/counter.ts";
import type { RecordState } from "../lattice/record-state.ts";
import { type DotRenaming, renameDot, renameDots } from "../lattice/rename-dots.ts";
import { lastCounter, type Transaction } from "./operation.ts";

export interface RecordRenaming extends DotRenaming {
  /** What is said again, in its order. */
  readonly restamped: readonly { readonly transaction: Transaction }[];
}

export function renameRecord(record: RecordState, renaming: RecordRenaming): RecordState {
  const { from, to, confirmedThrough, restamped } = renaming;
  return renameDots(record, (dot) => renameDot(dot, renaming), renameMap);

  /** A vector, a counter's shares, or something by a name, which is no replica's id. */
  function renameMap(map: ReadonlyMap<string, unknown>, renamed: Map<string, unknown>): ReadonlyMap<string, unknown> {
    const own = map.get(from) as number | CounterShare | undefined;
    const isVector = typeof own === "number";
    const counter = (isVector ? own : (own?.counter ?? 0)) - confirmedThrough;
    const again = isVector ? { up: 0, down: 0 } : totalsAt(counter);
    if (own === undefined || counter <= 0 || again === undefined) return renamed;
    renamed.set(to, isVector ? counter : { ...again, counter });
    if (confirmedThrough === 0) renamed.delete(from);
    else
      renamed.set(
        from,
        isVector
          ? confirmedThrough
          : { up: Math.max(0, own.up - again.up), down: Math.max(0, own.down - again.down), counter: confirmedThrough },
      );
    return renamed;
  }

  /** What the new id has counted with this operation; undefined where r0 has told of one that is given up here. */
  function totalsAt(counter: number): CounterDelta | undefined {
    const found = restamped.find(({ transaction }) => lastCounter(transaction) >= counter)?.transaction;
    const operation = found?.body.type === "operations" ? found.body.operations[counter - found.counter] : undefined;
    return operation && counterLattice.decodeDelta(operation.delta);
  }
}
