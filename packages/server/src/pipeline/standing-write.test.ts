import { afterEach, expect, it } from "vitest";
import { type Transaction, voidOf } from "@holdfast/core/engine";
import { replicaId, TestReplica } from "../testing/test-replica.ts";
import { openTestServer, type TestServer } from "../testing/test-server.ts";

let server: TestServer | undefined;
afterEach(() => server?.dispose());

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
  const withdrawn = await client.push([a, voidOf(b), c, own]);
  expect(withdrawn.outcomes).toMatchObject([{ type: "refused", counter: b.counter, code: "withdrawn-elsewhere" }]);
  expect(withdrawn.stopped).toEqual({ type: "forked", through: own.counter - 1 });
  // What nothing follows that r0 has may be any other history's.
  const last = await client.push([a, b, voidOf(c), own]);
  expect([last.outcomes, last.stopped]).toEqual([[], { type: "forked", through: c.counter - 1 }]);
});
