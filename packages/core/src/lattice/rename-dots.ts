/** Other names for the dots in a state or a delta: for a replica that takes a new id, and says again under it what names its own (trap 4). */
import { compareDots, type Dot } from "../causality/dot.ts";
import type { ReplicaId } from "../causality/replica-id.ts";

/** Absent: of whoever wrote what names it. */
interface Named {
  readonly replica: ReplicaId | undefined;
  readonly counter: number;
}

type Part = Dot & { readonly id?: Dot; readonly dot?: Dot };

/**
 * Whatever has a `replica` is a dot, or is named by one; what is under `value` or `values` is the app's. Dots come back in their order, and what a
 * list of anything else holds as it stood. `renameMap`: a map as it was, and with what it holds renamed.
 */
export function renameDots<Whole>(
  whole: Whole,
  rename: (dot: Named) => Named,
  renameMap: (before: ReadonlyMap<string, unknown>, renamed: Map<string, unknown>) => unknown = (_, renamed) => renamed,
): Whole {
  const walk = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map((each) => walk(each) as Part).sort((a, b) => compareDots(nameOf(a), nameOf(b)));
    if (part instanceof Map) return renameMap(part, new Map(walkEach(part)));
    if (Object(part) !== part || part instanceof Uint8Array) return part;
    const renamed = Object.fromEntries(walkEach(Object.entries(part as Part)));
    if (!("replica" in renamed)) return renamed;
    const { replica, counter } = rename(part as Named);
    return { ...renamed, replica, counter };
  };
  const walkEach = (entries: Iterable<[string, unknown]>): [string, unknown][] =>
    [...entries].map(([key, each]) => [key, key === "value" || key === "values" ? each : walk(each)]);
  return walk(whole) as Whole;
}

/** States keep their dots in order, and nothing else; what one operation has made stays as it stood. */
function nameOf(part: Part): Dot {
  return part.id ?? part.dot ?? part;
}

/** A replica's old id, and its new one, under which its counters begin anew at 1 after those that stay. */
export interface DotRenaming {
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  /** Of the old counters these stay. */
  readonly confirmedThrough: number;
}

export function renameDot<Name extends Named>(dot: Name, { from, to, confirmedThrough }: DotRenaming): Name {
  if (dot.replica !== from || dot.counter <= confirmedThrough) return dot;
  return { ...dot, replica: to, counter: dot.counter - confirmedThrough };
}
