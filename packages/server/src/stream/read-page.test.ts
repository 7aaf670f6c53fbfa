import { describe, expect, it } from "vitest";
import { createCursorCodec, decodeRecordState, digestSpace, latticesOf, type RecordState } from "@holdfast/core/engine";
import type { Message, TestClient } from "../testing/test-client.ts";
import { replicaId, TestReplica } from "../testing/test-replica.ts";
import { testSchema } from "../testing/test-schema.ts";
import type { TestServer } from "../testing/test-server.ts";
import { useTestServers } from "../testing/use-test-servers.ts";

const open = useTestServers();

async function cursorAt(server: TestServer, sequence: number): Promise<Uint8Array> {
  return createCursorCodec((await server.store.meta()).epoch, "s").encode({ type: "stream", sequence });
}

/** Pulls until there is no more. */
async function pullAll(
  client: TestClient,
  cursor: Uint8Array,
  bytesMax: number,
  between: () => Promise<unknown> = async () => {},
): Promise<Message<"page">[]> {
  const pages: Message<"page">[] = [];
  for (let at = cursor; ; ) {
    const page = await client.pull(at, { bytesMax });
    pages.push(page);
    at = page.cursor;
    if (!page.more) return pages;
    await between();
  }
}

/** As a replica that takes snapshots and changes: what it then holds, as a digest. */
function digestOf(pages: readonly Message<"page">[]): string {
  const lattices = latticesOf(testSchema.spec);
  const holder = new TestReplica(replicaId(77));
  const records = new Map<string, [string, string, RecordState]>();
  for (const { content } of pages) {
    if (content.type === "changes") {
      holder.applyAll(content.changes);
      continue;
    }
    for (const { collection, record, state } of content.records) {
      const decoded = decodeRecordState(lattices, state);
      if (!decoded.ok) throw new Error(decoded.fault);
      holder.hold(collection, record, decoded.value);
    }
  }
  for (const [collection, record, state] of holder.held()) records.set(`${collection} ${record}`, [collection, record, state]);
  const sorted = [...records.values()].sort((a, b) => (a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]) ? -1 : 1));
  return digestSpace(lattices, sorted);
}

describe("a page of changes", () => {
  it("[PAG1][T11][F06] holds whole transactions, follows on the cursor without a gap, and ends at the head", async () => {
    const server = await open();
    const writer = new TestReplica(replicaId(1));
    const client = await server.connect(writer);
    for (let i = 0; i < 30; i++) {
      await writer.write((tx) => {
        for (let k = 0; k < 4; k++) tx.notes.create({ title: `${i} ${k}` });
      });
    }
    await client.push();
    const reader = await server.connect(new TestReplica(replicaId(2)));
    const pages = await pullAll(reader, await cursorAt(server, 0), 1_200);
    expect(pages.length).toBeGreaterThan(2);
    const changes = pages.flatMap((page) => (page.content.type === "changes" ? page.content.changes : []));
    expect(changes.map((change) => change.sequence)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(new Set(changes.map(({ transaction: { body } }) => body.type === "operations" && body.operations.length))).toEqual(new Set([4]));
    expect(pages.at(-1)).toMatchObject({ head: 30, more: false });
    expect(digestOf(pages)).toBe(await server.server.digest("s"));
    const empty = await reader.pull(pages.at(-1)?.cursor);
    expect(empty).toMatchObject({ content: { type: "changes", changes: [] }, more: false, head: 30 });
  });

  it("[PAG2][T24][F03] leaves out the replica's own up to what it has on disk, and moves its cursor past them", async () => {
    const server = await open();
    const writer = new TestReplica(replicaId(1));
    const client = await server.connect(writer);
    for (const title of ["a", "b", "c"]) await writer.write((tx) => void tx.notes.create({ title }));
    await client.push();
    const start = await cursorAt(server, 0);
    const some = await client.pull(start, { ownThrough: 2 });
    expect(some.content.type === "changes" && some.content.changes.map((change) => change.sequence)).toEqual([3]);
    const none = await client.pull(start, { ownThrough: 3 });
    expect(none).toMatchObject({ content: { changes: [] }, more: false, head: 3, cursor: await cursorAt(server, 3) });
    const others = await (await server.connect(new TestReplica(replicaId(2)))).pull(start, { ownThrough: 3 });
    expect(others.content.type === "changes" && others.content.changes).toHaveLength(3);
  });
});

describe("a snapshot", () => {
  const filled = async (count: number): Promise<{ server: TestServer; writer: TestReplica; client: TestClient }> => {
    const server = await open();
    const writer = new TestReplica(replicaId(1));
    const client = await server.connect(writer);
    for (let i = 0; i < count; i++)
      await writer.write((tx) => void tx.notes.create({ title: `${i}`, tags: ["x"] }, { id: `n${String(i).padStart(3, "0")}` }));
    await writer.write((tx) => tx.notes.delete("n001"));
    await client.push();
    return { server, writer, client };
  };

  it("[PAG3][T6][T10] answers a cursor that says nothing here: empty, of another epoch or space, behind the horizon, ahead of the head", async () => {
    const { server, client } = await filled(5);
    const elsewhere = createCursorCodec("ab".repeat(16), "s").encode({ type: "stream", sequence: 2 });
    const { epoch } = await server.store.meta();
    const other = createCursorCodec(epoch, "t").encode({ type: "stream", sequence: 2 });
    const ahead = await cursorAt(server, 99);
    for (const cursor of [new Uint8Array(0), elsewhere, other, ahead, Uint8Array.of(1, 2, 3)])
      expect(await client.pull(cursor)).toMatchObject({ content: { type: "snapshot", first: true }, head: 6, more: false });
    const two = await cursorAt(server, 2);
    expect((await client.pull(two)).content.type).toBe("changes");
    await server.server.compact("s", 2);
    const behind = await client.pull(two);
    expect(behind.content).toMatchObject({ type: "snapshot", first: true });
    expect(digestOf([behind])).toBe(await server.server.digest("s"));
    expect((await client.pull(await cursorAt(server, 4))).content.type).toBe("changes");
  });

  it("[PAG4][PAG6][F05] goes on from its cursor while others write, and what they wrote is in its last page", async () => {
    const { server, writer, client } = await filled(60);
    const reader = await server.connect(new TestReplica(replicaId(2)));
    let n = 0;
    const pages = await pullAll(reader, new Uint8Array(0), 1_024, async () => {
      await writer.write((tx) => {
        tx.notes.update(`n0${String(++n + 10)}`, { title: "newer" });
        tx.notes.create({ title: "late" }, { id: `${n % 2 === 0 ? "a" : "z"}${n}` });
      });
      await client.push(writer.log.slice(-1));
      reader.received.length = 0; // what it was told before its next pull
    });
    const snapshots = pages.map((page) => page.content).filter((content) => content.type === "snapshot");
    expect(snapshots.length).toBeGreaterThan(2);
    expect(snapshots.map((content) => content.first)).toEqual(snapshots.map((_, i) => i === 0));
    expect(pages.at(-1)?.head).toBe(61 + n);
    expect(digestOf(pages)).toBe(await server.server.digest("s"));
    const rest = await pullAll(reader, pages.at(-1)?.cursor as Uint8Array, 1_000_000);
    expect(digestOf([...pages, ...rest])).toBe(await server.server.digest("s"));
  });

  it("[PAG6][T11] what is changed while its last page is read comes again, so that no transaction is in it in part", async () => {
    for (const bytesMax of [1_024, 1_000_000]) {
      const { server, writer, client } = await filled(20);
      const read = server.store.readRecords.bind(server.store);
      let writes = 0;
      Object.assign(server.store, {
        readRecords: async (...asked: Parameters<typeof read>) => {
          const before = await read(...asked);
          if (asked[2].countMax === 1 || ++writes > 6) return before;
          await writer.write((tx) => {
            tx.notes.update("n000", { title: `newer ${writes}` });
            tx.notes.update("n019", { title: `newer ${writes}` });
            tx.notes.delete(`n01${writes}`);
          });
          await client.push(writer.log.slice(-1));
          return read(...asked);
        },
      });
      const reader = await server.connect(new TestReplica(replicaId(2)));
      const pages = await pullAll(reader, new Uint8Array(0), bytesMax);
      expect(writes).toBeGreaterThan(1);
      writes = 6;
      expect(digestOf(pages)).toBe(await server.server.digest("s"));
      const { head = 0, cursor } = pages.at(-1) ?? {};
      expect(head).toBeGreaterThan(21);
      expect(await reader.pull(cursor as Uint8Array)).toMatchObject({ content: { type: "changes", changes: [] }, head });
    }
  });

  it("[PAG6][T10] begins anew where a record that was changed meanwhile is collected: an earlier page may hold its tombstone", async () => {
    const { server, writer, client } = await filled(60);
    const reader = await server.connect(new TestReplica(replicaId(2)));
    const first = await reader.pull(new Uint8Array(0), { bytesMax: 1_024 });
    await writer.write((tx) => tx.notes.update("n002", { title: "newer" }));
    await client.push(writer.log.slice(-1));
    const { transact } = server.store;
    Object.assign(server.store, {
      transact: (space: string, body: Parameters<typeof transact>[1]) =>
        transact.call(server.store, space, (rows) =>
          body({ ...rows, space: () => rows.space(), records: async (keys) => (await rows.records(keys)).map(() => undefined) }),
        ),
    });
    const rest = [];
    for (let page = first; page.more && rest.length < 20; rest.push(page)) page = await reader.pull(page.cursor, { bytesMax: 1_024 });
    expect(rest.filter(({ content }) => content.type === "snapshot" && content.first).length).toBeGreaterThan(0);
  });

  it("[PAG6] states that are too much for a page are left to the changes that follow", async () => {
    const { server, writer, client } = await filled(60);
    const reader = await server.connect(new TestReplica(replicaId(2)));
    let n = 0;
    const pages = await pullAll(reader, new Uint8Array(0), 1_024, async () => {
      if (++n > 1) return;
      await writer.write((tx) => void Array.from({ length: 50 }, (_, i) => tx.notes.update(`n0${i + 10}`, { title: "x".repeat(20) })));
      await client.push(writer.log.slice(-1));
    });
    expect(pages.at(-1)?.head).toBe(61);
    const rest = await pullAll(reader, pages.at(-1)?.cursor as Uint8Array, 1_000_000);
    expect(digestOf([...pages, ...rest])).toBe(await server.server.digest("s"));
  });

  it("[PAG4] begins anew if compaction has passed where it began", async () => {
    const { server, writer, client } = await filled(60);
    const first = await client.pull(new Uint8Array(0), { bytesMax: 1_024 });
    expect(first.more).toBe(true);
    await writer.write((tx) => tx.notes.update("n002", { title: "newer" }));
    await client.push(writer.log.slice(-1));
    await server.server.compact("s", 0);
    expect((await client.pull(first.cursor, { bytesMax: 1_024 })).content).toMatchObject({ type: "snapshot", first: true });
  });

  it("[PAG4][T10] begins anew, too, if compaction passes where it began while its page is read", async () => {
    const { server, client } = await filled(20);
    const read = server.store.readRecords.bind(server.store);
    let reads = 0;
    Object.assign(server.store, {
      readRecords: async (...asked: Parameters<typeof read>) => {
        const rows = await read(...asked);
        if (++reads > 1) return rows;
        await server.server.space("s").write((tx) => tx.notes.delete("n002"));
        await server.server.compact("s", 0);
        return rows;
      },
    });
    const page = await client.pull(new Uint8Array(0));
    expect(reads).toBeGreaterThan(1);
    const rest = await client.pull(page.cursor);
    expect(rest.content).toMatchObject({ type: "changes" });
    expect(digestOf([page, rest])).toBe(await server.server.digest("s"));
  });

  it("[PAG5][T10] holds tombstones, so that an edit which a delete had not seen brings the whole record back everywhere", async () => {
    const { server, client } = await filled(5);
    const offline = new TestReplica(replicaId(3));
    const late = await server.connect(offline);
    for (const { sequence, transaction } of await changesOf(late, server)) if (sequence <= 5) offline.apply(transaction, sequence);
    const snapshot = await client.pull();
    await offline.write((tx) => tx.notes.update("n001", { pinned: true }));
    await late.push();
    const rest = await client.pull(snapshot.cursor);
    expect(digestOf([snapshot, rest])).toBe(await server.server.digest("s"));
    expect(await server.server.space("s").write((tx) => tx.notes.get("n001"))).toMatchObject({ title: "1", pinned: true, tags: ["x"] });
  });
});

async function changesOf(client: TestClient, server: TestServer) {
  const page = await client.pull(await cursorAt(server, 0));
  return page.content.type === "changes" ? page.content.changes : [];
}
