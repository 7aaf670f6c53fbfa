import { expect, it } from "vitest";
import { bytesToHex } from "../base/bytes.ts";
import { decodeTransaction, encodeTransaction, identityOf, timelessIdentityOf } from "../wire/transaction-codec.ts";
import { formerNameOf, nameIn, voidOf } from "./former.ts";
import { imprintOf } from "./imprint.ts";
import { type Transaction } from "./operation.ts";
import { replicaIdOf, schema, TestReplica } from "./reference/fixture.ts";
import { restampTransactions } from "./restamp.ts";

const old = replicaIdOf("a");
const young = replicaIdOf("b");

function written(): Transaction {
  const device = new TestReplica(old, schema);
  device.write((tx) => tx.notes.create({ title: "one" }, { id: "n" }));
  return device.log[0]?.transaction as Transaction;
}

function again(transaction: Transaction, replica = young): Transaction {
  const [moved] = restampTransactions({
    pending: [{ transaction, increments: new Map() }],
    confirmedThrough: transaction.counter - 1,
    confirmedOn: () => 0,
    identityOf,
    replica,
  });
  return moved?.transaction as Transaction;
}

it("[RST8][T4] what is said again names the id, the counter and the bytes that it had first, over any number of ids", () => {
  const first = written();
  expect(formerNameOf(first)).toBeUndefined();
  const second = again(first);
  const name = formerNameOf(second);
  expect(name).toMatchObject({ replica: old, counter: 1, imprint: imprintOf(identityOf(first)) });
  const third = again(second, replicaIdOf("c"));
  expect(formerNameOf(third)).toEqual(name);
  const decoded = decodeTransaction(encodeTransaction(third));
  expect(decoded.ok && formerNameOf(decoded.value)).toEqual(name);
  expect(name?.name).toBe(bytesToHex(third.extensions[0]?.bytes as Uint8Array));
});

it("[RST9][T4] a void names what it stands for, and is the same whether that was withdrawn first or said under a new id", () => {
  const first = { ...written(), extensions: [{ number: 7, bytes: Uint8Array.of(1) }], dependencies: new Map([["other", 3]]) };
  const intent = { id: new Uint8Array(16), name: "buy", input: new Uint8Array(1) };
  for (const transaction of [first, { ...first, body: { type: "intent", intent } } as const]) {
    const withdrawn = voidOf(transaction, identityOf);
    expect(formerNameOf(withdrawn)).toBeUndefined();
    expect(nameIn(withdrawn)).toMatchObject({ replica: old, counter: 1, imprint: imprintOf(identityOf(transaction)) });
    expect(withdrawn.extensions.map(({ number }) => number)).toEqual([1]);
    expect(withdrawn.dependencies.size).toBe(0);
    expect(again(withdrawn)).toEqual(voidOf(again(transaction), identityOf));
    // Its dependencies are not what it is.
    expect(voidOf({ ...transaction, dependencies: new Map() }, identityOf)).toEqual(withdrawn);
    expect(voidOf({ ...transaction, schemaVersion: 9 }, identityOf).extensions).not.toEqual(withdrawn.extensions);
    expect(voidOf(withdrawn, identityOf)).toEqual(withdrawn);
  }
});

it("[RST8] bytes that are no name are none", () => {
  const first = written();
  const bytes = again(first).extensions[0]?.bytes as Uint8Array;
  for (const wrong of [new Uint8Array(0), bytes.subarray(1), Uint8Array.of(...bytes, 0), bytes.fill(0, 16, 17)])
    expect(formerNameOf({ ...first, extensions: [{ number: 1, bytes: wrong }] })).toBeUndefined();
});

it("[RST7][F59] no clock has a say in the next id by way of a name, either", () => {
  const first = written();
  const late = { ...first, wallMs: first.wallMs + 1 };
  const named = (transaction: Transaction): readonly Transaction[] => [voidOf(transaction, identityOf), again(transaction)];
  expect(named(late).map(timelessIdentityOf)).toEqual(named(first).map(timelessIdentityOf));
});
