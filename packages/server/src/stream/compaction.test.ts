import { describe, expect, it } from "vitest";
import { operationLimits } from "@holdfast/core";
import { createCursorCodec, encodeRecordState, kindCodes, latticesOf, type Sequenced } from "@holdfast/core/engine";
import type { TestClient } from "../testing/test-client.ts";
import { replicaId, TestReplica } from "../testing/test-replica.ts";
import { testSchema } from "../testing/test-schema.ts";
import type { TestServer } from "../testing/test-server.ts";
import { useTestServers } from "../testing/use-test-servers.ts";
import { compactionLimits } from "./compaction-limits.ts";
import { createPositions } from "./positions.ts";

const dayMs = 24 * 3_600_000;
const { streamRetentionMs, replicaExpiryMs } = compactionLimits;

const open = useTestServers();

/** Long enough for a timer and what it starts; the test's clock stands still. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A round of compaction, with all its pauses, right after positions were written. */
async function round(server: TestServer, steps = 12): Promise<void> {
  server.clock.advance(compactionLimits.positionsWriteMs * 2);
  await settle();
  server.clock.advance(compactionLimits.compactionMs * 2);
  for (let i = 0; i < steps; i++) {
    await settle();
    server.clock.advance(compactionLimits.compactionPauseMs * 2);
  }
  await settle();
}

async function cursorAt(server: TestServer, sequence: number): Promise<Uint8Array> {
  return createCursorCodec((await server.store.meta()).epoch, "s").encode({ type: "stream", sequence });
}

async function writeEach(writer: TestReplica, client: TestClient, titles: readonly string[]): Promise<void> {
  const from = writer.log.length;
  for (const title of titles) await writer.write((tx) => void tx.notes.create({ title }, { id: title }));
  await client.push(writer.log.slice(from));
}

async function changesAfter(server: TestServer, client: TestClient, sequence: number): Promise<readonly Sequenced[]> {
  const page = await client.pull(await cursorAt(server, sequence));
  if (page.content.type !== "changes") throw new Error("a snapshot");
  return page.content.changes;
}

const horizonOf = async (server: TestServer): Promise<number> => (await server.server.inspect("s")).horizon;

describe("the horizon", () => {
  it("[CMP1][CMP3] follows what every active replica has passed, and the retention age; who is not heard of for long holds nothing", async () => {
    const server = await open();
    const writer = new TestReplica(replicaId(1));
    const client = await server.connect(writer);
    const slow = await server.connect(new TestReplica(replicaId(2)));
    await writeEach(writer, client, ["a", "b", "c"]);
    await client.pull(await cursorAt(server, 3));
    await slow.pull(await cursorAt(server, 2));
    await round(server);
    expect(await horizonOf(server)).toBe(0);
    server.clock.advance(streamRetentionMs);
    await round(server);
    expect(await server.server.inspect("s")).toMatchObject({
      horizon: 2,
      head: 3,
      streamRows: 1,
      records: 3,
      replicas: [
        { replica: replicaId(2), sequence: 2 },
        { replica: replicaId(1), sequence: 3 },
      ],
    });
    server.clock.advance(replicaExpiryMs);
    await round(server);
    expect(await server.server.inspect("s")).toMatchObject({ horizon: 3, streamRows: 0, streamBytes: 0, replicas: [] });
    // It is dead to the horizon, and not forgotten: what it says again is a duplicate still.
    expect((await server.store.readMark("s", replicaId(1)))?.mark).toBe(3);
    const back = await server.connect(writer, { cursor: await cursorAt(server, 2) });
    expect(await back.push(writer.log)).toMatchObject({ mark: 3, head: 3, outcomes: [] });
    expect((await back.pull(await cursorAt(server, 2))).content).toMatchObject({ type: "snapshot", first: true });
  });

  it("[CMP1] does not pass where a snapshot began that is being read", async () => {
    const server = await open();
    const writer = new TestReplica(replicaId(1));
    const client = await server.connect(writer);
    await writeEach(
      writer,
      client,
      Array.from({ length: 60 }, (_, i) => `n${i}`),
    );
    const reader = await server.connect(new TestReplica(replicaId(2)));
    const first = await reader.pull(new Uint8Array(0), { bytesMax: 1_024 });
    expect(first.more).toBe(true);
    await reader.pull(first.cursor, { bytesMax: 1_024 });
    await writer.write((tx) => tx.notes.update("n1", { title: "newer" }));
    await client.push(writer.log.slice(-1));
    server.clock.advance(streamRetentionMs + dayMs);
    await round(server);
    expect(await horizonOf(server)).toBe(60);
  });

  it("[CMP2] is forced by the number and the bytes of the stream's rows, whoever has not passed it", async () => {
    for (const limits of [{ streamRowsMax: 10 }, { streamBytesMax: 1_000 }]) {
      const server = await open({ limits });
      const writer = new TestReplica(replicaId(1));
      const client = await server.connect(writer);
      const slow = await server.connect(new TestReplica(replicaId(2)));
      await slow.pull(await cursorAt(server, 0));
      await writeEach(
        writer,
        client,
        Array.from({ length: 30 }, (_, i) => `n${i}`),
      );
      await round(server);
      const { horizon, streamRows, streamBytes } = await server.server.inspect("s");
      expect(horizon).toBeGreaterThan(0);
      expect(streamRows).toBeGreaterThan(0);
      if ("streamRowsMax" in limits) expect(streamRows).toBe(9);
      else expect(streamBytes).toBeLessThanOrEqual(1_000);
      const back = await server.connect(new TestReplica(replicaId(2)));
      expect((await back.pull(await cursorAt(server, 0))).content.type).toBe("snapshot");
    }
  });

  it("[CMP2][CMP6] is not forced by rows that another had let go of, and not dropped yet when it died", async () => {
    const filled = async (streamBytesMax: number): Promise<TestServer> => {
      const server = await open({ limits: { streamBytesMax } });
      const titles = Array.from({ length: 30 }, (_, i) => `n${i}`);
      const writer = new TestReplica(replicaId(1));
      await writeEach(writer, await server.connect(writer), titles);
      return server;
    };
    const { streamBytes } = await (await filled(1_000_000)).store.sizeOf("s");
    const server = await filled(Math.floor(streamBytes * 0.6));
    const slow = await server.connect(new TestReplica(replicaId(2)));
    await slow.pull(await cursorAt(server, 15));
    await server.store.compact("s", 15);
    await round(server);
    expect(await server.server.inspect("s")).toMatchObject({ horizon: 15, streamRows: 15 });
  });

  it("[CMP7] rests on positions that are written lazily, again when they have moved or grown old, and after a failure", async () => {
    const written: string[] = [];
    let nowMs = 0;
    let broken = false;
    const failures: unknown[] = [];
    const store = {
      writePositions: async (rows: readonly { readonly sequence: number; readonly atMs: number }[]) => {
        if (broken) throw new Error("no disk");
        written.push(rows.map(({ sequence, atMs }) => `${sequence}@${atMs}`).join(" "));
      },
    };
    const limits = { ...compactionLimits, positionsHeldMax: 3 };
    const positions = createPositions(
      store,
      () => nowMs,
      limits,
      (error) => failures.push(error),
    );
    for (const sequence of [1, 2, 3]) positions.passed("s", replicaId(1), sequence);
    expect(written).toEqual([]);
    await positions.write();
    positions.passed("s", replicaId(1), 3);
    await positions.write();
    expect(written).toEqual(["3@0"]);
    nowMs = limits.positionsRepeatMs;
    positions.passed("s", replicaId(1), 3);
    broken = true;
    await positions.write();
    expect(failures).toHaveLength(1);
    broken = false;
    positions.passed("s", replicaId(1), 4);
    await positions.write();
    expect(written.slice(1)).toEqual([`4@${nowMs}`]);
    for (const space of ["a", "b", "c"]) positions.passed(space, replicaId(1), 1);
    await positions.write();
    expect(written.at(-1)?.split(" ")).toHaveLength(3);
  });
});

describe("a tombstone behind the horizon", () => {
  const deleted = async () => {
    const server = await open();
    const writer = new TestReplica(replicaId(1));
    const client = await server.connect(writer);
    await writeEach(writer, client, ["kept", "gone"]);
    await writer.write((tx) => tx.notes.delete("gone"));
    await client.push(writer.log.slice(-1));
    return { server, writer, client };
  };

  it("[CMP4][T10][F35] is collected by a change of r0's own, which every replica applies at the same place; digests stay equal", async () => {
    const { server, client } = await deleted();
    const reader = new TestReplica(replicaId(2));
    const other = await server.connect(reader);
    reader.applyAll(await changesAfter(server, other, 0));
    const before = await server.server.digest("s");
    await server.server.compact("s", 0);
    expect(await server.server.inspect("s")).toMatchObject({ head: 4, horizon: 3, records: 1, tombstones: 0 });
    expect(await server.server.digest("s")).not.toBe(before);
    const collection = await changesAfter(server, other, 3);
    expect(collection).toMatchObject([{ sequence: 4, transaction: { body: { operations: [{ record: "gone", creates: false }] } } }]);
    reader.applyAll(collection);
    const fresh = new TestReplica(replicaId(3));
    const snapshot = await client.pull();
    expect(snapshot.content).toMatchObject({ type: "snapshot", records: [{ record: "kept" }] });
    expect(reader.digest()).toBe(await server.server.digest("s"));
    // The collection stands behind the snapshot, and does nothing there.
    fresh.holdAll(snapshot);
    expect(fresh.digest()).toBe(await server.server.digest("s"));
    fresh.applyAll(collection);
    expect(fresh.digest()).toBe(await server.server.digest("s"));
  });

  it("[CMP4] stays as long as a change of its record is above the horizon, and what has come back is never collected", async () => {
    const { server, writer, client } = await deleted();
    await server.server.compact("s", 1);
    expect(await server.server.inspect("s")).toMatchObject({ horizon: 2, tombstones: 1 });
    await writer.write((tx) => void tx.notes.create({ title: "back" }, { id: "gone" }));
    await client.push(writer.log.slice(-1));
    await server.server.compact("s", 0);
    expect(await server.server.inspect("s")).toMatchObject({ horizon: 4, head: 4, records: 2, tombstones: 0 });
  });

  it("[CMP4][T10] stays if it has come back and gone again since it was found: its last change is above the horizon", async () => {
    const { server } = await deleted();
    const find = server.store.readTombstones.bind(server.store);
    let finds = 0;
    Object.assign(server.store, {
      readTombstones: async (...asked: Parameters<typeof find>) => {
        const found = await find(...asked);
        if (++finds > 1) return found;
        const space = server.server.space("s");
        await space.write((tx) => void tx.notes.create({ title: "back" }, { id: "gone" }));
        await space.write((tx) => tx.notes.delete("gone"));
        return found;
      },
    });
    await server.server.compact("s", 0);
    expect(await server.server.inspect("s")).toMatchObject({ horizon: 3, head: 5, tombstones: 1 });
  });

  it("[CMP5][T10][F31] leaves nothing to edit: what builds on it is refused, a deletion does nothing, a creation creates", async () => {
    const { server, writer, client } = await deleted();
    const late = new TestReplica(replicaId(2));
    const deleting = new TestReplica(replicaId(4));
    const returned: [TestReplica, TestClient][] = [];
    for (const replica of [late, deleting]) {
      const connected = await server.connect(replica);
      replica.applyAll((await changesAfter(server, connected, 0)).slice(0, replica === deleting ? 2 : 3));
      returned.push([replica, connected]);
    }
    await writer.write((tx) => tx.notes.counter("kept", "opened").add(1));
    await client.push(writer.log.slice(-1));
    await late.write((tx) => void tx.notes.create({ title: "mine", tags: ["x"] }, { id: "gone" }));
    await deleting.write((tx) => tx.notes.delete("gone"));
    await deleting.write((tx) => tx.notes.update("kept", { title: "seen" }));
    await server.server.compact("s", 0);
    expect((await returned[1]?.[1].push())?.outcomes).toEqual([]);
    expect((await returned[0]?.[1].push())?.outcomes).toEqual([]);
    expect(await server.server.space("s").write((tx) => tx.notes.get("gone"))).toMatchObject({ title: "mine", tags: ["x"] });
    const reader = new TestReplica(replicaId(9));
    reader.holdAll(await (await server.connect(reader)).pull());
    expect(reader.digest()).toBe(await server.server.digest("s"));
  });

  it("[CMP5][F31][F58] an edit, and a counter that counts from what is gone, are refused as collected", async () => {
    const server = await open();
    const writer = new TestReplica(replicaId(1));
    const client = await server.connect(writer);
    await writer.write((tx) => void tx.notes.create({ title: "gone", opened: 5 }, { id: "gone" }));
    await client.push();
    const editing = new TestReplica(replicaId(2));
    const late = await server.connect(editing);
    editing.applyAll(await changesAfter(server, late, 0));
    await editing.write((tx) => tx.notes.update("gone", { title: "edited" }));
    await writer.write((tx) => tx.notes.delete("gone"));
    await client.push(writer.log.slice(-1));
    const again = new TestReplica(replicaId(3));
    const creating = await server.connect(again);
    again.applyAll(await changesAfter(server, creating, 0));
    await again.write((tx) => void tx.notes.create({ title: "again" }, { id: "gone" }));
    await server.server.compact("s", 0);
    expect((await late.push()).outcomes).toMatchObject([{ type: "refused", code: "collected" }]);
    expect((await creating.push()).outcomes).toMatchObject([{ type: "refused", code: "collected" }]);
    expect((await server.server.inspect("s")).records).toBe(0);
    // Also where another record has come under its id.
    const fresh = new TestReplica(replicaId(4));
    await fresh.write((tx) => void tx.notes.create({ title: "new" }, { id: "gone" }));
    expect((await (await server.connect(fresh)).push()).outcomes).toEqual([]);
    await editing.write((tx) => tx.notes.update("gone", { title: "edited again" }));
    expect((await late.push(editing.log.slice(-1))).outcomes).toMatchObject([{ type: "refused", code: "collected" }]);
    expect(await server.server.space("s").write((tx) => tx.notes.get("gone"))).toMatchObject({ title: "new", opened: 0 });
  });

  it("[CMP4][F28] is collected however many have written it, and a record that too many have written is refused by name, not by a defect", async () => {
    const server = await open();
    const writers = operationLimits.writersMax + 1;
    const first = new TestReplica(replicaId(1));
    const client = await server.connect(first);
    await first.write((tx) => void tx.notes.create({ title: "hot" }, { id: "hot" }));
    await client.push();
    const [row] = await server.store.readRecords("s", undefined, { countMax: 1, bytesMax: 1 });
    const [space] = await server.store.readSpaces(["s"]);
    const held = first.held()[0]?.[2];
    if (row === undefined || space === undefined || held === undefined) throw new Error("no record");
    const vector = new Map(held.vector);
    for (let n = 2; n <= writers; n++) vector.set(replicaId(n), 1);
    const state = encodeRecordState(latticesOf(testSchema.spec), { ...held, vector });
    const none = { marks: [], stream: [], outcomes: [], intents: [], imprints: [], collected: [], stateBytes: 0, settled: [] };
    await server.store.transact("s", async () => ({ batch: { space, ...none, records: [{ ...row, state }] }, result: undefined }));
    const notes = server.server.space("s");
    await expect(notes.write((tx) => tx.notes.update("hot", { title: "one more" }))).rejects.toMatchObject({ code: "too-large" });
    const reader = new TestReplica(replicaId(1));
    const snapshot = await client.pull();
    reader.holdAll(snapshot);
    await expect(reader.write((tx) => tx.notes.delete("hot"))).rejects.toMatchObject({ code: "too-large" });
    // A device of an older version deletes it: the wire takes a few more than the limit.
    const deleting = new TestReplica(replicaId(0x9999));
    deleting.holdAll(snapshot);
    await deleting.write((tx) => void tx.notes.create({}, { id: "x" }));
    const seen = deleting.held().find(([, id]) => id === "hot")?.[2].vector ?? new Map<never, never>();
    const deletion = {
      collection: "notes",
      record: "hot",
      field: "",
      kind: kindCodes.presence,
      delta: Uint8Array.of(2),
      context: seen,
      creates: false,
    };
    const dropped = deleting.replaceLast((last) => ({ ...last, body: { type: "operations", operations: [deletion] } }));
    const other = await server.connect(deleting);
    expect((await other.push([dropped])).outcomes).toEqual([]);
    await server.server.compact("s", 0);
    expect(await server.server.inspect("s")).toMatchObject({ records: 0, tombstones: 0 });
    const [collection] = await changesAfter(server, other, (await server.server.inspect("s")).horizon);
    reader.apply(dropped);
    reader.apply((collection as Sequenced).transaction, collection?.sequence);
    expect(reader.digest()).toBe(await server.server.digest("s"));
  });

  it("[CMP4][T7] is collected by nobody but r0", async () => {
    const { server, writer, client } = await deleted();
    await writer.write((tx) => tx.notes.delete("kept"));
    writer.replaceLast((last) => ({
      ...last,
      body: {
        type: "operations",
        operations: (last.body.type === "operations" ? last.body.operations : []).map((each) => ({ ...each, delta: Uint8Array.of(3) })),
      },
    }));
    expect((await client.push(writer.log.slice(-1))).outcomes).toMatchObject([{ type: "refused", code: "malformed" }]);
    expect((await server.server.inspect("s")).records).toBe(1);
  });

  it("[CMP11][F35] leaves a space that cannot be compacted now for the next round, and goes on with the others", async () => {
    const server = await open();
    for (const [n, space] of ["a", "b"].entries()) {
      const writer = new TestReplica(replicaId(n + 1), space);
      await writeEach(writer, await server.connect(writer), ["1", "2"]);
    }
    server.clock.advance(replicaExpiryMs);
    const compact = server.store.compact.bind(server.store);
    let fails = true;
    Object.assign(server.store, {
      compact: (...asked: Parameters<typeof compact>) => (fails && asked[0] === "a" ? Promise.reject(new Error("no")) : compact(...asked)),
    });
    const horizons = async () => [(await server.server.inspect("a")).horizon, (await server.server.inspect("b")).horizon];
    await round(server);
    expect(await horizons()).toEqual([0, 2]);
    expect(server.log.filter(({ event }) => event === "compaction-failed")).toHaveLength(1);
    fails = false;
    await round(server);
    expect(await horizons()).toEqual([2, 2]);
  });

  it("[CMP6] is done by one round at a time in an instance: one that takes long is not overtaken by the next", async () => {
    const server = await open();
    const writer = new TestReplica(replicaId(1));
    await writeEach(writer, await server.connect(writer), ["1", "2"]);
    server.clock.advance(replicaExpiryMs);
    await settle();
    const find = server.store.readCompactable.bind(server.store);
    let asked = 0;
    let goOn = (): void => undefined;
    const away = new Promise<void>((resolve) => (goOn = resolve));
    Object.assign(server.store, {
      readCompactable: async (...bounds: Parameters<typeof find>) => {
        asked++;
        await away;
        return find(...bounds);
      },
    });
    for (let n = 0; n < 4; n++) await round(server);
    expect(asked).toBe(1);
    goOn();
    await round(server);
    await round(server);
    expect(asked).toBeGreaterThan(1);
  });

  it("[CMP6][F35] goes in bounded steps between which others write, and two who do it at once do it once", async () => {
    const server = await open({ limits: { collectedRecordsMax: 7, compactionRowsMax: 5 } });
    const writer = new TestReplica(replicaId(1));
    const client = await server.connect(writer);
    for (let i = 0; i < 40; i++) await writer.write((tx) => void tx.notes.create({ title: `${i}` }, { id: `n${i}` }));
    for (let i = 0; i < 30; i++) await writer.write((tx) => tx.notes.delete(`n${i}`));
    await client.push();
    await writer.write((tx) => tx.notes.update("n39", { title: "between" }));
    const [, , answer] = await Promise.all([
      server.server.compact("s", 0),
      server.server.compact("s", 0),
      client.push(writer.log.slice(-1)),
    ]);
    expect(answer.outcomes).toEqual([]);
    const { head, horizon, streamRows, tombstones, records } = await server.server.inspect("s");
    expect({ tombstones, records, streamRows: head - horizon }).toEqual({ tombstones: 0, records: 10, streamRows });
    const rows = await server.store.readStream("s", 0, head, { countMax: 1_000, bytesMax: 1_000_000 });
    expect(rows.map(({ sequence }) => sequence)).toEqual(Array.from({ length: head - horizon }, (_, i) => horizon + i + 1));
    const collected = rows.filter(({ replica }) => replica !== writer.id);
    expect(collected.length).toBeGreaterThanOrEqual(Math.ceil(30 / 7));
    const reader = new TestReplica(replicaId(9));
    reader.holdAll(await (await server.connect(reader)).pull());
    expect(reader.digest()).toBe(await server.server.digest("s"));
  });

  it("[CMP4][DBS20] that an older version only suspected to be one is written as what it is", async () => {
    const { server, writer, client } = await deleted();
    await writer.write((tx) => void tx.notes.create({ title: "back" }, { id: "gone" }));
    await client.push(writer.log.slice(-1));
    const [row] = (await server.store.readRecords("s", undefined, { countMax: 9, bytesMax: 9_999 })).filter(
      ({ record }) => record === "gone",
    );
    const space = (await server.store.readSpaces(["s"]))[0];
    if (row === undefined || space === undefined) throw new Error("no row");
    const none = { marks: [], stream: [], outcomes: [], intents: [], imprints: [], collected: [], stateBytes: 0, settled: [] };
    await server.store.transact("s", async () => ({ batch: { space, ...none, records: [{ ...row, deleted: true }] }, result: undefined }));
    expect((await server.server.inspect("s")).tombstones).toBe(1);
    await server.server.compact("s", 0);
    expect(await server.server.inspect("s")).toMatchObject({ tombstones: 0, records: 2 });
    expect(await server.server.space("s").write((tx) => tx.notes.get("gone"))).toMatchObject({ title: "back" });
  });
});

describe("who comes back after long", () => {
  it("[CMP8][F70] gets states where they weigh less than what has happened to them, and changes where they do not", async () => {
    const server = await open({ limits: { catchUpRowsMin: 20 } });
    const writer = new TestReplica(replicaId(1));
    const client = await server.connect(writer);
    await writer.write((tx) => void tx.notes.create({ title: "0" }, { id: "n" }));
    for (let i = 1; i < 60; i++) await writer.write((tx) => tx.notes.update("n", { title: `${i}` }));
    await client.push();
    const reader = await server.connect(new TestReplica(replicaId(2)));
    expect((await reader.pull(await cursorAt(server, 1))).content).toMatchObject({ type: "snapshot", records: [{ record: "n" }] });
    expect((await reader.pull(await cursorAt(server, 45))).content.type).toBe("changes");
    const many = await open({ limits: { catchUpRowsMin: 20 } });
    const other = new TestReplica(replicaId(1));
    for (let i = 0; i < 60; i++) await other.write((tx) => void tx.notes.create({ title: `${i}` }));
    await (await many.connect(other)).push();
    const late = await many.connect(new TestReplica(replicaId(2)));
    expect((await late.pull(await cursorAt(many, 1))).content.type).toBe("changes");
  });
});
