/** What compaction relies on in every store: part of the store suite. */
import assert from "node:assert/strict";
import type { PositionRow, ServerStore, SpaceId } from "@holdfast/core/engine";
import type { StoreFixture } from "./store-fixture.ts";
import { batchOf, commit, recordRow, replicaOf, streamRow, tombstoneRow } from "./store-rows.ts";

type It = (title: string, body: (store: ServerStore, fixture: StoreFixture) => Promise<void>) => void;

const everything = { countMax: 1_000, bytesMax: 1_000_000 };

export function describeCompaction(it: It): void {
  it("[DBS18] what lies behind the horizon is dropped from its beginning, in bounded steps, two at once too", async (store, fixture) => {
    const stream = Array.from({ length: 10 }, (_, i) => streamRow(i + 1, replicaOf(1), new Uint8Array(10)));
    await commit(store, batchOf("s", { head: 10, stream }));
    await commit(store, batchOf("t", { head: 1, stream: [streamRow(1)] }));
    assert.equal(await store.dropStream("s", 5), 0, "nothing lies behind a horizon of 0");
    await store.compact("s", 7);
    assert.equal(await store.dropStream("s", 3), 3);
    assert.deepEqual(await sequences(store, "s", 3), [4, 5, 6, 7, 8, 9, 10]);
    const both = await Promise.all([store.dropStream("s", 3), store.dropStream("s", 3)]);
    assert.equal(both[0] + both[1] + (await store.dropStream("s", 100)), 4);
    assert.equal(await store.dropStream("s", 100), 0);
    const again = await fixture.reopen();
    assert.deepEqual(await sequences(again, "s", 0), [8, 9, 10]);
    assert.deepEqual(await sequences(again, "t", 0), [1]);
    assert.equal(await again.dropStream("none", 5), 0);
  });

  it("[DBS19] the aged beginning of the stream ends at its first row that is younger, or where it was asked to end", async (store) => {
    const ages = [10, 30, 20, 90, 40, 95];
    await commit(store, batchOf("s", { head: 6, stream: ages.map((atMs, i) => ({ ...streamRow(i + 1), atMs })) }));
    assert.equal(await store.readAged("s", 6, 50, 100), 3);
    assert.equal(await store.readAged("s", 2, 50, 100), 2);
    assert.equal(await store.readAged("s", 6, 1_000, 4), 4);
    assert.equal(await store.readAged("s", 6, 10, 100), 0);
    await store.compact("s", 4);
    assert.equal(await store.readAged("s", 6, 50, 100), 5);
    assert.equal(await store.readAged("s", 6, 5, 100), 4, "at least the horizon");
    assert.equal(await store.readAged("none", 6, 5, 100), 0);
  });

  it("[DBS20][T10] tombstones are found by the change that made them, and leave only as they were read", async (store, fixture) => {
    const records = [
      recordRow("notes", "a", 1),
      tombstoneRow("notes", "b", 3),
      tombstoneRow("notes", "c", 2),
      tombstoneRow("tasks", "b", 4),
    ];
    await commit(store, batchOf("s", { head: 4, stream: [1, 2, 3, 4].map((n) => streamRow(n)), records }));
    await commit(store, batchOf("t", { head: 1, stream: [streamRow(1)], records: [tombstoneRow("notes", "b", 1)] }));
    const found = async (from: ServerStore, through: number, bounds = everything): Promise<readonly string[]> =>
      (await from.readTombstones("s", through, bounds)).map((row) => `${row.collection} ${row.record} ${row.sequence}`);
    assert.deepEqual(await found(store, 9), ["notes c 2", "notes b 3", "tasks b 4"]);
    assert.deepEqual(await found(store, 3), ["notes c 2", "notes b 3"]);
    assert.deepEqual(await found(store, 9, { countMax: 2, bytesMax: 1_000 }), ["notes c 2", "notes b 3"]);
    assert.equal((await found(store, 9, { countMax: 9, bytesMax: 1 })).length, 1);
    // "c" has come back, and "b" is another tombstone than the one that was read.
    await commit(
      store,
      batchOf("s", { head: 6, stream: [streamRow(5), streamRow(6)], records: [recordRow("notes", "c", 5), tombstoneRow("notes", "b", 6)] }),
    );
    const collected = [
      { collection: "notes", record: "c", sequence: 2 },
      { collection: "notes", record: "b", sequence: 3 },
      { collection: "tasks", record: "b", sequence: 4 },
    ];
    await commit(store, batchOf("s", { head: 7, stream: [streamRow(7)], collected }));
    const again = await fixture.reopen();
    assert.deepEqual(await found(again, 9), ["notes b 6"]);
    assert.deepEqual(
      (await again.readRecords("s", undefined, everything)).map((row) => [row.record, row.deleted]),
      [
        ["a", false],
        ["b", true],
        ["c", false],
      ],
    );
    assert.equal((await again.readRecords("t", undefined, everything)).length, 1);
    assert.deepEqual(await again.countRecords("s"), { records: 2, tombstones: 1 });
    assert.deepEqual(await again.countRecords("none"), { records: 0, tombstones: 0 });
  });

  it("[DBS24][F28] records that many replicas have written are found by what their state says, and in pages", async (store, fixture) => {
    // Format, flags, and how many entries the vector has.
    const row = (record: string, entries: number, sequence: number) =>
      recordRow(
        "notes",
        record,
        sequence,
        entries < 128 ? Uint8Array.of(1, 0, entries, 9) : Uint8Array.of(1, 0, 0x80 | (entries & 127), entries >> 7),
      );
    const records = [row("a", 3, 1), row("b", 1_000, 2), row("c", 40, 3), row("d", 128, 4), row("e", 2, 5), recordRow("notes", "f", 6)];
    await commit(store, batchOf("s", { head: 6, stream: records.map((_, i) => streamRow(i + 1)), records }));
    await commit(store, batchOf("t", { head: 1, stream: [streamRow(1)], records: [row("a", 40, 1)] }));
    const found = async (from: ServerStore, through: number, entries: number, bounds = everything): Promise<readonly string[]> =>
      (await from.readCrowded("s", through, entries, bounds)).map((each) => `${each.record} ${each.sequence}`).sort();
    assert.deepEqual(await found(store, 9, 39), ["b 2", "c 3", "d 4"]);
    assert.deepEqual(await found(store, 9, 40), ["b 2", "d 4"]);
    assert.deepEqual(await found(store, 9, 127), ["b 2", "d 4"]);
    assert.deepEqual(await found(store, 3, 2), ["a 1", "b 2", "c 3"]);
    assert.equal((await found(store, 9, 2, { countMax: 2, bytesMax: 1_000 })).length, 2);
    assert.equal((await found(store, 9, 2, { countMax: 9, bytesMax: 1 })).length, 1);
    assert.equal((await store.readCrowded("s", 9, 39, everything))[0]?.state.length, 4);
    await commit(store, batchOf("s", { head: 7, stream: [streamRow(7)], records: [row("b", 1, 7)] }));
    assert.deepEqual(await store.readCrowded("none", 9, 2, everything), []);
    assert.deepEqual(await found(await fixture.reopen(), 9, 2), ["a 1", "c 3", "d 4"]);
  });

  it("[DBS21] spaces with something to compact are found, in order and in pages, and no others", async (store) => {
    await commit(store, batchOf("c", { head: 1, stream: [streamRow(1)] }));
    await commit(store, batchOf("a", { head: 1, stream: [streamRow(1)] }));
    await commit(store, batchOf("b", { head: 1, stream: [streamRow(1)] }));
    await commit(store, batchOf("d", { head: 1, stream: [streamRow(1)], records: [tombstoneRow("notes", "r", 1)] }));
    assert.deepEqual(await store.readCompactable(undefined, 2), ["a", "b"]);
    assert.deepEqual(await store.readCompactable("b", 9), ["c", "d"]);
    for (const space of ["a", "b", "d"]) await store.compact(space, 1);
    assert.deepEqual(await store.readCompactable(undefined, 9), ["a", "b", "c", "d"], "their rows are not dropped yet");
    for (const space of ["a", "b", "d"]) await store.dropStream(space, 9);
    assert.deepEqual(await store.readCompactable(undefined, 9), ["c", "d"]);
  });

  it("[DBS22] a space's size follows what is committed and dropped", async (store, fixture) => {
    const size = (streamBytes: number, stateBytes: number): object => ({ streamBytes, stateBytes });
    assert.deepEqual(await store.sizeOf("s"), size(0, 0));
    await commit(
      store,
      batchOf("s", { head: 2, stream: [1, 2].map((n) => streamRow(n, replicaOf(1), new Uint8Array(n * 10))), stateBytes: 70 }),
    );
    await commit(store, batchOf("s", { head: 3, stream: [streamRow(3, replicaOf(1), new Uint8Array(5))], stateBytes: -20 }));
    assert.deepEqual(await store.sizeOf("s"), size(35, 50));
    await store.compact("s", 2);
    await store.dropStream("s", 1);
    assert.deepEqual(await (await fixture.reopen()).sizeOf("s"), size(25, 50));
  });

  it("[DBS23] a replica's position is the last that was written, found among the space's lowest, and forgotten by age", async (store, fixture) => {
    const row = (space: SpaceId, replica: number, sequence: number, atMs: number): PositionRow => ({
      space,
      replica: replicaOf(replica),
      sequence,
      atMs,
    });
    await store.writePositions([]);
    await store.writePositions([row("s", 1, 5, 100), row("s", 2, 3, 200), row("t", 1, 9, 50)]);
    await store.writePositions([row("s", 1, 8, 300), row("s", 3, 2, 250)]);
    const again = await fixture.reopen();
    assert.deepEqual(await again.readPositions("s", 0, 9), [row("s", 3, 2, 250), row("s", 2, 3, 200), row("s", 1, 8, 300)]);
    assert.deepEqual(await again.readPositions("s", 250, 1), [row("s", 3, 2, 250)]);
    assert.deepEqual(await again.readPositions("none", 0, 9), []);
    assert.equal(await again.dropPositions(250, 1), 1);
    assert.deepEqual(await again.readPositions("t", 0, 9), [], "the oldest goes first");
    assert.equal(await again.dropPositions(250, 9), 1);
    assert.equal(await again.dropPositions(250, 9), 0);
    assert.deepEqual(await again.readPositions("s", 0, 9), [row("s", 3, 2, 250), row("s", 1, 8, 300)]);
  });
}

async function sequences(store: ServerStore, space: SpaceId, after: number): Promise<readonly number[]> {
  return (await store.readStream(space, after, 100, everything)).map((row) => row.sequence);
}
