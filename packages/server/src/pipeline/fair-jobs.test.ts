import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { takeFairly, type Weighed } from "./fair-jobs.ts";

interface Numbered extends Weighed {
  readonly number: number;
}

const jobsOf = (...spec: readonly (readonly [string, number])[]): Numbered[] =>
  spec.map(([principal, transactions], number) => ({ principal, transactions, number }));

describe("the jobs of a turn", () => {
  it("[OVL6] a principal that has queued many does not hold up the one that comes after", () => {
    const queue = jobsOf(...Array.from({ length: 100 }, () => ["ann", 10] as const), ["ben", 10], ["cat", 10]);
    const turn = takeFairly(queue, { jobsMax: 10, transactionsMax: 1_000 });
    expect(turn.map(({ principal }) => principal)).toEqual([...Array.from({ length: 8 }, () => "ann"), "ben", "cat"]);
    expect(queue.length).toBe(92);
  });

  it("[OVL6] any queue: bounded, at least one, everybody's order kept, nothing lost, and no principal more than one ahead without need", () => {
    const job = fc.tuple(fc.constantFrom("", "ann", "ben", "cat"), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(
        fc.array(job, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 30 }),
        (spec, jobsMax, transactionsMax) => {
          const all = jobsOf(...spec);
          const queue = [...all];
          let rounds = 0;
          const served = new Map<string, number[]>();
          while (queue.length > 0) {
            const turn = takeFairly(queue, { jobsMax, transactionsMax });
            expect(turn.length).toBeGreaterThan(0);
            expect(turn.length).toBeLessThanOrEqual(jobsMax);
            if (turn.length > 1) expect(turn.reduce((sum, { transactions }) => sum + transactions, 0)).toBeLessThanOrEqual(transactionsMax);
            for (const { principal, number } of turn) served.set(principal, [...(served.get(principal) ?? []), number]);
            // With room for jobs but not for transactions a large one may be passed over; with jobs alone nobody gets two more than another who waits.
            if (rounds === 0 && transactionsMax >= 9 * jobsMax)
              for (const { principal } of queue) {
                const own = turn.filter((each) => each.principal === principal).length;
                for (const other of turn) {
                  const theirs = turn.filter((each) => each.principal === other.principal).length;
                  expect(theirs).toBeLessThanOrEqual(own + 1);
                }
              }
            rounds++;
            expect(rounds).toBeLessThanOrEqual(all.length);
          }
          for (const numbers of served.values()) expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
          expect([...served.values()].flat().sort((a, b) => a - b)).toEqual(all.map(({ number }) => number));
        },
      ),
    );
  });
});
