import fc from "fast-check";
import { expect, test } from "vitest";
import { historyReplicaId } from "../lattice/reference/history.ts";
import { compareVectors } from "./compare.ts";
import { compareDots, dotToKey, isSameDot } from "./dot.ts";
import { bytesToReplicaId, isReplicaId, replicaIdToBytes } from "./replica-id.ts";
import { addDot, emptyVector, joinVectors, vectorContains, vectorCovers, type VersionVector } from "./version-vector.ts";

const run = { seed: 20261123, numRuns: 1000 };
const replica = fc.nat(3).map(historyReplicaId);
const dot = fc.record({ replica, counter: fc.integer({ min: 1, max: 4 }) });
const vector: fc.Arbitrary<VersionVector> = fc
  .array(dot, { maxLength: 4 })
  .map((dots) => dots.reduce<VersionVector>((held, each) => addDot(held, each), emptyVector));

/** By definition: the set of dots that a vector stands for. */
function dotsOf(held: VersionVector): ReadonlySet<string> {
  return new Set(
    [...held].flatMap(([id, counter]) => Array.from({ length: counter }, (_, i) => dotToKey({ replica: id, counter: i + 1 }))),
  );
}

function includesAll(whole: ReadonlySet<string>, part: ReadonlySet<string>): boolean {
  return [...part].every((key) => whole.has(key));
}

test("[CAU1] the four answers are those of the sets of dots", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(vector, vector, (a, b) => {
      const [left, right] = [dotsOf(a), dotsOf(b)];
      const expected = includesAll(left, right)
        ? includesAll(right, left)
          ? "equal"
          : "after"
        : includesAll(right, left)
          ? "before"
          : "concurrent";
      expect(compareVectors(a, b)).toBe(expected);
      seen.add(expected);
    }),
    run,
  );
  expect([...seen].sort()).toEqual(["after", "before", "concurrent", "equal"]);
});

test("[CAU2] a join is the union of the sets of dots, and leaves its parts as they were", () => {
  fc.assert(
    fc.property(vector, vector, dot, (a, b, extra) => {
      const before = [new Map(a), new Map(b)];
      const joined = joinVectors(a, b);
      expect(dotsOf(joined)).toEqual(new Set([...dotsOf(a), ...dotsOf(b)]));
      expect(vectorCovers(joined, a) && vectorCovers(joined, b)).toBe(true);
      expect(vectorContains(a, extra)).toBe(dotsOf(a).has(dotToKey(extra)));
      expect(vectorContains(addDot(a, extra), extra)).toBe(true);
      expect([a, b]).toEqual(before);
    }),
    run,
  );
});

test("[CAU7] ids are 32 lower-case hexadecimal digits and 16 bytes, in one order", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const id = bytesToReplicaId(bytes);
      expect(isReplicaId(id)).toBe(true);
      expect(replicaIdToBytes(id)).toEqual(bytes);
    }),
    run,
  );
  for (const text of ["", "0".repeat(31), "0".repeat(33), "A".repeat(32), `${"0".repeat(32)}\n`]) expect(isReplicaId(text)).toBe(false);
});

test("[CAU7] a dot's key and its order name it alone", () => {
  fc.assert(
    fc.property(dot, dot, (a, b) => {
      expect(dotToKey(a) === dotToKey(b)).toBe(isSameDot(a, b));
      expect(compareDots(a, b) === 0).toBe(isSameDot(a, b));
      expect(Math.sign(compareDots(a, b))).toBe(-Math.sign(compareDots(b, a)) + 0);
    }),
    run,
  );
});
