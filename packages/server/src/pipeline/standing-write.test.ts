import { afterEach, expect, it } from "vitest";
import { identityOf, type Operation, type Transaction, voidOf } from "@holdfast/core/engine";
import { replicaId, TestReplica } from "../testing/test-replica.ts";
import { openTestServer, type TestServer } from "../testing/test-server.ts";

let server: TestServer | undefined;
afterEach(() => server?.dispose());

function operationsOf({ body }: Transaction): readonly Operation[] {
  return body.type === "operations" ? body.operations : [];
}

it("[SRV38][T4][F10] a void before what both copies have is told that r0 has something else in its place", async () => {
  server = await openTestServer();
  const copies = [new TestReplica(replicaId(1)), new TestReplica(replicaId(1))];
  for (const copy of copies) for (const title of ["a", "b", "c"]) await copy.write((tx) => void tx.notes.create({ title }, { id: title }));
  const [other, original] = copies as [TestReplica, TestReplica];
  await other.write((tx) => void tx.notes.create({ title: "later" }, { id: "later" }));
  await (await server.connect(other)).push();
  const [a, b, c] = original.log as [Transaction, Transaction, Transaction];
  await original.write((tx) => void tx.notes.create({ title: "own" }, { id: "own" }));
  const client = await server.connect(original);
  const own = original.log[3] as Transaction;
  const withdrawn = await client.push([a, voidOf(b, identityOf), c, own]);
  expect(withdrawn.outcomes).toMatchObject([{ type: "refused", counter: b.counter, code: "withdrawn-elsewhere" }]);
  expect(withdrawn.stopped).toEqual({ type: "forked", through: own.counter - 1 });
});

it("[SRV38][T4][F10] a void that nothing follows names what it stands for, and r0 tells that from another copy's own", async () => {
  server = await openTestServer();
  const copies = [new TestReplica(replicaId(1)), new TestReplica(replicaId(1))];
  for (const copy of copies) for (const title of ["a", "b"]) await copy.write((tx) => void tx.notes.create({ title }, { id: title }));
  const [other, original] = copies as [TestReplica, TestReplica];
  await other.write((tx) => void tx.notes.create({ title: "later" }, { id: "later" }));
  await (await server.connect(other)).push();
  const [a, b] = original.log as [Transaction, Transaction];
  const withdrawn = voidOf(b, identityOf);
  await original.write((tx) => void tx.notes.create({ title: "own" }, { id: "own" }));
  const own = original.log[2] as Transaction;
  const client = await server.connect(original);
  const answer = await client.push([a, withdrawn, own]);
  expect(answer.outcomes).toMatchObject([{ type: "refused", counter: b.counter, code: "withdrawn-elsewhere" }]);
  expect(answer.stopped).toEqual({ type: "forked", through: own.counter - 1 });
  // A write of its own that the other never had, a name that is not of this place, and none at all, as an earlier version wrote.
  const parted = { outcomes: [], stopped: { type: "forked", through: b.counter - 1 } };
  const moved = { ...b, counter: b.counter + 1 };
  for (const extensions of [voidOf({ ...b, lamport: b.lamport + 1 }, identityOf), voidOf(moved, identityOf)].map((each) => each.extensions))
    expect(await client.push([a, { ...withdrawn, extensions }, own])).toMatchObject(parted);
  expect(await client.push([a, { ...withdrawn, extensions: [] }, own])).toMatchObject(parted);
});

it("[SRV25][T4] two copies whose different writes have one place, one stamp and one moment are told apart also where one left a void", async () => {
  server = await openTestServer();
  const replica = new TestReplica(replicaId(1));
  await replica.write((tx) => void tx.notes.create({ title: "a" }, { id: "a" }));
  const refused = await replica.write((tx) => void tx.notes.create({ title: "refused" }, { id: "refused" }));
  const [a] = replica.log as [Transaction];
  await (await server.connect(replica)).push([a, voidOf(refused, identityOf)]);
  const body = { type: "operations" as const, operations: operationsOf(refused).map((each) => ({ ...each, record: "another" })) };
  const client = await server.connect(replica);
  // Its author learns that the two have parted, and says it under a new id.
  expect(await client.push([a, { ...refused, body }])).toMatchObject({ outcomes: [], stopped: { type: "forked", through: a.counter } });
  const known = await client.push([a, refused]);
  expect(known.outcomes).toMatchObject([{ type: "refused", counter: refused.counter, code: "withdrawn-elsewhere" }]);
});

it("[SRV25][T4] a void that an earlier version left, without a name, is known for what it stands for", async () => {
  server = await openTestServer();
  const replica = new TestReplica(replicaId(1));
  const write = await replica.write((tx) => void tx.notes.create({ title: "a" }, { id: "a" }));
  const client = await server.connect(replica);
  await client.push([{ ...voidOf(write, identityOf), extensions: [] }]);
  const { outcomes } = await client.push([write]);
  expect(outcomes).toMatchObject([{ type: "refused", counter: write.counter, code: "withdrawn-elsewhere" }]);
});
