import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReplicaId } from "../causality/replica-id.ts";
import { initialChain, nextChain } from "../operation/chain.ts";
import { lastCounter, type Transaction } from "../operation/operation.ts";
import { encodeTransaction } from "../wire/transaction-codec.ts";
import * as wireLimits from "../wire/wire-limits.ts";
import { utf8Length } from "../base/utf8.ts";
import { checkStamps, isPushOf, lamportAfter, type Mark, planPush } from "./admission.ts";
import { alreadyHere, boundRefusal, clipText, decodeOutcome, encodeOutcome, saidElsewhere } from "./admission-outcome.ts";

const replica = "ab".repeat(16) as ReplicaId;

function logOf(widths: readonly number[], wallMs = 0): readonly Transaction[] {
  let counter = 1;
  return widths.map((width) => {
    const transaction: Transaction = {
      replica,
      counter,
      lamport: counter,
      schemaVersion: 1,
      wallMs,
      dependencies: new Map(),
      body: { type: "void", counters: width },
      extensions: [],
    };
    counter += width;
    return transaction;
  });
}

function markAfter(log: readonly Transaction[]): Mark {
  const last = log.at(-1);
  const chain = log.reduce((at, each) => nextChain(at, encodeTransaction(each)), initialChain("s", replica));
  return { mark: last === undefined ? 0 : lastCounter(last), chain, lamport: last?.lamport ?? 0 };
}

describe("a push against the mark", () => {
  it("[SRV3][SRV4][T3] takes each transaction once, in order, however a log is cut into pushes that overlap or come again", () => {
    const widths = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 });
    const cuts = fc.array(fc.tuple(fc.nat(12), fc.nat(12)), { maxLength: 20 });
    fc.assert(
      fc.property(widths, cuts, (sizes, pushes) => {
        const log = logOf(sizes);
        const taken: Transaction[] = [];
        for (const [from, count] of [...pushes, [0, log.length] as const]) {
          const batch = log.slice(from, from + count);
          const mark = markAfter(taken);
          const plan = planPush(mark, markAfter(log.slice(0, from)).chain, batch, encodeTransaction);
          const naive = from > taken.length ? [] : batch.slice(Math.max(0, taken.length - from));
          expect(plan.fresh.map((each) => each.transaction)).toEqual(naive);
          expect(plan.duplicates.map((each) => each.transaction)).toEqual(
            from > taken.length ? [] : batch.slice(0, Math.max(0, taken.length - from)),
          );
          expect(plan.stopped).toEqual(batch.length > 0 && from > taken.length ? { type: "gap" } : undefined);
          taken.push(...plan.fresh.map((each) => each.transaction));
        }
        expect(taken).toEqual(log);
      }),
      { seed: 20261123, numRuns: 200 },
    );
  });

  it("[SRV5][T4][T21] finds another history wherever it parts from r0's, unless the push ends before the mark", () => {
    const runs = fc.record({
      size: fc.integer({ min: 2, max: 8 }),
      marked: fc.nat(8),
      parts: fc.nat(8),
      from: fc.nat(8),
      count: fc.integer({ min: 1, max: 8 }),
    });
    fc.assert(
      fc.property(runs, ({ size, marked, parts, from, count }) => {
        const ours = logOf(Array.from({ length: size }, () => 1));
        const at = Math.min(marked, size);
        const begin = Math.min(from, at);
        const theirs = [
          ...ours.slice(0, parts),
          ...logOf(
            Array.from({ length: size }, () => 1),
            5,
          ).slice(parts),
        ];
        const batch = theirs.slice(begin, begin + count);
        const { history, fresh } = planPush(
          markAfter(ours.slice(0, at)),
          markAfter(theirs.slice(0, begin)).chain,
          batch,
          encodeTransaction,
        );
        const reachesMark = batch.length > 0 && begin + batch.length >= at;
        expect(history).toBe(batch.length > 0 && !reachesMark ? "unproven" : reachesMark && parts < at ? "parted" : "agreed");
        if (history !== "agreed") expect(fresh).toEqual([]);
      }),
      { seed: 20261123, numRuns: 300 },
    );
  });

  it("[SRV10][T7] lets every honest clock in, whatever was refused before, and none above its bound", () => {
    const step = fc.record({ width: fc.integer({ min: 1, max: 3 }), heard: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
        let space = 7; // others have written
        let mark: Mark = { mark: 0, chain: new Uint8Array(8), lamport: 0 };
        let clock = 0;
        for (const { width, heard } of steps) {
          clock = Math.max(clock, space - heard);
          const [base] = logOf([width]) as [Transaction];
          const honest = { ...base, counter: mark.mark + 1, lamport: clock + 1 };
          clock += width;
          expect(checkStamps(honest, mark, space)).toBeUndefined();
          const lying = { ...honest, lamport: space + 2 };
          expect(checkStamps(lying, mark, space)?.code).toBe("stamp-out-of-bounds");
          const after = lamportAfter(honest, mark, space);
          expect(lamportAfter(lying, mark, space).space).toBeLessThanOrEqual(space + width);
          mark = { ...mark, mark: lastCounter(honest), lamport: after.own };
          space = after.space;
        }
      }),
      { seed: 20261123, numRuns: 200 },
    );
  });

  it("[SES13][T20] is one only with its own transactions, of some width, in safe integers", () => {
    const [good] = logOf([2]) as [Transaction];
    expect(isPushOf(replica, [good])).toBe(true);
    const bad: readonly Transaction[] = [
      { ...good, replica: "00".repeat(16) as ReplicaId },
      { ...good, counter: 0 },
      { ...good, lamport: 0 },
      { ...good, body: { type: "operations", operations: [] } },
      { ...good, counter: Number.MAX_SAFE_INTEGER },
      { ...good, lamport: Number.MAX_SAFE_INTEGER },
    ];
    for (const each of bad) expect(isPushOf(replica, [good, each])).toBe(false);
  });
});

describe("a recorded outcome", () => {
  it("[SRV7][F12] comes back as it was, and any other bytes are a fault", () => {
    const refused = { type: "refused", counter: 4, code: "no", reason: "Nö." } as const;
    const accepted = { type: "accepted", counter: 4, sequence: 9, result: Uint8Array.of(1, 2) } as const;
    for (const outcome of [refused, accepted]) expect(decodeOutcome(4, encodeOutcome(outcome))).toEqual({ ok: true, value: outcome });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        expect(typeof decodeOutcome(1, bytes).ok).toBe("boolean");
      }),
      { seed: 20261123, numRuns: 300 },
    );
    expect(decodeOutcome(1, Uint8Array.of(9)).ok).toBe(false);
    expect(decodeOutcome(1, new Uint8Array(0)).ok).toBe(false);
  });

  it("[SRV8][F22] says by its first byte alone whether it was a refusal, and never by more of it or less", () => {
    const refused = encodeOutcome({ type: "refused", counter: 4, code: "", reason: "" });
    const accepted = encodeOutcome({ type: "accepted", counter: 4, sequence: 0, result: new Uint8Array(0) });
    expect(decodeOutcome(4, refused.slice(0, 1))).toMatchObject({
      ok: true,
      value: { type: "refused", counter: 4, code: "refused-earlier" },
    });
    expect(decodeOutcome(4, accepted.slice(0, 1))).toEqual({ ok: true, value: { type: "outcome-expired", counter: 4 } });
    expect([refused.length, accepted.length]).toEqual([3, 3]);
    for (const bytes of [refused, accepted]) expect(decodeOutcome(4, bytes.slice(0, 2)).ok).toBe(false);
  });

  it("[SRV6][T19] holds an app's own words within the wire's bounds, in whole characters", () => {
    const { code, reason } = boundRefusal({ code: "c".repeat(100), reason: "😀é".repeat(500) });
    expect([
      code.length,
      utf8Length(reason) <= wireLimits.outcomeReasonBytesMax,
      utf8Length(reason) > wireLimits.outcomeReasonBytesMax - 8,
    ]).toEqual([64, true, true]);
    expect(clipText("😀", 3)).toBe("");
    expect(clipText("\ud83d", 10)).toBe("unreadable");
  });

  it("[SRV37] keeps of a write that is here under another id that alone, and lets no app say so", () => {
    const outcome = { type: "refused", counter: 7, ...alreadyHere } as const;
    expect(decodeOutcome(7, encodeOutcome(outcome))).toEqual({ ok: true, value: outcome });
    expect(encodeOutcome(outcome)).toHaveLength(1);
    expect(boundRefusal({ code: saidElsewhere, reason: "an app's" }).code).toBe("refused");
  });
});
