/** What each kind means, by definition, over the full set of its operations. Slow and plain; tests only. */
import { isSameDot } from "../../causality/dot.ts";
import { compareStamps } from "../../causality/lamport.ts";
import { vectorContains } from "../../causality/version-vector.ts";
import { type Value, valueToKey } from "../../base/value.ts";
import type { CounterDelta } from "../counter.ts";
import type { Origin } from "../lattice.ts";
import type { RegisterDelta } from "../register.ts";
import type { SetDelta } from "../set.ts";
import type { Written } from "./history.ts";

/** The value of the highest stamp. */
export function registerTwin(operations: readonly Written<RegisterDelta>[]): Value {
  const winner = operations.reduce((a, b) => (compareStamps(stampOf(a.origin), stampOf(b.origin)) > 0 ? a : b));
  return winner.op.value;
}

function stampOf({ lamport, dot }: Origin): { readonly lamport: number; readonly dot: Origin["dot"] } {
  return { lamport, dot };
}

/** The sum of what each operation added to its writer's totals. */
export function counterTwin(operations: readonly Written<CounterDelta>[]): Value {
  let sum = 0n;
  for (const { op, origin } of operations) {
    const own = operations.filter(
      (other) => other.origin.dot.replica === origin.dot.replica && other.origin.dot.counter < origin.dot.counter,
    );
    const before = own.reduce((a, b) => (b.origin.dot.counter > a.counter ? { counter: b.origin.dot.counter, ...b.op } : a), {
      counter: 0,
      up: 0,
      down: 0,
    });
    sum += BigInt(op.up - before.up) - BigInt(op.down - before.down);
  }
  return Number(sum);
}

/** An element is in the set if some operation added it and no operation that had seen that one removed it or added it again. */
export function setTwin(operations: readonly Written<SetDelta>[]): readonly Value[] {
  const values = new Map<string, Value>();
  for (const { op, origin } of operations) {
    for (const value of op.added) {
      const overruled = operations.some(
        (later) =>
          !isSameDot(later.origin.dot, origin.dot) &&
          vectorContains(later.origin.context, origin.dot) &&
          [...later.op.added, ...later.op.removed.map((removal) => removal.value)].some((other) => valueToKey(other) === valueToKey(value)),
      );
      if (!overruled) values.set(valueToKey(value), value);
    }
  }
  return [...values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}
