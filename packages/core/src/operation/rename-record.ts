/**
 * A record in which confirmed operations of a replica's old id stand that it says again under its new one, since r0 has lost them (`restamp.ts`):
 * with their new names, so that what is said again is a duplicate of what is there, and what is pending on top finds what it names. Else each of
 * them would be in the record twice, until a snapshot comes.
 *
 * A state is made of dots (what has a replica and a counter), of maps by replica, and of values, which are the app's.
 */
import { compareDots, type Dot } from "../causality/dot.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import { type CounterDelta, counterLattice, type CounterShare } from "../lattice/counter.ts";
import type { RecordState } from "../lattice/record-state.ts";
import { lastCounter, type Transaction } from "./operation.ts";

export interface RecordRenaming {
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  /** Of the old counters these stay; the later ones begin anew at 1. */
  readonly confirmedThrough: number;
  /** What is said again, in its order. */
  readonly restamped: readonly { readonly transaction: Transaction }[];
}

type Part = Dot & { readonly id?: Dot; readonly dot?: Dot };

export function renameRecord(record: RecordState, { from, to, confirmedThrough, restamped }: RecordRenaming): RecordState {
  return rename(record) as RecordState;

  function rename(part: unknown): unknown {
    if (Array.isArray(part)) return part.map((each) => rename(each) as Part).sort((a, b) => compareDots(nameOf(a), nameOf(b)));
    if (part instanceof Map) return renameMap(part);
    if (Object(part) !== part || part instanceof Uint8Array) return part;
    const { replica, counter } = part as Part;
    const isAgain = replica === from && counter > confirmedThrough;
    return {
      ...Object.fromEntries(renameEach(Object.entries(part as Part))),
      ...(isAgain && { replica: to, counter: counter - confirmedThrough }),
    };
  }

  function renameEach(entries: Iterable<[string, unknown]>): readonly [string, unknown][] {
    return [...entries].map(([key, each]) => [key, key === "value" ? each : rename(each)]);
  }

  /** A vector, a counter's shares, or something by a name, which is no replica's id. */
  function renameMap(map: ReadonlyMap<string, unknown>): ReadonlyMap<string, unknown> {
    const renamed = new Map(renameEach(map));
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

/** States keep their dots in order, and nothing else; what one operation has made stays as it stood. */
function nameOf(part: Part): Dot {
  return part.id ?? part.dot ?? part;
}
