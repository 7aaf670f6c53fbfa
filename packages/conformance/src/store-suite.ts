/** What r0 relies on in every store (rules DBS of `docs/spec/server.md`). An adapter runs it in one line. */
import assert from "node:assert/strict";
import type { ReplicaId, ServerStore, SpaceId, WriteBatch } from "@holdfast/core/engine";
import { describeCompaction } from "./store-compaction-suite.ts";
import type { StoreFixture } from "./store-fixture.ts";
import { batchOf, bytesOf, commit, markRow, outcomeRow, recordRow, replicaOf, streamRow } from "./store-rows.ts";
import type { SuiteRunner } from "./suite-runner.ts";

export function describeServerStore(runner: SuiteRunner, name: string, open: () => Promise<StoreFixture>): void {
  const { describe } = runner;
  const it = (title: string, body: (store: ServerStore, fixture: StoreFixture) => Promise<void>): void => {
    runner.it(title, async () => {
      const fixture = await open();
      try {
        await body(fixture.store, fixture);
      } finally {
        await fixture.dispose();
      }
    });
  };
  describe(`the store contract: ${name}`, () => {
    it("[DBS1][F01] turns of one space never overlap, and each reads what the one before committed", async (store) => {
      let inside = 0;
      const turns = Array.from({ length: 20 }, () =>
        store.transact("s", async (reader) => {
          assert.equal(++inside, 1, "two turns of one space at a time");
          const { head } = await reader.space();
          await Promise.resolve();
          inside--;
          return { batch: batchOf("s", { head: head + 1, stream: [streamRow(head + 1)] }), result: head + 1 };
        }),
      );
      assert.deepEqual(
        await Promise.all(turns),
        Array.from({ length: 20 }, (_, i) => i + 1),
      );
      assert.equal((await store.readSpaces(["s"]))[0]?.head, 20);
    });

    it("[DBS2] a turn of one space does not wait for another space's", async (store) => {
      let release = (): void => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      let slow: Promise<string> | undefined;
      await new Promise<void>((begun) => {
        slow = store.transact("slow", async () => {
          begun();
          await held;
          return { batch: undefined, result: "slow" };
        });
      });
      assert.equal(await store.transact("quick", async () => ({ batch: batchOf("quick", {}), result: "quick" })), "quick");
      release();
      assert.equal(await slow, "slow");
    });

    it("[DBS3][T8] a turn whose body throws has changed nothing, and the next one goes on", async (store) => {
      await assert.rejects(
        store.transact("s", async () => {
          throw new Error("the arbiter broke");
        }),
        /the arbiter broke/,
      );
      await commit(store, batchOf("s", { head: 1, stream: [streamRow(1)] }));
      assert.equal((await store.readSpaces(["s"]))[0]?.head, 1);
    });

    it("[DBS4][T11] a batch is committed as a whole or not at all", async (store) => {
      await commit(store, batchOf("s", { head: 1, stream: [streamRow(1)] }));
      const broken = batchOf("s", {
        head: 1,
        lamport: 9,
        marks: [markRow("s", replicaOf(1), 5)],
        records: [recordRow("notes", "r", 1)],
        outcomes: [outcomeRow(replicaOf(1), 5)],
        intents: [{ intent: "aa", bytes: bytesOf(1), atMs: 0 }],
        stream: [streamRow(1)],
      });
      await assert.rejects(commit(store, broken));
      assert.deepEqual((await store.readSpaces(["s"]))[0], { space: "s", head: 1, lamport: 0, horizon: 0 });
      assert.equal(await store.readMark("s", replicaOf(1)), undefined);
      assert.deepEqual(await store.readRecords("s", undefined, everything), []);
      await store.transact("s", async (reader) => {
        assert.deepEqual(await reader.outcomes([{ replica: replicaOf(1), from: 1, through: 9, countMax: 9 }]), []);
        assert.deepEqual(await reader.intents(["aa"]), [undefined]);
        return { batch: undefined, result: undefined };
      });
    });

    it("[DBS5][F01] a sequence number is never given twice, and its first change stays", async (store) => {
      await commit(store, batchOf("s", { head: 1, stream: [streamRow(1, replicaOf(1))] }));
      await assert.rejects(commit(store, batchOf("s", { head: 1, stream: [streamRow(1, replicaOf(2))] })));
      assert.deepEqual(
        (await store.readStream("s", 0, 9, everything)).map((row) => row.replica),
        [replicaOf(1)],
      );
    });

    it("[DBS6][T9] a batch that cannot be written takes no other with it", async (store) => {
      await commit(store, batchOf("bad", { head: 1, stream: [streamRow(1)] }));
      const results = await Promise.allSettled([
        commit(store, batchOf("a", { head: 1, stream: [streamRow(1)] })),
        commit(store, batchOf("bad", { head: 1, stream: [streamRow(1)] })),
        commit(store, batchOf("b", { head: 1, stream: [streamRow(1)] })),
      ]);
      assert.deepEqual(
        results.map((result) => result.status),
        ["fulfilled", "rejected", "fulfilled"],
      );
      assert.deepEqual(
        (await store.readSpaces(["a", "b"])).map((row) => row.head),
        [1, 1],
      );
    });

    it("[DBS7] spaces are apart: the same keys in two of them are different rows", async (store) => {
      for (const space of ["a", "b"]) {
        await commit(
          store,
          batchOf(space, {
            head: 1,
            lamport: space === "a" ? 1 : 2,
            marks: [markRow(space, replicaOf(1), space === "a" ? 3 : 4)],
            records: [recordRow("notes", "r", 1, bytesOf(space === "a" ? 1 : 2))],
            stream: [streamRow(1)],
            outcomes: [outcomeRow(replicaOf(1), 1, bytesOf(space === "a" ? 1 : 2))],
          }),
        );
      }
      assert.equal((await store.readMark("a", replicaOf(1)))?.mark, 3);
      assert.equal((await store.readMark("b", replicaOf(1)))?.mark, 4);
      assert.deepEqual((await store.readRecords("b", undefined, everything))[0]?.state, bytesOf(2));
      assert.deepEqual(
        (await store.readSpaces(["b", "a", "none"])).map((row) => [row.space, row.lamport]),
        [
          ["b", 2],
          ["a", 1],
          ["none", 0],
        ],
      );
    });

    it("[DBS8] answers stand in the order of the questions, in a turn and outside, and an absent row is undefined", async (store) => {
      await commit(
        store,
        batchOf("s", {
          head: 1,
          stream: [streamRow(1)],
          marks: [markRow("s", replicaOf(2), 7)],
          records: [recordRow("notes", "b", 1), recordRow("notes", "\u{1F600}", 1)],
          intents: [{ intent: "bb", bytes: bytesOf(3), atMs: 5 }],
          outcomes: [outcomeRow(replicaOf(2), 4), outcomeRow(replicaOf(2), 2), outcomeRow(replicaOf(3), 3)],
        }),
      );
      await store.transact("s", async (reader) => {
        assert.deepEqual(
          (await reader.marks([replicaOf(1), replicaOf(2)])).map((row) => row?.mark),
          [undefined, 7],
        );
        const keys = ["\u{1F600}", "a", "b"].map((record) => ({ collection: "notes", record }));
        assert.deepEqual(
          (await reader.records(keys)).map((row) => row?.record),
          ["\u{1F600}", undefined, "b"],
        );
        assert.deepEqual(
          (await reader.intents(["aa", "bb"])).map((row) => row?.bytes),
          [undefined, bytesOf(3)],
        );
        const outcomes = await reader.outcomes([{ replica: replicaOf(2), from: 2, through: 4, countMax: 9 }]);
        assert.deepEqual(
          outcomes.map((row) => row.counter),
          [2, 4],
        );
        return { batch: undefined, result: undefined };
      });
      const outside = await store.readOutcomes("s", { replica: replicaOf(2), from: 2, through: 9, countMax: 1 });
      assert.deepEqual(
        outside.map(({ replica, counter }) => [replica, counter]),
        [[replicaOf(2), 2]],
      );
    });

    it("[DBS8] questions of every kind may be asked in one moment, of several spaces, each with its own answers", async (store) => {
      const spaces = ["a", "b", "none"];
      const replica = replicaOf(1);
      for (const [i, space] of ["a", "b"].entries())
        await commit(
          store,
          batchOf(space, {
            head: 1,
            stream: [streamRow(1)],
            marks: [markRow(space, replica, i + 1)],
            records: [recordRow("notes", "r", 1, bytesOf(i))],
            outcomes: [outcomeRow(replica, 1, bytesOf(i)), outcomeRow(replica, 2, bytesOf(i))],
            intents: [{ intent: "aa", bytes: bytesOf(i), atMs: i }],
            imprints: [{ replica, counterFirst: 1, counterLast: 2, bytes: bytesOf(i) }],
          }),
        );
      const range = { replica, from: 1, through: 9, countMax: 1 };
      const read = (space: SpaceId): Promise<readonly unknown[]> =>
        store.transact(space, async (reader) => {
          const [row, marks, records, outcomes, imprints, intents] = await Promise.all([
            reader.space(),
            reader.marks([replicaOf(9), replica]),
            reader.records([{ collection: "notes", record: "r" }]),
            reader.outcomes([range, { ...range, from: 2 }]),
            reader.imprints(range),
            reader.intents(["bb", "aa"]),
          ]);
          const found = [
            row.head,
            marks.map((each) => each?.mark),
            records.map((each) => each?.state[0]),
            outcomes.map((each) => [each.counter, each.bytes[0]]),
            imprints.map((each) => each.bytes[0]),
            intents.map((each) => each?.bytes[0]),
          ];
          return { batch: undefined as WriteBatch | undefined, result: found };
        });
      const of = (i: number): readonly unknown[] => [
        1,
        [undefined, i + 1],
        [i],
        [1, 2].map((counter) => [counter, i]),
        [i],
        [undefined, i],
      ];
      const none = [0, [undefined, undefined], [undefined], [], [], [undefined, undefined]];
      assert.deepEqual(await Promise.all(spaces.map(read)), [of(0), of(1), none]);
    });

    it("[DBS9] the stream is read ascending, in bounds, and never less than one row", async (store) => {
      const stream = Array.from({ length: 10 }, (_, i) => streamRow(i + 1, replicaOf(1), new Uint8Array(100)));
      await commit(store, batchOf("s", { head: 10, stream }));
      const read = async (after: number, through: number, countMax: number, bytesMax: number): Promise<readonly number[]> =>
        (await store.readStream("s", after, through, { countMax, bytesMax })).map((row) => row.sequence);
      assert.deepEqual(await read(3, 6, 100, 10_000), [4, 5, 6]);
      assert.deepEqual(await read(0, 10, 3, 10_000), [1, 2, 3]);
      assert.deepEqual(await read(0, 10, 100, 250), [1, 2]);
      assert.deepEqual(await read(7, 10, 100, 1), [8]);
      assert.deepEqual(await read(10, 10, 100, 10_000), []);
    });

    it("[DBS10] records are read in the order of their UTF-8 bytes, page after page, each once", async (store) => {
      const ids = ["b", "a", "\uFFFD", "\u{1F600}", "aa", "B"];
      const records = ids.flatMap((id) => [recordRow("notes", id, 1), recordRow("Notes", id, 1)]);
      await commit(store, batchOf("s", { head: 1, stream: [streamRow(1)], records }));
      const expected = ["Notes", "notes"].flatMap((collection) =>
        ["B", "a", "aa", "b", "\uFFFD", "\u{1F600}"].map((record) => [collection, record]),
      );
      const found: string[][] = [];
      for (let after: { collection: string; record: string } | undefined; ; ) {
        const page = await store.readRecords("s", after, { countMax: 5, bytesMax: 10_000 });
        found.push(...page.map((row) => [row.collection, row.record]));
        after = page.at(-1);
        if (after === undefined) break;
      }
      assert.deepEqual(found, expected);
      assert.equal((await store.readRecords("s", undefined, { countMax: 5, bytesMax: 1 })).length, 1);
    });

    it("[DBS11][T7] a replica id belongs to the principal that first used it, for ever", async (store, fixture) => {
      assert.equal(await store.bindReplica(replicaOf(1), "ann"), "ann");
      assert.equal(await store.bindReplica(replicaOf(1), "bob"), "ann");
      assert.equal(await store.bindReplica(replicaOf(2), "bob"), "bob");
      assert.equal(await (await fixture.reopen()).bindReplica(replicaOf(1), "bob"), "ann");
    });

    it("[DBS12] the horizon moves forward only and not past the head, and no commit moves it back", async (store) => {
      await commit(store, batchOf("s", { head: 5, stream: [1, 2, 3, 4, 5].map((sequence) => streamRow(sequence)) }));
      await store.compact("s", 3);
      await store.compact("s", 2);
      assert.equal((await store.readSpaces(["s"]))[0]?.horizon, 3);
      await store.compact("s", 99);
      assert.deepEqual((await store.readSpaces(["s"]))[0], { space: "s", head: 5, lamport: 0, horizon: 5 });
      await commit(store, batchOf("s", { head: 6, stream: [streamRow(6)] }));
      assert.equal((await store.readSpaces(["s"]))[0]?.horizon, 5, "a commit does not undo a compaction that it did not know of");
      await store.compact("none", 3);
      assert.equal((await store.readSpaces(["none"]))[0]?.horizon, 0);
    });

    describeCompaction(it);

    it("[DBS13][T3][F22] an outcome that expires keeps its first byte for ever, and nothing else", async (store, fixture) => {
      const outcomes = [1, 2, 5].map((counter) => outcomeRow(replicaOf(1), counter, bytesOf(counter), counter * 50));
      await commit(store, batchOf("s", { outcomes }));
      assert.equal(await store.expireOutcomes(150), 2);
      const kept = [
        [1, [1]],
        [2, [2]],
        [5, [5, 5]],
      ];
      assert.deepEqual(await outcomeBytes(store, "s", replicaOf(1)), kept);
      assert.equal(await store.expireOutcomes(150), 0, "what is forgotten is not forgotten again");
      assert.deepEqual(await outcomeBytes(await fixture.reopen(), "s", replicaOf(1)), kept);
    });

    it("[DBS13] an intent that expires is gone", async (store) => {
      const intents = [100, 200].map((atMs) => ({ intent: `a${atMs}`, bytes: bytesOf(1), atMs }));
      await commit(store, batchOf("s", { intents, outcomes: [outcomeRow(replicaOf(1), 1, bytesOf(1), 100)] }));
      await store.expireOutcomes(150);
      await store.transact("s", async (reader) => {
        assert.deepEqual(await reader.intents(["a100", "a200"]), [undefined, intents[1]]);
        return { batch: undefined, result: undefined };
      });
    });

    it("[DBS17][T4][F25] imprints of a replica's counters are read by range, ascending and bounded, and stay", async (store, fixture) => {
      const row = (counterFirst: number, counterLast: number, replica = replicaOf(1)) => ({
        replica,
        counterFirst,
        counterLast,
        bytes: bytesOf(counterFirst),
      });
      await commit(store, batchOf("s", { imprints: [row(4, 9), row(1, 3), row(1, 20, replicaOf(2))] }));
      await commit(store, batchOf("s", { imprints: [row(10, 10)] }));
      await commit(store, batchOf("t", { imprints: [row(1, 30)] }));
      await store.compact("s", 99);
      await store.expireOutcomes(Number.MAX_SAFE_INTEGER);
      const again = await fixture.reopen();
      const read = (from: number, through: number, countMax = 9): Promise<readonly number[]> =>
        again.transact("s", async (reader) => ({
          batch: undefined as WriteBatch | undefined,
          result: (await reader.imprints({ replica: replicaOf(1), from, through, countMax })).map((each) => each.counterFirst),
        }));
      assert.deepEqual(await read(1, 10), [1, 4, 10]);
      assert.deepEqual(await read(5, 6), [4]);
      assert.deepEqual(await read(3, 4), [1, 4]);
      assert.deepEqual(await read(11, 12), []);
      assert.deepEqual(await read(1, 10, 2), [1, 4]);
      const rows = await again.transact("s", async (reader) => ({
        batch: undefined as WriteBatch | undefined,
        result: await reader.imprints({ replica: replicaOf(1), from: 10, through: 10, countMax: 9 }),
      }));
      assert.deepEqual(rows, [row(10, 10)]);
    });

    it("[DBS14][F22] outcomes that their replica has settled keep their first byte for ever, and the others everything", async (store, fixture) => {
      const outcomes = [1, 2, 3].flatMap((counter) => [outcomeRow(replicaOf(1), counter), outcomeRow(replicaOf(2), counter)]);
      await commit(store, batchOf("s", { outcomes }));
      await commit(store, batchOf("s", { settled: [{ replica: replicaOf(1), through: 2 }] }));
      await commit(store, batchOf("s", { settled: [{ replica: replicaOf(1), through: 2 }] }));
      const again = await fixture.reopen();
      assert.deepEqual(await outcomeBytes(again, "s", replicaOf(1)), [
        [1, [5]],
        [2, [5]],
        [3, [5, 5]],
      ]);
      assert.deepEqual(
        await outcomeBytes(again, "s", replicaOf(2)),
        [1, 2, 3].map((counter) => [counter, [5, 5]]),
      );
    });

    it("[DBS15][T8] what was committed is there after reopening, with the same epoch", async (store, fixture) => {
      const meta = await store.meta();
      assert.match(meta.epoch, /^[0-9a-f]{32}$/);
      const row = markRow("s", replicaOf(1), 4);
      await commit(
        store,
        batchOf("s", { head: 1, lamport: 8, stream: [streamRow(1)], marks: [row], records: [recordRow("notes", "r", 1)] }),
      );
      const again = await fixture.reopen();
      assert.deepEqual(await again.meta(), meta);
      assert.deepEqual((await again.readSpaces(["s"]))[0], { space: "s", head: 1, lamport: 8, horizon: 0 });
      assert.deepEqual(await again.readMark("s", replicaOf(1)), row);
      assert.equal((await again.readStream("s", 0, 1, everything)).length, 1);
      assert.deepEqual((await again.readRecords("s", undefined, everything))[0], recordRow("notes", "r", 1));
    });

    it("[DBS16][T6] a new epoch is another identity, and moves every space's clock past what was lost", async (store, fixture) => {
      await commit(store, batchOf("s", { head: 1, lamport: 8, stream: [streamRow(1)] }));
      const before = await store.meta();
      await store.startNewEpoch("ab".repeat(16));
      const again = await fixture.reopen();
      assert.deepEqual(await again.meta(), { epoch: "ab".repeat(16), epochs: before.epochs + 1 });
      assert.equal((await again.readSpaces(["s"]))[0]?.lamport, 2 ** 21);
      // By a step at least, and to a multiple of it.
      await again.startNewEpoch("cd".repeat(16));
      assert.equal((await again.readSpaces(["s"]))[0]?.lamport, 2 ** 22);
    });
  });
}

const everything = { countMax: 1_000, bytesMax: 1_000_000 };

async function outcomeBytes(store: ServerStore, space: SpaceId, replica: ReplicaId): Promise<readonly (readonly [number, number[]])[]> {
  return store.transact(space, async (reader) => ({
    batch: undefined as WriteBatch | undefined,
    result: (await reader.outcomes([{ replica, from: 0, through: 1_000, countMax: 1_000 }])).map(
      (row) => [row.counter, [...row.bytes]] as const,
    ),
  }));
}
