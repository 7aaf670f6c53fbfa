import { expect, it } from "vitest";
import { bytesToHex } from "../base/bytes.ts";
import { decodeTransaction, encodeTransaction, identityOf } from "../wire/transaction-codec.ts";
import { formerNameOf } from "./former.ts";
import { imprintOf } from "./imprint.ts";
import { type Transaction, voidOf } from "./operation.ts";
import { replicaIdOf, schema, TestReplica } from "./reference/fixture.ts";
import { restampTransactions } from "./restamp.ts";

const ownIdentity = (transaction: Transaction): Uint8Array => identityOf(transaction, encodeTransaction(transaction));
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
    identityOf: ownIdentity,
    replica,
  });
  return moved?.transaction as Transaction;
}

it("[RST8][T4] what is said again names the id, the counter and the bytes that it had first, over any number of ids", () => {
  const first = written();
  expect(formerNameOf(first)).toBeUndefined();
  const second = again(first);
  const name = formerNameOf(second);
  expect(name).toMatchObject({ replica: old, counter: 1, imprint: imprintOf(ownIdentity(first)) });
  const third = again(second, replicaIdOf("c"));
  expect(formerNameOf(third)).toEqual(name);
  const decoded = decodeTransaction(encodeTransaction(third));
  expect(decoded.ok && formerNameOf(decoded.value)).toEqual(name);
  expect(name?.name).toBe(bytesToHex(third.extensions[0]?.bytes as Uint8Array));
});

it("[RST8] neither an intent, which has an id of its own, nor a void names another, and bytes that are no name are none", () => {
  const first = written();
  const intent = { id: new Uint8Array(16), name: "buy", input: new Uint8Array(1) };
  for (const other of [{ ...first, body: { type: "intent", intent } } as const, voidOf(first)]) expect(again(other).extensions).toEqual([]);
  const bytes = again(first).extensions[0]?.bytes as Uint8Array;
  for (const wrong of [new Uint8Array(0), bytes.subarray(1), Uint8Array.of(...bytes, 0), bytes.fill(0, 16, 17)])
    expect(formerNameOf({ ...first, extensions: [{ number: 1, bytes: wrong }] })).toBeUndefined();
});
