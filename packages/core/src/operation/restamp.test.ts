import { describe, expect, it } from "vitest";
import { counterLattice } from "../lattice/counter.ts";
import { checkStamps, lamportAfter } from "../sync/admission.ts";
import { encodeTransaction, identityOf } from "../wire/transaction-codec.ts";
import { lastCounter, lastLamport, type Transaction, transactionWidth } from "./operation.ts";
import { replicaIdOf, schema, TestReplica } from "./reference/fixture.ts";
import { type PendingTransaction, restampTransactions } from "./restamp.ts";

const ownIdentity = (transaction: Transaction): Uint8Array => identityOf(transaction, encodeTransaction(transaction));
const old = replicaIdOf("a");
const young = replicaIdOf("e");

/** A device with `confirmed` transactions at r0 and some pending: all kinds, each pending write on what confirmed and pending ones made. */
function createForked(): { device: TestReplica; confirmedThrough: number; confirmed: Transaction[]; pending: PendingTransaction[] } {
  const device = new TestReplica(old, schema);
  device.write((tx) =>
    tx.notes.create(
      {
        title: "one",
        tags: ["x", "y"],
        checklist: [
          { label: "a", done: false },
          { label: "b", done: false },
        ],
        opened: 10,
        body: "text",
      },
      { id: "n" },
    ),
  );
  const confirmedThrough = device.counter;
  device.write((tx) => {
    tx.notes.update("n", { title: "two" });
    tx.notes.set("n", "tags").add("z");
    tx.notes.list("n", "checklist").push({ label: "c", done: false });
    tx.notes.counter("n", "opened").add(5);
    tx.notes.text("n", "body").insert(4, "!");
  });
  device.write((tx) => {
    tx.notes.set("n", "tags").delete("x", "z");
    tx.notes.list("n", "checklist").set(2, { label: "c2", done: true });
    tx.notes.list("n", "checklist").move(2, 0);
    tx.notes.list("n", "checklist").delete(1);
    tx.notes.counter("n", "opened").add(-2);
    tx.notes.create({ opened: 3 }, { id: "m" });
  });
  device.write((tx) => {
    tx.notes.counter("m", "opened").add(4);
    tx.notes.counter("n", "opened").add(1);
  });
  const pending = device.log.slice(1).map(({ transaction, planned }) => {
    const increments = new Map<number, number>();
    for (const [index, increment] of planned.increments.entries())
      if (increment !== undefined) increments.set(index, increment.up - increment.down);
    return { transaction, increments };
  });
  return { device, confirmedThrough, confirmed: device.log.slice(0, 1).map((entry) => entry.transaction), pending };
}

/** Of "n" alone the old id had anything confirmed. */
const confirmedOn = (_collection: string, record: string): number => (record === "n" ? 5 : 0);

const restamp = () => {
  const forked = createForked();
  return {
    ...forked,
    restamped: restampTransactions({
      pending: forked.pending,
      confirmedThrough: forked.confirmedThrough,
      confirmedOn,
      identityOf: ownIdentity,
      replica: young,
    }),
  };
};

function operationsOf(restamped: readonly PendingTransaction[]) {
  return restamped.flatMap(({ transaction }) => (transaction.body.type === "operations" ? transaction.body.operations : []));
}

describe("restamping", () => {
  it("[RST1][T4] counters from 1, without gaps, and nothing pending is lost", () => {
    const { device, confirmed, pending, restamped } = restamp();
    expect(restamped).toHaveLength(pending.length);
    let counter = 0;
    for (const [i, { transaction }] of restamped.entries()) {
      expect(transaction.replica).toBe(young);
      expect(transaction.counter).toBe(counter + 1);
      expect(transactionWidth(transaction)).toBe(transactionWidth(pending[i]?.transaction as Transaction));
      counter = lastCounter(transaction);
    }
    const r0 = new TestReplica(replicaIdOf("0"), schema);
    for (const transaction of [...confirmed, ...restamped.map((each) => each.transaction)]) r0.receive(transaction);
    for (const id of ["n", "m"]) expect(r0.view("notes", id)).toEqual(device.view("notes", id));
    expect(r0.view("notes", "n")).toMatchObject({
      title: "two",
      tags: ["y"],
      opened: 14,
      body: "text!",
      checklist: [{ label: "c2" }, { label: "b" }],
    });
  });

  it("[RST1][T4] the clone that went on under the old id loses nothing either", () => {
    const { confirmed, restamped } = restamp();
    const clone = new TestReplica(old, schema);
    clone.receive(confirmed[0] as Transaction);
    clone.counter = lastCounter(confirmed[0] as Transaction);
    clone.write((tx) => {
      tx.notes.counter("n", "opened").add(100);
      tx.notes.set("n", "tags").add("w");
      tx.notes.list("n", "checklist").push({ label: "d", done: false });
    });
    const r0 = new TestReplica(replicaIdOf("0"), schema);
    for (const transaction of [...confirmed, ...clone.log.map((entry) => entry.transaction), ...restamped.map((each) => each.transaction)])
      r0.receive(transaction);
    expect(r0.view("notes", "n")).toMatchObject({ opened: 114, tags: ["w", "y"], title: "two" });
    expect((r0.view("notes", "n") as { checklist: { label: string }[] }).checklist.map((item) => item.label).sort()).toEqual([
      "b",
      "c2",
      "d",
    ]);
  });

  it("[RST2][T23] contexts name what the old id has confirmed, and no more", () => {
    const { confirmedThrough, restamped } = restamp();
    expect(confirmedThrough).toBe(5);
    for (const { record, context } of operationsOf(restamped)) {
      expect(context.get(old)).toBe(record === "n" ? confirmedThrough : undefined);
      expect(context.has(young)).toBe(false);
    }
    const never = new TestReplica(old, schema);
    never.write((tx) => tx.notes.create({ title: "first" }, { id: "n" }));
    const only = [{ transaction: never.log[0]?.transaction as Transaction, increments: new Map() }];
    expect(
      operationsOf(
        restampTransactions({ pending: only, confirmedThrough: 0, confirmedOn: () => 0, identityOf: ownIdentity, replica: young }),
      )[0]?.context.size,
    ).toBe(0);
  });

  it("[RST3][F58] counter totals begin at nothing under the new id", () => {
    const totals = operationsOf(restamp().restamped)
      .filter((operation) => operation.field === "opened")
      .map((operation) => [operation.record, counterLattice.decodeDelta(operation.delta)]);
    expect(totals).toEqual([
      ["n", { up: 5, down: 0 }],
      ["n", { up: 5, down: 2 }],
      ["m", { up: 3, down: 0 }],
      ["m", { up: 7, down: 0 }],
      ["n", { up: 6, down: 2 }],
    ]);
  });

  it("[RST4] a removal of a confirmed add keeps its dot, one of a pending add takes the new", () => {
    const { confirmed, restamped } = restamp();
    const r0 = new TestReplica(replicaIdOf("0"), schema);
    for (const transaction of [...confirmed, ...restamped.slice(0, 1).map((each) => each.transaction)]) r0.receive(transaction);
    expect(r0.view("notes", "n")).toMatchObject({ tags: ["x", "y", "z"] });
    r0.receive(restamped[1]?.transaction as Transaction);
    expect(r0.view("notes", "n")).toMatchObject({ tags: ["y"] });
  });

  it("[RST5][T7] stamps stay what they were, and r0 takes each of them from a new replica, and what is written next", () => {
    // Between the first and the second their author had heard of others' writes.
    const heard = 500;
    const { pending: written, confirmedThrough } = createForked();
    const pending = written.map(({ transaction, increments }, index) => ({
      transaction: { ...transaction, lamport: transaction.lamport + (index === 0 ? 0 : heard) },
      increments,
    }));
    const restamped = restampTransactions({ pending, confirmedThrough, confirmedOn, identityOf: ownIdentity, replica: young }).map(
      ({ transaction }) => transaction,
    );
    expect(restamped.map(({ lamport }) => lamport)).toEqual(pending.map(({ transaction }) => transaction.lamport));
    const last = restamped.at(-1) as Transaction;
    const next = { ...last, counter: lastCounter(last) + 1, lamport: lastLamport(last) + 1 };
    let space = (restamped[0]?.lamport ?? 0) - 1;
    let mark = { mark: 0, chain: new Uint8Array(8), lamport: 0 };
    for (const [index, transaction] of [...restamped, next].entries()) {
      if (index === 1) space += heard;
      expect(checkStamps(transaction, mark, space)).toBeUndefined();
      const after = lamportAfter(transaction, mark, space);
      space = after.space;
      mark = { ...mark, mark: lastCounter(transaction), lamport: after.own };
    }
  });

  it("[RST1] intents and voids keep their identity and their width", () => {
    const base = createForked().pending[0]?.transaction as Transaction;
    const intent = { id: new Uint8Array(16), name: "buyPlan", input: new Uint8Array([0]) };
    const pending = [
      { transaction: { ...base, counter: 8, body: { type: "void" as const, counters: 3 } }, increments: new Map() },
      {
        transaction: { ...base, counter: 11, lamport: base.lamport + 3, body: { type: "intent" as const, intent } },
        increments: new Map(),
      },
    ];
    const [first, second] = restampTransactions({ pending, confirmedThrough: 7, confirmedOn, identityOf: ownIdentity, replica: young });
    expect(first?.transaction).toMatchObject({ counter: 1, body: { type: "void", counters: 3 } });
    expect(second?.transaction).toMatchObject({ counter: 4, body: { type: "intent", intent } });
  });

  it("[RST1] a gap in what is pending is a defect, not a guess", () => {
    const { pending } = createForked();
    expect(() =>
      restampTransactions({ pending: pending.slice(1), confirmedThrough: 5, confirmedOn, identityOf: ownIdentity, replica: young }),
    ).toThrow("out of order");
  });
});
