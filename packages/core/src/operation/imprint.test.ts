import fc from "fast-check";
import { expect, test } from "vitest";
import type { ReplicaId } from "../causality/replica-id.ts";
import { arbitraryTransaction } from "../wire/reference/arbitraries.ts";
import { encodeTransaction, identityOf, timelessIdentityOf } from "../wire/transaction-codec.ts";
import { initialChain, nextChain } from "./chain.ts";
import { decodeImprints, encodeImprints, isImprinted } from "./imprint.ts";
import { planPush } from "../sync/admission.ts";
import { lastCounter, type Transaction } from "./operation.ts";
import { successorOf } from "./successor.ts";

const identified = (transaction: Transaction) => ({ transaction, identity: identityOf(transaction, encodeTransaction(transaction)) });

/** One after the other, as a replica counts them. */
function inOrder(transactions: readonly Transaction[], from: number): readonly Transaction[] {
  let counter = from;
  return transactions.map((transaction) => {
    const moved = { ...transaction, counter };
    counter = lastCounter(moved) + 1;
    return moved;
  });
}

test("[CHAIN3][T4][F25] an imprint tells each transaction that was answered from any other under its counters", () => {
  fc.assert(
    fc.property(fc.array(arbitraryTransaction, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 1_000 }), (drawn, from) => {
      const answered = inOrder(drawn, from).map(identified);
      const imprints = decodeImprints(from, encodeImprints(answered));
      if (!imprints.ok) throw new Error(imprints.fault);
      expect([...imprints.value.keys()]).toEqual(answered.map(({ transaction }) => transaction.counter));
      for (const { transaction } of answered) {
        expect(isImprinted(imprints.value, identified({ ...transaction }))).toBe(true);
        expect(isImprinted(imprints.value, identified({ ...transaction, wallMs: transaction.wallMs + 1 }))).toBe(false);
        expect(isImprinted(imprints.value, identified({ ...transaction, counter: transaction.counter + 100_000 }))).toBe(false);
      }
    }),
    { seed: 20261123, numRuns: 100 },
  );
});

test("[CHAIN4][CLI67][T6] a transaction is the same with and without the positions that it names, and in a new epoch it names none", () => {
  fc.assert(
    fc.property(arbitraryTransaction, fc.integer({ min: 1, max: 1_000 }), (drawn, sequence) => {
      const before = identified({ ...drawn, dependencies: new Map([["elsewhere", sequence]]) });
      const after = identified({ ...drawn, dependencies: new Map() });
      const imprints = decodeImprints(drawn.counter, encodeImprints([before]));
      if (!imprints.ok) throw new Error(imprints.fault);
      expect(isImprinted(imprints.value, after)).toBe(true);
      const start = initialChain("s", drawn.replica);
      expect(nextChain(start, after.identity)).toEqual(nextChain(start, before.identity));
      const mark = { mark: lastCounter(before.transaction), chain: nextChain(start, before.identity), lamport: drawn.lamport };
      const plan = planPush(mark, start, [after.transaction], encodeTransaction);
      expect(plan.history).toBe("agreed");
    }),
    { seed: 20261123, numRuns: 100 },
  );
});

test("[CHAIN3] bytes that are no imprints are a fault", () => {
  expect(decodeImprints(1, Uint8Array.of(1, 2, 3)).ok).toBe(false);
});

test("[RST7][T1][F59] of what a new id is made of, nothing was told by a clock", () => {
  fc.assert(
    fc.property(arbitraryTransaction, fc.nat(), fc.integer({ min: 1 }), (drawn, wallMs, sequence) => {
      const identity = timelessIdentityOf(drawn);
      expect(timelessIdentityOf({ ...drawn, wallMs, dependencies: new Map([["elsewhere", sequence]]) })).toEqual(identity);
      expect(timelessIdentityOf({ ...drawn, lamport: drawn.lamport + 1 })).not.toEqual(identity);
    }),
    { seed: 20261123, numRuns: 100 },
  );
});

test("[RST6][T4] copies of one file come to the same new id from the same write, and to none that anybody else could know", () => {
  const [one, other] = ["1", "2"].map((digit) => digit.repeat(32) as ReplicaId) as [ReplicaId, ReplicaId];
  const [secret, write] = [Uint8Array.of(1, 2), Uint8Array.of(3)];
  const id = successorOf(one, secret, write);
  expect(successorOf(one, secret.slice(), write.slice())).toBe(id);
  const others = [successorOf(other, secret, write), successorOf(one, Uint8Array.of(9), write), successorOf(one, secret, Uint8Array.of(4))];
  expect(new Set([one, id, ...others]).size).toBe(5);
});
