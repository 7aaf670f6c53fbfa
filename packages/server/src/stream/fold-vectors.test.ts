import { describe, expect, it } from "vitest";
import { operationLimits } from "@holdfast/core";
import {
  createCursorCodec,
  decodeRecordState,
  isFold,
  latticesOf,
  type RecordState,
  type ReplicaId,
  type Sequenced,
} from "@holdfast/core/engine";
import type { TestClient } from "../testing/test-client.ts";
import { replicaId, TestReplica } from "../testing/test-replica.ts";
import { testSchema } from "../testing/test-schema.ts";
import type { TestServer } from "../testing/test-server.ts";
import { useTestServers } from "../testing/use-test-servers.ts";
import { compactionLimits } from "./compaction-limits.ts";

const open = useTestServers();

const everything = { countMax: 1_000, bytesMax: 10_000_000 };

async function stateOf(server: TestServer, record: string): Promise<{ readonly state: RecordState; readonly bytes: number }> {
  const row = (await server.store.readRecords("s", undefined, everything)).find((each) => each.record === record);
  const decoded = row === undefined ? undefined : decodeRecordState(latticesOf(testSchema.spec), row.state);
  if (row === undefined || decoded?.ok !== true) throw new Error(`no record ${record}`);
  return { state: decoded.value, bytes: row.state.length };
}

async function changesAfter(server: TestServer, client: TestClient, sequence: number): Promise<readonly Sequenced[]> {
  const cursor = createCursorCodec((await server.store.meta()).epoch, "s").encode({ type: "stream", sequence });
  const page = await client.pull(cursor);
  if (page.content.type !== "changes") throw new Error("a snapshot");
  return page.content.changes;
}

/** `n` replicas, one after the other, each with all that is there, change the title of "hot". */
async function visit(server: TestServer, from: number, n: number): Promise<void> {
  for (let i = from; i < from + n; i++) await visitOnce(server, i);
}

async function visitOnce(server: TestServer, n: number): Promise<void> {
  const replica = new TestReplica(replicaId(n));
  const client = await server.connect(replica);
  await hold(replica, client);
  await replica.write((tx) => tx.notes.update("hot", { title: `by ${n}` }));
  expect((await client.push()).outcomes).toEqual([]);
  client.close();
}

async function hold(replica: TestReplica, client: TestClient): Promise<void> {
  const page = await client.pull();
  replica.holdAll(page);
  if (page.content.type === "snapshot") replica.lamport = page.content.lamport;
}

async function create(server: TestServer): Promise<{ readonly writer: TestReplica; readonly client: TestClient }> {
  const writer = new TestReplica(replicaId(1));
  const client = await server.connect(writer);
  await writer.write((tx) => void tx.notes.create({ title: "hot" }, { id: "hot" }));
  await client.push();
  return { writer, client };
}

/** `meanwhile` runs once, between the finding of crowded records and what is made of them. */
function whenFound({ store }: TestServer, meanwhile: () => Promise<unknown>): void {
  const find = store.readCrowded.bind(store);
  let finds = 0;
  Object.assign(store, {
    readCrowded: async (...asked: Parameters<typeof find>) => {
      const found = await find(...asked);
      if (++finds === 1) await meanwhile();
      return found;
    },
  });
}

describe("long vectors", () => {
  it("[CMP10][F28] a record that three times as many replicas have written as a context may name can still be written", async () => {
    const server = await open();
    await create(server);
    const round = 60;
    const { vectorEntriesMax } = compactionLimits;
    for (let from = 2; from < 3 * operationLimits.writersMax; from += round) {
      await Promise.all(Array.from({ length: round }, (_, i) => visitOnce(server, from + i)));
      await server.server.compact("s", 0);
      expect((await stateOf(server, "hot")).state.vector.size).toBeLessThanOrEqual(vectorEntriesMax);
    }
    await visit(server, 5_000, vectorEntriesMax + 1);
    await server.server.compact("s", 0);
    const { state, bytes } = await stateOf(server, "hot");
    // The last fold is whole; of those before it, what the title refers to.
    expect([...(state.folded?.vector.keys() ?? [])].length).toBeLessThanOrEqual(vectorEntriesMax + 2);
    expect(state.kept.flatMap(({ vector }) => [...vector])).toHaveLength(0);
    expect(bytes).toBeLessThan(1_024);
    const reader = new TestReplica(replicaId(9_999));
    reader.holdAll(await (await server.connect(reader)).pull());
    expect(reader.digest()).toBe(await server.server.digest("s"));
    expect(await server.server.space("s").write((tx) => tx.notes.get("hot"))).toMatchObject({ title: `by ${5_000 + vectorEntriesMax}` });
  }, 120_000);

  it("[CMP9][F28] are folded in r0's stream, behind the horizon, and whoever reads on has what r0 has", async () => {
    let conflicts = 0;
    const server = await open({
      limits: { vectorEntriesMax: 3 },
      observe: (event) => {
        if (event.type === "turn") conflicts += event.conflicts;
      },
    });
    const { client } = await create(server);
    await visit(server, 2, 2);
    await server.server.compact("s", 0);
    expect((await stateOf(server, "hot")).state.folded).toBeUndefined();
    await visit(server, 4, 2);
    // A change above the horizon: somebody may not have passed it.
    await server.server.compact("s", 1);
    expect((await stateOf(server, "hot")).state.folded).toBeUndefined();
    const { head } = await server.server.inspect("s");
    const behind = await changesAfter(server, client, head - 1);
    await server.server.compact("s", 0);
    const { epoch } = await server.store.meta();
    expect([...(await stateOf(server, "hot")).state.vector.keys()]).toEqual([epoch]);
    const [fold] = await changesAfter(server, client, head);
    expect(fold?.transaction.body).toMatchObject({ operations: [{ record: "hot", context: new Map() }] });
    expect(fold?.transaction.body.type === "operations" && fold.transaction.body.operations.every(isFold)).toBe(true);
    expect(behind).toHaveLength(1);
    const reader = new TestReplica(replicaId(9));
    const other = await server.connect(reader);
    await hold(reader, other);
    expect(reader.digest()).toBe(await server.server.digest("s"));
    // It knows nothing of who wrote before, and meets nobody.
    const { body } = await reader.write((tx) => tx.notes.update("hot", { title: "after" }));
    expect(body).toMatchObject({ operations: [{ context: new Map([[epoch, 1]]) }] });
    await other.push();
    expect(conflicts).toBe(0);
    // One entry more is no reason to fold again.
    await server.server.compact("s", 0);
    expect((await server.server.inspect("s")).head).toBe(head + 2);
  });

  it("[CMP9] are folded by a round in the background when all have passed what they name, and not before", async () => {
    const server = await open({ limits: { vectorEntriesMax: 2 } });
    const writers = [1, 2, 3].map((n) => new TestReplica(replicaId(n)));
    const pullAt = async (writer: TestReplica, sequence: number): Promise<void> => {
      const client = await server.connect(writer);
      writer.applyAll(await changesAfter(server, client, sequence));
      client.close();
    };
    for (const [i, writer] of writers.entries()) {
      await pullAt(writer, 0);
      await writer.write(
        (tx) => void (i === 0 ? tx.notes.create({ title: "0" }, { id: "hot" }) : tx.notes.update("hot", { title: `${i}` })),
      );
      const client = await server.connect(writer);
      await client.push();
      client.close();
    }
    for (const writer of writers) await pullAt(writer, 0);
    for (const [i, writer] of writers.entries()) await pullAt(writer, i === 1 ? 2 : 3);
    await rounds(server);
    expect(await server.server.inspect("s")).toMatchObject({ horizon: 2 });
    expect((await stateOf(server, "hot")).state.folded).toBeUndefined();
    for (const writer of writers) await pullAt(writer, 3);
    await rounds(server);
    expect((await stateOf(server, "hot")).state.folded?.vector.size).toBe(3);
    // A fold is a change like any other: it is passed before the next lets go of anything.
    for (const writer of writers) await pullAt(writer, 3);
    for (const writer of writers) expect(writer.digest()).toBe(await server.server.digest("s"));
  });

  it("[CMP9][T10] stay if the record has been written again since it was found: its last change is above the horizon", async () => {
    const server = await open({ limits: { vectorEntriesMax: 3 } });
    await create(server);
    await visit(server, 2, 4);
    whenFound(server, () => visitOnce(server, 6));
    await server.server.compact("s", 0);
    expect((await stateOf(server, "hot")).state.folded).toBeUndefined();
    expect(await server.server.inspect("s")).toMatchObject({ horizon: 5, head: 6 });
    // The next round has passed it.
    await server.server.compact("s", 0);
    expect((await stateOf(server, "hot")).state.folded?.vector.size).toBe(6);
  });

  it("[CMP9][T10] are not folded of what has been deleted since it was found, though another instance moves the horizon over that: it is collected", async () => {
    const server = await open({ limits: { vectorEntriesMax: 3 } });
    const { writer } = await create(server);
    await visit(server, 2, 4);
    whenFound(server, async () => {
      const client = await server.connect(writer);
      await hold(writer, client);
      await writer.write((tx) => tx.notes.delete("hot"));
      await client.push(writer.log.slice(-1));
      client.close();
      await server.store.compact("s", 6);
    });
    await server.server.compact("s", 0);
    expect(await server.server.inspect("s")).toMatchObject({ head: 6, tombstones: 1 });
    await server.server.compact("s", 0);
    expect(await server.server.inspect("s")).toMatchObject({ head: 7, records: 0, tombstones: 0 });
  });

  it("[CMP9][T1][T23] of several records are folded together, each at a place of its own", async () => {
    const server = await open({ limits: { vectorEntriesMax: 2 } });
    await create(server);
    await server.server.space("s").write((tx) => void tx.notes.create({ title: "warm" }, { id: "warm" }));
    for (const n of [2, 3, 4]) {
      const replica = new TestReplica(replicaId(n));
      const client = await server.connect(replica);
      await hold(replica, client);
      for (const id of ["hot", "warm"]) await replica.write((tx) => tx.notes.update(id, { title: `by ${n}` }));
      await client.push();
    }
    const reader = new TestReplica(replicaId(9));
    const reading = await server.connect(reader);
    await hold(reader, reading);
    const { head } = await server.server.inspect("s");
    await server.server.compact("s", 0);
    expect((await server.server.inspect("s")).head).toBe(head + 1);
    const { epoch } = await server.store.meta();
    const dots = await Promise.all(["hot", "warm"].map(async (id) => (await stateOf(server, id)).state.vector.get(epoch as ReplicaId)));
    expect(new Set(dots).size).toBe(2);
    reader.applyAll(await changesAfter(server, reading, head));
    expect(reader.digest()).toBe(await server.server.digest("s"));
    const later = new TestReplica(replicaId(10));
    const client = await server.connect(later);
    await hold(later, client);
    for (const id of ["hot", "warm"]) await later.write((tx) => tx.notes.update(id, { title: "after" }));
    expect((await client.push()).outcomes).toEqual([]);
    for (const id of ["hot", "warm"])
      expect(await server.server.space("s").write((tx) => tx.notes.get(id))).toMatchObject({ title: "after" });
  });

  it("[CMP9][T7] are folded by nobody but r0", async () => {
    const server = await open();
    const { writer, client } = await create(server);
    await writer.write((tx) => tx.notes.delete("hot"));
    writer.replaceLast((last) => ({
      ...last,
      body: {
        type: "operations",
        operations: (last.body.type === "operations" ? last.body.operations : []).map((each) => ({ ...each, delta: Uint8Array.of(4) })),
      },
    }));
    expect((await client.push(writer.log.slice(-1))).outcomes).toMatchObject([{ type: "refused", code: "malformed" }]);
  });

  it("[VEC2][CMP9] what one writes who was away for long is taken; a delete that had not seen what was let go deletes nothing", async () => {
    const server = await open({ limits: { vectorEntriesMax: 3 } });
    await create(server);
    const away = new TestReplica(replicaId(0x777));
    const late = await server.connect(away);
    await visit(server, 2, 3);
    await hold(away, late);
    await away.write((tx) => tx.notes.update("hot", { title: "from away" }));
    await away.write((tx) => tx.notes.delete("hot"));
    for (const from of [10, 20, 30]) {
      await visit(server, from, 4);
      await server.server.compact("s", 0);
    }
    expect((await stateOf(server, "hot")).state.folded?.vector.has(replicaId(2))).toBe(false);
    expect((await late.push()).outcomes).toEqual([]);
    expect(await server.server.space("s").write((tx) => tx.notes.get("hot"))).toBeDefined();
    // Who has seen all of it deletes it.
    const reader = new TestReplica(replicaId(9));
    const other = await server.connect(reader);
    await hold(reader, other);
    await reader.write((tx) => tx.notes.delete("hot"));
    await other.push();
    expect(await server.server.space("s").write((tx) => tx.notes.get("hot"))).toBeUndefined();
    await server.server.compact("s", 0);
    expect(await server.server.inspect("s")).toMatchObject({ records: 0, tombstones: 0 });
  });
});

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

async function rounds(server: TestServer): Promise<void> {
  server.clock.advance(compactionLimits.streamRetentionMs);
  await settle();
  server.clock.advance(compactionLimits.positionsWriteMs * 2);
  await settle();
  server.clock.advance(compactionLimits.compactionMs * 2);
  for (let i = 0; i < 12; i++) {
    await settle();
    server.clock.advance(compactionLimits.compactionPauseMs * 2);
  }
  await settle();
}
