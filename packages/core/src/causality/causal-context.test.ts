import fc from "fast-check";
import { expect, test } from "vitest";
import { historyReplicaId } from "../lattice/reference/history.ts";
import { absorbVector, type CausalContext, contextContains, emptyContext, joinContexts, joinDots } from "./causal-context.ts";
import { compareDots, type Dot, dotToKey } from "./dot.ts";
import { emptyVector, vectorContains } from "./version-vector.ts";

const run = { seed: 20261123, numRuns: 1000 };
const all: readonly Dot[] = [0, 1].flatMap((i) => [1, 2, 3, 4].map((counter) => ({ replica: historyReplicaId(i), counter })));
const dots = fc.subarray([...all]);

function contextOf(added: readonly Dot[], vector = emptyVector): CausalContext {
  return absorbVector({ ...emptyContext, beyond: joinDots([], added) }, vector);
}

function contained(context: CausalContext): ReadonlySet<string> {
  return new Set(all.filter((dot) => contextContains(context, dot)).map(dotToKey));
}

test("[CAU3][T23] a context contains what was added and nothing beyond its gaps", () => {
  fc.assert(
    fc.property(dots, dots, fc.nat(3), (left, right, counter) => {
      const vector = counter === 0 ? emptyVector : new Map([[historyReplicaId(0), counter]]);
      const a = contextOf(left);
      const joined = joinContexts(a, contextOf(right, vector));
      const expected = all.filter((dot) => left.includes(dot) || right.includes(dot) || vectorContains(vector, dot));
      expect(contained(joined)).toEqual(new Set(expected.map(dotToKey)));
      expect(contained(a)).toEqual(new Set(left.map(dotToKey)));
    }),
    run,
  );
});

test("[CAU3] joins commute, and what the vector has reached takes no place of its own", () => {
  fc.assert(
    fc.property(dots, dots, fc.nat(4), (left, right, counter) => {
      const vector = counter === 0 ? emptyVector : new Map([[historyReplicaId(0), counter]]);
      const [a, b] = [contextOf(left), contextOf(right, vector)];
      const joined = joinContexts(a, b);
      expect(joined).toEqual(joinContexts(b, a));
      expect(joined.beyond.some((dot) => vectorContains(joined.vector, dot))).toBe(false);
      expect(joined.beyond).toEqual([...joined.beyond].sort(compareDots));
    }),
    run,
  );
});
