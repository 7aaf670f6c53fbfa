import { describe, expect, it } from "vitest";
import {
  counterLattice,
  HoldfastError,
  decodeTransaction,
  encodeTransaction,
  epochTagOf,
  identityOf,
  kindCodes,
  nextChain,
  type Operation,
  registerLattice,
  type Transaction,
  valueToBytes,
  voidOf,
} from "@holdfast/core/engine";
import { accept, refuse } from "../decision.ts";
import { replicaId, TestReplica } from "../testing/test-replica.ts";
import type { TestServer } from "../testing/test-server.ts";
import { useTestServers } from "../testing/use-test-servers.ts";

const open = useTestServers();

/** A transaction's operations, changed before they are sent. */
function forge(replica: TestReplica, change: (operation: Operation) => Operation): Transaction {
  return replica.replaceLast((transaction) => {
    if (transaction.body.type !== "operations") throw new Error("no operations to forge");
    return { ...transaction, body: { type: "operations", operations: transaction.body.operations.map(change) } };
  });
}

async function titles(server: TestServer["server"], ids: readonly string[]): Promise<readonly unknown[]> {
  return server.space("s").write(async (tx) => Promise.all(ids.map(async (id) => (await tx.notes.get(id))?.title)));
}

/** What two changes behind `after` say of other spaces. */
async function saidIn(store: TestServer["store"], after: number): Promise<readonly unknown[]> {
  const rows = await store.readStream("s", after, after + 2, { countMax: 2, bytesMax: 100_000 });
  return rows.map(({ bytes }) => decodeTransaction(bytes)).map((each) => each.ok && [...each.value.dependencies]);
}

describe("a push", () => {
  it("[SRV2][T5][F01] concurrent pushes get dense sequence numbers in commit order, and a reader never skips one", async () => {
    const { server, connect, store } = await open();
    const writers = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const replica = new TestReplica(replicaId(i + 1));
        return { replica, client: await connect(replica) };
      }),
    );
    const reader = new TestReplica(replicaId(99));
    const watching = await connect(reader);
    let cursor = (await watching.pull()).cursor;
    const seen: number[] = [];
    const sent = writers.map(async ({ replica, client }) => {
      for (let n = 0; n < 25; n++) {
        await replica.write((tx) => void tx.notes.create({ title: `${n}` }));
        const pushed = await client.push(replica.log.slice(-1));
        expect(pushed.mark).toBe(replica.counter);
      }
    });
    let writing = true;
    const done = Promise.all(sent).then(() => {
      writing = false;
    });
    for (;;) {
      const last = !writing;
      await new Promise((resolve) => setImmediate(resolve));
      const page = await watching.pull(cursor, { bytesMax: 2_000 });
      cursor = page.cursor;
      if (page.content.type === "changes") seen.push(...page.content.changes.map((change) => change.sequence));
      if (last && !page.more) break;
    }
    await done;
    expect(seen).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    const rows = await store.readStream("s", 0, 200, { countMax: 1_000, bytesMax: 1_000_000 });
    expect(rows.map((row) => row.sequence)).toEqual(seen);
    expect((await server.inspect("s")).head).toBe(200);
  });

  it("[SRV1][T8] is answered and told to followers only after its commit", async () => {
    const commits: (() => void)[] = [];
    const { sqliteStore } = await import("../sqlite/index.ts");
    const { mkdtempSync } = await import("node:fs");
    const store = sqliteStore(`${mkdtempSync("/tmp/holdfast-server-")}/sync.db`, { defer: (run) => void commits.push(run) });
    const { connect, dispose } = await open({ store });
    const replica = new TestReplica(replicaId(1));
    const client = await connect(replica);
    const follower = await connect(new TestReplica(replicaId(2)));
    await follower.pull();
    await replica.write((tx) => void tx.notes.create({ title: "a" }));
    client.sendPush();
    while (commits.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect([...client.received, ...follower.received]).toEqual([]);
    commits.pop()?.();
    expect((await client.next("pushed")).mark).toBe(1);
    expect((await follower.next("poke")).head).toBe(1);
    const flush = setInterval(() => commits.pop()?.(), 1);
    await dispose();
    clearInterval(flush);
  });

  it("[SRV3][T3] is recognised by the mark, however long ago it was and whatever was forgotten since", async () => {
    const { server, connect, clock, store } = await open();
    const replica = new TestReplica(replicaId(1));
    const client = await connect(replica);
    await replica.write((tx) => {
      const id = tx.notes.create({ title: "a" }, { id: "n" });
      tx.notes.counter(id, "opened").add(5);
    });
    await client.push();
    const digest = await server.digest("s");
    clock.advance(400 * 24 * 3_600_000);
    await store.expireOutcomes(clock.runtime.wallMs());
    const again = await connect(replica);
    const answer = await again.push();
    expect(answer).toMatchObject({ mark: 2, head: 1, outcomes: [], stopped: undefined });
    expect(await server.digest("s")).toBe(digest);
  });

  it("[SRV3][F12] that comes again in another batch, with new ones behind, is not applied twice", async () => {
    const { server, connect } = await open();
    const replica = new TestReplica(replicaId(1));
    const client = await connect(replica);
    await replica.write((tx) => void tx.notes.create({ title: "a" }, { id: "n" }));
    await replica.write((tx) => tx.notes.counter("n", "opened").add(1));
    await client.push();
    await replica.write((tx) => tx.notes.counter("n", "opened").add(1));
    const answer = await client.push(replica.log);
    expect(answer).toMatchObject({ mark: 3, head: 3, after: 2 });
    expect(await server.space("s").write(async (tx) => (await tx.notes.get("n"))?.opened)).toBe(2);
  });

  it("[SRV4] with counters missing before it is stopped, and what is there is said", async () => {
    const { connect, server } = await open();
    const replica = new TestReplica(replicaId(1));
    const client = await connect(replica);
    for (let i = 0; i < 3; i++) await replica.write((tx) => void tx.notes.create({ title: `${i}` }));
    expect(await client.push(replica.log.slice(1))).toMatchObject({ mark: 0, stopped: { type: "gap" } });
    const [first, , third] = replica.log as [Transaction, Transaction, Transaction];
    expect(await client.push([first, third])).toMatchObject({ mark: 1, head: 1, stopped: { type: "gap" } });
    expect(await client.push(replica.log.slice(1))).toMatchObject({ mark: 3, stopped: undefined });
    expect((await server.inspect("s")).head).toBe(3);
  });

  it("[SRV5][T4] of another history under the same replica id is told that it forked, wherever the two part", async () => {
    const { connect, server } = await open();
    const original = new TestReplica(replicaId(1));
    const clone = new TestReplica(replicaId(1));
    for (const each of [original, clone]) await each.write((tx) => void tx.notes.create({ title: "both" }, { id: "n" }));
    await original.write((tx) => tx.notes.update("n", { title: "mine" }));
    await clone.write((tx) => tx.notes.update("n", { title: "other" }));
    const client = await connect(original);
    await client.push();
    await clone.write((tx) => tx.notes.update("n", { title: "later" }));
    const digest = await server.digest("s");
    const other = await connect(clone);
    // The whole log, what follows on the mark, what ends at the mark, and a transaction that lies across the mark.
    for (const transactions of [clone.log, clone.log.slice(2), clone.log.slice(0, 2)])
      expect(await other.push(transactions)).toMatchObject({ mark: 2, stopped: { type: "forked" } });
    const [first] = clone.log as [Transaction];
    const wide = { ...first, counter: 2, lamport: 2, body: { type: "void", counters: 5 } } as const;
    expect(await other.push([first, wide])).toMatchObject({ mark: 2, stopped: { type: "forked" } });
    expect(await server.digest("s")).toBe(digest);
  });

  it("[SRV25][T4][F25] of a copy is told how far r0 has it, with the outcomes, whatever the stream still holds", async () => {
    const { connect, server } = await open({
      arbiters: { buyPlan: async () => accept() },
      authorize: { space: () => "write", operation: (_p, operation) => (operation.values.includes("no") ? refuse("no", "No.") : accept()) },
    });
    const original = new TestReplica(replicaId(1));
    const clone = new TestReplica(replicaId(1));
    for (const each of [original, clone]) {
      for (const title of ["a", "no", "c"]) await each.write((tx) => void tx.notes.create({ title }, { id: title }));
      each.intent("buyPlan", { accountId: "a", plan: "pro" }, 7);
    }
    await original.write((tx) => tx.notes.update("a", { title: "mine" }));
    for (const title of ["other", "more", "most"]) await clone.write((tx) => tx.notes.update("a", { title }));
    await (await connect(original)).push();
    await server.compact("s", 0);
    const other = await connect(clone);
    const answer = await other.push();
    expect(answer).toMatchObject({ mark: 5, stopped: { type: "forked", through: 4 } });
    expect(answer.outcomes.map((outcome) => [outcome.type, outcome.counter])).toEqual([
      ["refused", 2],
      ["accepted", 4],
    ]);
    // In smaller pushes: what ends before the mark and is all there is answered as far as it goes.
    expect(await other.push(clone.log.slice(0, 3))).toMatchObject({ mark: 3, outcomes: [{ counter: 2 }], stopped: undefined });
    expect(await other.push(clone.log.slice(3))).toMatchObject({ stopped: { type: "forked", through: 4 } });
    // Nothing of it is there: the counter before it.
    expect(await other.push(clone.log.slice(4))).toMatchObject({ outcomes: [], stopped: { type: "forked", through: 4 } });
  });

  it("[SRV25][T4][T6] of a copy holds a void for what r0 has refused: it is the same history", async () => {
    const { connect } = await open({
      authorize: { space: () => "write", operation: (_p, operation) => (operation.values.includes("no") ? refuse("no", "No.") : accept()) },
    });
    const original = new TestReplica(replicaId(1));
    for (const title of ["a", "no", "c", "d", "e"]) await original.write((tx) => void tx.notes.create({ title }, { id: title }));
    const client = await connect(original);
    await client.push();
    const emptied = (transaction: Transaction | undefined): Transaction => ({
      ...(transaction as Transaction),
      body: { type: "void", counters: 1 },
    });
    const [a, no, c, d] = original.log as [Transaction, Transaction, Transaction, Transaction];
    // As its author offers it after r0 came back from a backup: from the oldest that it keeps, with no chain that says anything.
    const extra = { chain: new Uint8Array(8) };
    expect(await client.push([a, emptied(no)], extra)).toMatchObject({ mark: 2, outcomes: [{ counter: 2 }], stopped: undefined });
    expect(await client.push([emptied(no), c], extra)).toMatchObject({ mark: 3, stopped: undefined });
    // A void for what r0 has taken is another history.
    expect(await client.push([c, emptied(d)], extra)).toMatchObject({ stopped: { type: "forked", through: 3 } });
  });

  it("[SRV25][T4][F10] of a copy is told what another copy has withdrawn, and that it has what came after", async () => {
    const { connect, server } = await open();
    const original = new TestReplica(replicaId(1));
    const clone = new TestReplica(replicaId(1));
    for (const each of [original, clone])
      for (const title of ["a", "poison", "c"]) await each.write((tx) => void tx.notes.create({ title }, { id: title }));
    const [a, poison, c] = original.log as [Transaction, Transaction, Transaction];
    const empty: Transaction = { ...poison, body: { type: "void", counters: 1 } };
    await original.write((tx) => tx.notes.update("a", { title: "mine" }));
    await (await connect(original)).push([a, empty, c, ...original.log.slice(3)]);
    await clone.write((tx) => tx.notes.update("a", { title: "other" }));
    const answer = await (await connect(clone)).push();
    expect(answer).toMatchObject({ mark: 4, stopped: { type: "forked", through: 3 } });
    expect(answer.outcomes).toMatchObject([{ type: "refused", counter: 2, code: "withdrawn-elsewhere" }]);
    expect(await titles(server, ["a", "poison", "c"])).toEqual(["mine", undefined, "c"]);
  });

  it("[SRV30][T4][F10][F58] of a copy ends before a total that counts in what another copy has withdrawn, unless r0 has that very total", async () => {
    const add = (replica: TestReplica, by: number) => replica.write((tx) => tx.notes.counter("n", "opened").add(by));
    const copies = async (id: number) => {
      const [original, clone] = [new TestReplica(replicaId(id)), new TestReplica(replicaId(id))];
      for (const each of [original, clone]) {
        await each.write((tx) => void tx.notes.create({ title: "n" }, { id: "n" }));
        for (const by of [50, 2, 3]) await add(each, by);
        await each.write((tx) => tx.notes.update("n", { title: "later" }));
      }
      return { original, clone };
    };
    const { connect } = await open();
    const total = (replica: TestReplica, up: number): Transaction =>
      forge(replica, (operation) => ({ ...operation, delta: counterLattice.encodeDelta({ up, down: 0 }) }));
    const { original, clone } = await copies(1);
    const [n, fifty, two, three, later] = original.log as [Transaction, Transaction, Transaction, Transaction, Transaction];
    // Withdrawn, and what came after said without it.
    original.log.splice(1, 4, voidOf(fifty, identityOf), two);
    const twoAlone = total(original, 2);
    original.log.push(three);
    const threeAlone = total(original, 5);
    original.log.push(later);
    const client = await connect(original);
    await client.push(original.log.slice(0, 2));
    expect(await client.push(original.log.slice(2))).toMatchObject({ mark: 5, stopped: undefined });
    const other = await connect(clone);
    const withdrawn = [{ type: "refused", counter: 2, code: "withdrawn-elsewhere" }];
    expect(await other.push([n, fifty, two, three, later])).toMatchObject({ outcomes: withdrawn, stopped: { type: "forked", through: 2 } });
    const extra = { chain: new Uint8Array(8) };
    expect(await other.push([twoAlone, threeAlone, later], extra)).toMatchObject({ outcomes: [], stopped: { type: "forked", through: 5 } });
    // Other amounts under the same counters are another copy's.
    expect(await other.push([two, three], extra)).toMatchObject({ outcomes: [], stopped: { type: "forked", through: 2 } });
    // What r0 has, it knows, whatever this copy has withdrawn before it; and that it has the latter, too (SRV38).
    const second = await copies(2);
    const [n2, fifty2, two2] = second.original.log as [Transaction, Transaction, Transaction];
    await (await connect(second.original)).push([n2, fifty2, two2]);
    const answer = await (await connect(second.clone)).push([n2, voidOf(fifty2, identityOf), two2]);
    expect(answer).toMatchObject({ outcomes: withdrawn, stopped: { type: "forked", through: 3 } });
  });

  it("[SRV29][T9][F58] ends before a total that may count in what its author has withdrawn, also when it is repeated", async () => {
    const { connect, server } = await open();
    const replica = new TestReplica(replicaId(1));
    const opened = async (): Promise<unknown> => server.space("s").write(async (tx) => (await tx.notes.get("n"))?.opened);
    await replica.write((tx) => void tx.notes.create({ title: "n" }, { id: "n" }));
    await replica.write((tx) => tx.notes.counter("n", "opened").add(50));
    await replica.write((tx) => tx.notes.update("n", { title: "on" }));
    await replica.write((tx) => tx.notes.counter("n", "opened").add(2));
    const client = await connect(replica);
    replica.log[1] = voidOf(replica.log[1] as Transaction, identityOf);
    for (let n = 0; n < 2; n++) expect(await client.push()).toMatchObject({ mark: 3, stopped: undefined });
    expect(await opened()).toBe(0);
    forge(replica, (operation) => ({ ...operation, delta: counterLattice.encodeDelta({ up: 2, down: 0 }) }));
    expect(await client.push(replica.log.slice(3))).toMatchObject({ mark: 4, stopped: undefined });
    expect(await opened()).toBe(2);
  });

  it("[SRV26][T7] that claims any number of counters makes r0 read no more rows than it holds transactions", async () => {
    const read: number[] = [];
    const { connect, store } = await open();
    const replica = new TestReplica(replicaId(1));
    const client = await connect(replica);
    for (let i = 0; i < 50; i++) replica.intent("sellPlan", {}, i);
    for (let i = 0; i < 50; i += 5) await client.push(replica.log.slice(i, i + 5));
    const { transact } = store;
    store.transact = (space, body) =>
      transact(space, (reader) =>
        body({
          ...reader,
          outcomes: async (ranges) => counted(await reader.outcomes(ranges)),
          imprints: async (range) => counted(await reader.imprints(range)),
        }),
      );
    const counted = <T>(rows: readonly T[]): readonly T[] => (read.push(rows.length), rows);
    const [first] = replica.log as [Transaction];
    const wide: Transaction = { ...first, counter: 2, lamport: 2, body: { type: "void", counters: 48 } };
    expect(await client.push([first, wide])).toMatchObject({ stopped: { type: "forked", through: 1 } });
    expect(Math.max(...read)).toBeLessThanOrEqual(2);
    read.length = 0;
    expect((await client.push()).outcomes).toHaveLength(50);
    expect(read).toEqual([50]);
  });

  it("[SRV27][F10] whose decision needs a read that fails is not at fault: no transaction is named, and the turn changes nothing", async () => {
    const { connect, store, server } = await open({
      arbiters: {
        // It catches everything, and would refuse for the wrong reason.
        buyPlan: async (tx) =>
          await tx.notes.get("n").then(
            () => accept(),
            () => refuse("gone", "Gone."),
          ),
      },
    });
    const replica = new TestReplica(replicaId(1));
    const client = await connect(replica);
    await replica.write((tx) => void tx.notes.create({ title: "a" }, { id: "a" }));
    replica.intent("buyPlan", { accountId: "a", plan: "pro" }, 7);
    const { transact } = store;
    let broken = true;
    store.transact = (space, body) =>
      transact(space, (reader) =>
        body({
          ...reader,
          records: async (keys) => {
            if (broken && keys.some(({ record }) => record === "n")) throw new Error("the connection is gone");
            return reader.records(keys);
          },
        }),
      );
    await expect(client.push()).rejects.toThrow(/"overloaded"/);
    expect((await server.inspect("s")).head).toBe(0);
    broken = false;
    expect(await client.push()).toMatchObject({ mark: 2, outcomes: [{ type: "accepted" }], stopped: undefined });
  });

  it("[SRV6][T9][F15] has one outcome for each refused transaction, which is refused as a whole; the rest go on", async () => {
    const { connect, server } = await open({
      authorize: {
        space: () => "write",
        operation: (_principal, operation) => (operation.values.includes("no") ? refuse("not-this", "Not this one.") : accept()),
      },
    });
    const replica = new TestReplica(replicaId(1));
    const client = await connect(replica);
    for (let i = 1; i <= 20; i++) {
      await replica.write((tx) => {
        tx.notes.create({ title: i === 7 ? "no" : "yes" }, { id: `n${i}` });
        if (i === 12) for (let k = 0; k < 4; k++) tx.notes.create({ title: k === 2 ? "no" : "yes" }, { id: `group${k}` });
      });
    }
    const answer = await client.push();
    expect(answer).toMatchObject({ mark: replica.counter, head: 18, stopped: undefined });
    expect(answer.outcomes.map((outcome) => [outcome.type, outcome.counter])).toEqual([
      ["refused", 7],
      ["refused", 12],
    ]);
    expect(answer.outcomes[0]).toMatchObject({ code: "not-this", reason: "Not this one." });
    expect(await titles(server, ["n6", "n7", "n8", "n12", "group0", "group2", "n13"])).toEqual([
      "yes",
      undefined,
      "yes",
      undefined,
      undefined,
      undefined,
      "yes",
    ]);
    await replica.write((tx) => tx.notes.update("n8", { title: "on" }));
    expect(await client.push(replica.log.slice(-1))).toMatchObject({ mark: replica.counter, outcomes: [] });
  });

  it("[SRV29][T9][F58] ends before a total that counts in an increment it had refused, however often and from whichever copy it comes", async () => {
    const { connect, server } = await open({
      authorize: { space: () => "write", operation: (_p, operation) => (operation.values.includes("no") ? refuse("no", "No.") : accept()) },
    });
    const replica = new TestReplica(replicaId(1));
    const opened = async (): Promise<unknown> => server.space("s").write(async (tx) => (await tx.notes.get("n"))?.opened);
    await replica.write((tx) => void tx.notes.create({ title: "yes" }, { id: "n" }));
    await replica.write((tx) => (tx.notes.update("n", { title: "no" }), tx.notes.counter("n", "opened").add(50)));
    await replica.write((tx) => tx.notes.update("n", { title: "on" }));
    await replica.write((tx) => tx.notes.counter("n", "opened").add(2));
    const client = await connect(replica);
    const asWritten = [...replica.log];
    const cut = { mark: 4, outcomes: [{ type: "refused", counter: 2 }], stopped: undefined };
    expect(await client.push()).toMatchObject(cut);
    expect(await client.push()).toMatchObject(cut);
    expect(await opened()).toBe(0);
    forge(replica, (operation) => ({ ...operation, delta: counterLattice.encodeDelta({ up: 2, down: 0 }) }));
    expect(await client.push(replica.log.slice(3))).toMatchObject({ mark: 5, outcomes: [], stopped: undefined });
    expect(await opened()).toBe(2);
    // As it was before the refusal was heard: a copy of the file, or a request that was late, is no other history.
    expect(await client.push(asWritten)).toMatchObject(cut);
    expect(await opened()).toBe(2);
  });

  it("[SRV7][F12] that is retried gets its original outcomes byte for byte, also after a restart, and the app is not asked again", async () => {
    let asked = 0;
    const options: Parameters<typeof open>[0] = {
      authorize: { space: () => "write", operation: () => (++asked, refuse("no", `answer ${asked}`)) },
      arbiters: { buyPlan: async (_tx, { plan }) => (++asked, accept({ plan, answer: asked })) },
    };
    const first = await open(options);
    const replica = new TestReplica(replicaId(1));
    const client = await first.connect(replica);
    await replica.write((tx) => void tx.notes.create({ title: "a" }));
    replica.intent("buyPlan", { accountId: "a", plan: "pro" }, 7);
    const original = await client.push();
    expect(original.outcomes.map((outcome) => outcome.type)).toEqual(["refused", "accepted"]);
    const bytes = client.carried.at(-1);
    const request = original.request;
    const second = await first.restart();
    const later = await second.connect(replica);
    const answer = await later.push();
    expect(answer.request).toBe(request);
    expect(later.carried.at(-1)).toEqual(bytes);
    expect(asked).toBe(2);
  });

  it("[SRV7][F12] an intent that comes back under another replica id gets the outcome that its UUID has", async () => {
    let asked = 0;
    const { connect, server } = await open({
      arbiters: { buyPlan: async (tx) => (asked++, tx.notes.create({ title: "effect" }), accept(asked)) },
    });
    const one = new TestReplica(replicaId(1));
    const two = new TestReplica(replicaId(2));
    for (const each of [one, two]) each.intent("buyPlan", { accountId: "a", plan: "pro" }, 7);
    const [first] = (await (await connect(one)).push()).outcomes;
    await two.write((tx) => void tx.notes.create({ title: "b" }));
    const [second] = (await (await connect(two)).push()).outcomes;
    expect(second).toEqual(first);
    expect(asked).toBe(1);
    expect((await server.inspect("s")).head).toBe(2);
  });

  it("[SRV8][T3][F12][F22] whose outcome is past its retention is still told whether it was refused, and is not run again", async () => {
    let asked = 0;
    const { connect, clock, server } = await open({
      limits: { outcomeRetentionMs: 1_000 },
      authorize: { space: () => "write", operation: (_p, operation) => (operation.values.includes("no") ? refuse("no", "No.") : accept()) },
      arbiters: { buyPlan: async () => (asked++, accept()) },
    });
    const replica = new TestReplica(replicaId(1));
    replica.intent("buyPlan", { accountId: "a", plan: "pro" }, 7);
    await replica.write((tx) => void tx.notes.create({ title: "no" }));
    await replica.write((tx) => void tx.notes.create({ title: "yes" }));
    replica.intent("sellPlan", {}, 8);
    await (await connect(replica)).push();
    clock.advance(4_000_000);
    const client = await connect(replica);
    const answer = await client.push();
    expect(answer).toMatchObject({ mark: replica.counter, head: 1, stopped: undefined });
    expect(answer.outcomes).toEqual([
      { type: "outcome-expired", counter: 1 },
      { type: "refused", counter: 2, code: "refused-earlier", reason: expect.stringContaining("r0 refused this write") },
      { type: "refused", counter: 4, code: "refused-earlier", reason: expect.any(String) },
    ]);
    // A push that ends before the mark is answered as far as it goes: what is said of it is no more than it holds.
    expect(await client.push(replica.log.slice(0, 1))).toMatchObject({
      mark: 1,
      outcomes: answer.outcomes.slice(0, 1),
      stopped: undefined,
    });
    expect(asked).toBe(1);
    expect((await server.inspect("s")).head).toBe(1);
  });

  it("[SRV8][F12][F22] that was refused and settled is refused again to a device that has lost the answer; what was accepted is confirmed", async () => {
    const { connect, server } = await open({
      authorize: { space: () => "write", operation: (_p, operation) => (operation.values.includes("no") ? refuse("no", "No.") : accept()) },
    });
    const replica = new TestReplica(replicaId(1));
    const client = await connect(replica);
    for (const title of ["no", "yes", "no"]) await replica.write((tx) => void tx.notes.create({ title }, { id: `n${replica.counter}` }));
    await client.push(replica.log.slice(0, 2));
    await client.push(replica.log.slice(2), { settledThrough: 2 });
    const again = await client.push(replica.log);
    expect(again).toMatchObject({ mark: 3, head: 1, stopped: undefined });
    expect(again.outcomes).toEqual([
      { type: "refused", counter: 1, code: "refused-earlier", reason: expect.any(String) },
      { type: "refused", counter: 3, code: "no", reason: "No." },
    ]);
    expect(await client.push(replica.log.slice(1, 2))).toMatchObject({ mark: 2, outcomes: [], stopped: undefined });
    expect(await titles(server, ["n0", "n1", "n2"])).toEqual([undefined, "yes", undefined]);
  });

  it("[SRV9][F10] whose rule throws is stopped there: what is before it commits, the session and other replicas go on", async () => {
    let broken = true;
    const { connect, server, log } = await open({
      authorize: {
        space: () => "write",
        operation: (_principal, operation) => {
          if (broken && operation.record === "poison") throw new Error("the rule broke");
          return accept();
        },
      },
    });
    const replica = new TestReplica(replicaId(1));
    const client = await connect(replica);
    for (const id of ["before", "poison", "behind"]) await replica.write((tx) => void tx.notes.create({ title: id }, { id }));
    const answer = await client.push();
    expect(answer).toMatchObject({ mark: 1, head: 1, stopped: { type: "failed", counter: 2 } });
    expect(answer.stopped).toHaveProperty("retryAfterMs");
    expect(JSON.stringify(answer.stopped)).not.toContain("the rule broke");
    expect(log.map((entry) => entry.event)).toEqual(["decision-failed"]);
    const other = new TestReplica(replicaId(2));
    await other.write((tx) => void tx.notes.create({ title: "other" }, { id: "other" }));
    expect(await (await connect(other)).push()).toMatchObject({ mark: 1, head: 2, stopped: undefined });
    broken = false;
    expect(await client.push(replica.log.slice(1))).toMatchObject({ mark: 3, head: 4, stopped: undefined });
    expect(await titles(server, ["before", "poison", "behind", "other"])).toEqual(["before", "poison", "behind", "other"]);
  });

  it("[SRV18][F10] whose arbiter does not come back is stopped at its deadline, and decided when asked again", async () => {
    let stuck = true;
    const { connect, clock } = await open({
      arbiters: { buyPlan: () => (stuck ? new Promise<never>(() => {}) : Promise.resolve(accept())) },
    });
    const replica = new TestReplica(replicaId(1));
    replica.intent("buyPlan", { accountId: "a", plan: "pro" }, 7);
    const client = await connect(replica);
    client.sendPush();
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(5_001);
    expect((await client.next("pushed")).stopped).toMatchObject({ type: "failed", counter: 1 });
    stuck = false;
    expect((await client.push()).outcomes).toMatchObject([{ type: "accepted", counter: 1 }]);
  });

  it("[SRV20] a void uses up its counters and does nothing", async () => {
    const { connect } = await open();
    const replica = new TestReplica(replicaId(1));
    replica.void(3);
    await replica.write((tx) => void tx.notes.create({ title: "a" }));
    expect(await (await connect(replica)).push()).toMatchObject({ mark: 4, head: 1, outcomes: [], stopped: undefined });
  });
});

describe("what a client must not write", () => {
  const refusals = async (options: Parameters<typeof open>[0], make: (replica: TestReplica) => unknown) => {
    const each = await open(options);
    const replica = new TestReplica(replicaId(1));
    const client = await each.connect(replica);
    await make(replica);
    const answer = await client.push();
    expect(answer.stopped).toBeUndefined();
    expect(answer.mark).toBe(replica.counter);
    return answer.outcomes.map((outcome) => (outcome.type === "refused" ? outcome.code : outcome.type));
  };
  const create = (replica: TestReplica, id = "n") => replica.write((tx) => void tx.notes.create({ title: "a" }, { id }));

  it("[SRV10][T7] a stamp above what the space has seen is refused, and the honest ones behind it are not", async () => {
    const { connect, server } = await open();
    const honest = new TestReplica(replicaId(2));
    const lying = new TestReplica(replicaId(1));
    await create(honest);
    const client = await connect(honest);
    await client.push();
    const lied = await connect(lying);
    await lying.write((tx) => void tx.notes.create({ title: "mine for ever" }, { id: "n" }));
    lying.replaceLast((transaction) => ({ ...transaction, lamport: 2 ** 40 }));
    const answer = await lied.push();
    expect(answer).toMatchObject({ mark: 1, outcomes: [{ type: "refused", code: "stamp-out-of-bounds" }] });
    expect((await server.inspect("s")).lamport).toBeLessThan(10);
    await honest.write((tx) => tx.notes.update("n", { title: "b" }));
    expect((await client.push(honest.log.slice(-1))).outcomes).toEqual([]);
    lying.lamport = 2;
    await lying.write((tx) => void tx.notes.create({ title: "c" }));
    expect((await lied.push(lying.log.slice(-1))).outcomes).toEqual([]);
  });

  it("[SRV35][T6][F26] a backup that is put back twice takes what was stamped in between, whoever brings it first or not at all", async () => {
    const first = await open();
    await first.store.startNewEpoch("cd".repeat(16));
    const second = await first.restart();
    // As devices have it that wrote behind one another under an epoch that is lost: others' writes lie between their own.
    const { lamport } = await second.server.inspect("s");
    const [early, late] = [new TestReplica(replicaId(1)), new TestReplica(replicaId(2))];
    early.lamport = lamport + 700;
    late.lamport = lamport + 5 * 2 ** 20;
    await create(early, "early");
    await create(late, "late");
    late.void(2);
    await late.write((tx) => tx.notes.update("late", { title: "and again" }));
    for (const each of [late, early])
      expect(await (await second.connect(each)).push()).toMatchObject({ mark: each.counter, stopped: undefined, outcomes: [] });
    expect((await second.server.inspect("s")).lamport).toBe(late.lamport);
    // What is written since stands above it.
    const fresh = new TestReplica(replicaId(3));
    fresh.lamport = late.lamport;
    await create(fresh, "fresh");
    expect((await (await second.connect(fresh)).push()).outcomes).toEqual([]);
  });

  it("[SRV35][T7] also a store that was restored has a bound: no stamp takes its clock beyond what an epoch can have come to", async () => {
    const first = await open();
    await first.store.startNewEpoch("cd".repeat(16));
    const second = await first.restart();
    const lying = new TestReplica(replicaId(1));
    await create(lying);
    const client = await second.connect(lying);
    lying.replaceLast((transaction) => ({ ...transaction, lamport: 2 ** 40 }));
    expect(await client.push()).toMatchObject({ mark: 1, outcomes: [{ code: "stamp-out-of-bounds" }] });
    expect((await second.server.inspect("s")).lamport).toBeLessThanOrEqual(2 * 2 ** 32 + 1);
    // As high as it may be; from there it goes on one by one.
    lying.lamport = 2 * 2 ** 32;
    await create(lying, "one more");
    expect((await client.push(lying.log.slice(-1))).outcomes).toEqual([]);
    lying.lamport += 1;
    await create(lying, "and one too high");
    expect((await client.push(lying.log.slice(-1))).outcomes).toMatchObject([{ code: "stamp-out-of-bounds" }]);
  });

  it("[SRV35][T6][T7][F26] what is refused or void under a lost epoch keeps no honest write out of the next, which begins at the same backup", async () => {
    const first = await open();
    await first.store.startNewEpoch("cd".repeat(16));
    const second = await first.restart();
    const before = (await second.server.inspect("s")).lamport;
    const [refused, withdrawn] = [new TestReplica(replicaId(1)), new TestReplica(replicaId(2))];
    await create(refused);
    refused.replaceLast((transaction) => ({ ...transaction, lamport: 2 ** 40 }));
    expect(await (await second.connect(refused)).push()).toMatchObject({ mark: 1, outcomes: [{ code: "stamp-out-of-bounds" }] });
    withdrawn.void(1);
    withdrawn.replaceLast((transaction) => ({ ...transaction, lamport: 2 ** 40 }));
    expect(await (await second.connect(withdrawn)).push()).toMatchObject({ mark: 1, outcomes: [] });
    // An honest device takes its clock from r0's, and writes while the backup is put back once more: its epoch allows what this one does.
    const { lamport } = await second.server.inspect("s");
    expect(lamport).toBeLessThanOrEqual(Math.max(before, 2 ** 20) + 2);
    const again = await open();
    await again.store.startNewEpoch("ef".repeat(16));
    const third = await again.restart();
    const honest = new TestReplica(replicaId(3));
    honest.lamport = lamport;
    await create(honest, "honest");
    honest.lamport += 1; // another's lay in between
    await create(honest, "too");
    expect((await (await third.connect(honest)).push()).outcomes).toEqual([]);
  });

  it("[SRV35][T6][T7] an intent of a lost epoch stands below its effect, and below what its author says next; one that is refused moves no clock", async () => {
    const first = await open();
    await first.store.startNewEpoch("cd".repeat(16));
    const server = await first.restart();
    const lamportOf = async (): Promise<number> => (await server.server.inspect("s")).lamport;
    const [poor, rich] = [new TestReplica(replicaId(1)), new TestReplica(replicaId(2))];
    await server.server.space("s").write((tx) => tx.accounts.create({ credits: 20 }, { id: "a" }));
    const before = await lamportOf();
    poor.lamport = before + 5 * 2 ** 20;
    poor.intent("buyPlan", { accountId: "b", plan: "pro" }, 1);
    expect((await (await server.connect(poor)).push()).outcomes).toMatchObject([{ type: "refused", code: "no-credit" }]);
    expect(await lamportOf()).toBeLessThan(before + 5);
    rich.lamport = before + 3 * 2 ** 20;
    const intent = rich.intent("buyPlan", { accountId: "a", plan: "pro" }, 2);
    const client = await server.connect(rich);
    expect((await client.push()).outcomes).toMatchObject([{ type: "accepted" }]);
    expect(await lamportOf()).toBeGreaterThan(intent.lamport);
    rich.lamport = before;
    rich.void(1);
    await create(rich, "n");
    expect((await client.push(rich.log.slice(1))).outcomes).toMatchObject([{ type: "refused", code: "stamp-out-of-bounds" }]);
  });

  it("[SRV10] a clock that refusals and voids have moved is honest", async () => {
    const options: Parameters<typeof open>[0] = {
      authorize: { space: () => "write", operation: (_p, operation) => (operation.values.includes("no") ? refuse("no", "No.") : accept()) },
    };
    const found = await refusals(options, async (replica) => {
      for (const title of ["no", "yes", "no"]) await replica.write((tx) => void tx.notes.create({ title }));
      replica.void(5);
      await replica.write((tx) => void tx.notes.create({ title: "yes" }));
    });
    expect(found).toEqual(["no", "no"]);
  });

  it("[SRV10][T1] a stamp that goes back below its author's last is refused", async () => {
    const found = await refusals({}, async (replica) => {
      await create(replica, "a");
      await create(replica, "b");
      replica.replaceLast((transaction) => ({ ...transaction, lamport: 1 }));
    });
    expect(found).toEqual(["stamp-out-of-bounds"]);
  });

  it("[SRV11][T7][T23] a context that claims dots which nobody has pushed is refused", async () => {
    const { connect, server } = await open();
    const victim = new TestReplica(replicaId(2));
    await victim.write((tx) => void tx.notes.create({ tags: ["keep"] }, { id: "n" }));
    const client = await connect(victim);
    await client.push();
    const lying = new TestReplica(replicaId(1));
    lying.applyAll([{ sequence: 1, transaction: victim.log[0] as Transaction }]);
    await lying.write((tx) => tx.notes.set("n", "tags").delete("keep"));
    forge(lying, (operation) => ({ ...operation, context: new Map([[victim.id, 1_000]]) }));
    const answer = await (await connect(lying)).push();
    expect(answer.outcomes).toMatchObject([{ type: "refused", code: "context-out-of-bounds" }]);
    expect(await server.space("s").write(async (tx) => (await tx.notes.get("n"))?.tags)).toEqual(["keep"]);
  });

  it("[SRV11][T6] a store that was restored holds contexts to nothing: they may name what the backup had lost", async () => {
    const first = await open();
    await first.store.startNewEpoch("cd".repeat(16));
    const second = await first.restart();
    const replica = new TestReplica(replicaId(1));
    await create(replica);
    forge(replica, (operation) => ({ ...operation, context: new Map([[replicaId(2), 40]]) }));
    expect(await (await second.connect(replica)).push()).toMatchObject({ mark: 1, head: 1, outcomes: [] });
  });

  it("[SRV28][T6][F26] what builds on what a backup had lost waits for whoever brings that back; what builds on a refused write does not", async () => {
    const first = await open({
      authorize: { space: () => "write", operation: (_p, { values }) => (values.includes("no") ? refuse("no", "No.") : accept()) },
    });
    const [lost, seen] = [new TestReplica(replicaId(1)), new TestReplica(replicaId(2))];
    await create(lost);
    seen.applyAll([{ sequence: 1, transaction: lost.log[0] as Transaction }]);
    await seen.write((tx) => tx.notes.update("n", { title: "built on it" }));
    await seen.write((tx) => void tx.notes.create({ title: "no" }, { id: "refused" }));
    await seen.write((tx) => tx.notes.update("refused", { title: "on that" }));
    await first.store.startNewEpoch("cd".repeat(16));
    const second = await first.restart();
    const client = await second.connect(seen);
    expect(await client.push()).toMatchObject({ mark: 0, stopped: { type: "awaits", counter: 1, retryAfterMs: expect.any(Number) } });
    await (await second.connect(lost)).push();
    expect(await client.push()).toMatchObject({
      mark: 3,
      stopped: undefined,
      outcomes: [
        { counter: 2, code: "no" },
        { counter: 3, code: "depends-on-refused" },
      ],
    });
    expect(await titles(second.server, ["n"])).toEqual(["built on it"]);
  });

  it("[SRV28][T6][T9] r0's patience ends: what nobody brings back is refused, and so is what builds on it, and the rest goes on", async () => {
    const first = await open({ limits: { restoredHoldMsMax: 0 } });
    const [lost, seen] = [new TestReplica(replicaId(1)), new TestReplica(replicaId(2))];
    await create(lost);
    seen.applyAll([{ sequence: 1, transaction: lost.log[0] as Transaction }]);
    await seen.write((tx) => tx.notes.update("n", { title: "built on it" }));
    await seen.write((tx) => tx.notes.update("n", { title: "and on that" }));
    await seen.write((tx) => void tx.notes.create({ title: "by itself" }, { id: "m" }));
    await first.store.startNewEpoch("cd".repeat(16));
    const second = await first.restart();
    const client = await second.connect(seen);
    expect(await client.push()).toMatchObject({ mark: 0, stopped: { type: "awaits", counter: 1 } });
    expect(await client.push()).toMatchObject({
      stopped: undefined,
      outcomes: [
        { counter: 1, code: "depends-on-refused" },
        { counter: 2, code: "depends-on-refused" },
      ],
    });
    expect(await titles(second.server, ["m"])).toEqual(["by itself"]);
  });

  it("[SRV12][T7] a field that r0 alone decides is refused", async () => {
    const found = await refusals({}, async (replica) => {
      await create(replica);
      forge(replica, (operation) => ({
        ...operation,
        collection: "accounts",
        field: "credits",
        kind: kindCodes.arbitrated,
        delta: valueToBytes(1_000),
      }));
    });
    expect(found).toEqual(["arbitrated-by-client"]);
  });

  it("[SRV13][T7][F17] a value that the schema's validator refuses, or that is none at all", async () => {
    const found = await refusals({}, async (replica) => {
      await create(replica, "a");
      forge(replica, (operation) => ({ ...operation, delta: registerLattice.encodeDelta({ value: "x".repeat(21) }) }));
      await create(replica, "b");
      forge(replica, (operation) => ({ ...operation, delta: registerLattice.encodeDelta({ value: 5 }) }));
      await create(replica, "c");
      forge(replica, (operation) => ({ ...operation, delta: Uint8Array.of(255, 255, 255) }));
    });
    expect(found).toEqual(["invalid-value", "invalid-value", "malformed"]);
  });

  it("[SRV13][T25] an operation of another kind than the field's", async () => {
    const found = await refusals({}, async (replica) => {
      await replica.write((tx) => {
        tx.notes.create({ title: "a" }, { id: "n" });
        tx.notes.counter("n", "opened").add(1);
      });
      forge(replica, (operation) => (operation.field === "opened" ? { ...operation, field: "title" } : operation));
    });
    expect(found).toEqual(["wrong-kind"]);
  });

  it("[SRV14][T17] what the server's schema does not know: refused from an older app, kept and passed on from a newer one", async () => {
    const unknown = async (replica: TestReplica, schemaVersion: number): Promise<void> => {
      await create(replica, "a");
      forge(replica, (operation) => ({ ...operation, field: "colour" }));
      replica.replaceLast((transaction) => ({ ...transaction, schemaVersion }));
      await create(replica, "b");
      forge(replica, (operation) => ({ ...operation, collection: "boards" }));
      replica.replaceLast((transaction) => ({ ...transaction, schemaVersion }));
      await create(replica, "c");
      forge(replica, (operation) => ({ ...operation, field: "shape", kind: 99 }));
      replica.replaceLast((transaction) => ({ ...transaction, schemaVersion }));
    };
    expect(await refusals({}, (replica) => unknown(replica, 2))).toEqual(["unknown-field", "unknown-collection", "unknown-field"]);
    const { connect } = await open();
    const newer = new TestReplica(replicaId(1));
    await unknown(newer, 3);
    expect((await (await connect(newer)).push()).outcomes).toEqual([]);
    const reader = await connect(new TestReplica(replicaId(2)));
    const page = await reader.pull();
    expect(page.content.type === "snapshot" && page.content.records.map((each) => `${each.collection}/${each.record}`)).toEqual([
      "boards/b",
      "notes/a",
      "notes/c",
    ]);
  });

  it("[SRV15][F14] a change of a record that r0 does not hold, since its creation was refused", async () => {
    const options: Parameters<typeof open>[0] = {
      authorize: { space: () => "write", operation: (_p, operation) => (operation.values.includes("no") ? refuse("no", "No.") : accept()) },
    };
    const found = await refusals(options, async (replica) => {
      await replica.write((tx) => void tx.notes.create({ title: "no" }, { id: "n" }));
      await replica.write((tx) => tx.notes.update("n", { pinned: true }));
      await replica.write((tx) => tx.notes.delete("n"));
    });
    expect(found).toEqual(["no", "depends-on-refused", "depends-on-refused"]);
  });

  it("[SRV15] an edit of a text at a place that r0 does not hold", async () => {
    const options: Parameters<typeof open>[0] = {
      authorize: { space: () => "write", operation: (_p, operation) => (operation.field === "title" ? refuse("no", "No.") : accept()) },
    };
    const found = await refusals(options, async (replica) => {
      await replica.write((tx) => void tx.notes.create({ pinned: true }, { id: "n" }));
      await replica.write((tx) => {
        tx.notes.update("n", { title: "x" });
        tx.notes.text("n", "body").insert(0, "abc");
      });
      await replica.write((tx) => tx.notes.text("n", "body").insert(3, "def"));
    });
    expect(found).toEqual(["no", "depends-on-refused"]);
  });

  it("[SRV15] an item of a list at a place that r0 does not hold, and a change of one; it may be removed", async () => {
    const options: Parameters<typeof open>[0] = {
      authorize: { space: () => "write", operation: (_p, operation) => (operation.field === "title" ? refuse("no", "No.") : accept()) },
    };
    const found = await refusals(options, async (replica) => {
      await replica.write((tx) => {
        tx.notes.create({ pinned: true }, { id: "n" });
        tx.notes.list("n", "checklist").push("held");
      });
      await replica.write((tx) => {
        tx.notes.update("n", { title: "x" });
        tx.notes.list("n", "checklist").push("refused");
      });
      await replica.write((tx) => tx.notes.list("n", "checklist").push("after it"));
      await replica.write((tx) => tx.notes.list("n", "checklist").set(1, "another"));
      await replica.write((tx) => tx.notes.list("n", "checklist").set(0, "still held"));
      await replica.write((tx) => tx.notes.list("n", "checklist").move(1, 0));
      await replica.write((tx) => tx.notes.list("n", "checklist").delete(0));
    });
    expect(found).toEqual(["no", "depends-on-refused", "depends-on-refused", "depends-on-refused"]);
  });

  it("[SRV16][F22] anything, where it may only read; the app's own rule is asked for each operation, with the record as it is", async () => {
    const each = await open();
    each.access.set("s", "read");
    const replica = new TestReplica(replicaId(1));
    await create(replica);
    replica.intent("buyPlan", { accountId: "a", plan: "pro" }, 1);
    const reading = await each.connect(replica);
    expect((await reading.push()).outcomes).toMatchObject([
      { type: "refused", code: "read-only" },
      { type: "refused", code: "read-only" },
    ]);
    const asked: unknown[] = [];
    const { connect } = await open({
      authorize: {
        space: () => "write",
        operation: (principal, { type, field, kind, values }, record) => {
          asked.push([principal.id, type, field, kind, values, record?.["title"]]);
          return accept();
        },
      },
    });
    const writer = new TestReplica(replicaId(1));
    await create(writer);
    await writer.write((tx) => tx.notes.update("n", { title: "b" }));
    await writer.write((tx) => tx.notes.delete("n"));
    await (await connect(writer)).push();
    expect(asked).toEqual([
      ["ann", "create", "title", "register", ["a"], undefined],
      ["ann", "change", "title", "register", ["b"], "a"],
      ["ann", "delete", "", "presence", [], "b"],
    ]);
  });

  it("[SRV21] a dependency beyond another space's head is refused, one within it is kept", async () => {
    const { connect, server } = await open();
    await server.space("other").write((tx) => tx.notes.create({ title: "x" }));
    const replica = new TestReplica(replicaId(1));
    for (const sequence of [1, 2]) {
      await create(replica, `n${sequence}`);
      replica.replaceLast((transaction) => ({ ...transaction, dependencies: new Map([["other", sequence]]) }));
    }
    expect((await (await connect(replica)).push()).outcomes).toMatchObject([{ counter: 2, code: "dependency-out-of-bounds" }]);
  });

  it("[SRV36][T11] what a refused transaction had said of other spaces holds the next one back, also when the push comes again", async () => {
    const options: Parameters<typeof open>[0] = {
      authorize: { space: () => "write", operation: (_p, { values }) => (values.includes("no") ? refuse("no", "No.") : accept()) },
    };
    const { connect, server, store } = await open(options);
    await server.space("other").write((tx) => void tx.notes.create({}));
    const seen = (await server.inspect("other")).head;
    for (const [n, isRepeated] of [true, false].entries()) {
      const replica = new TestReplica(replicaId(1 + n));
      const client = await connect(replica);
      await replica.write((tx) => void tx.notes.create({ title: "no" }));
      replica.replaceLast((transaction) => ({ ...transaction, dependencies: new Map([["other", seen]]) }));
      // The answer is lost, and the push is repeated with what was written meanwhile.
      if (isRepeated) await client.push();
      for (const id of ["a", "b"]) await create(replica, `${id}${n}`);
      expect(await client.push()).toMatchObject({ mark: 3, outcomes: [{ counter: 1, code: "no" }] });
      expect(await saidIn(store, 2 * n)).toEqual([[["other", seen]], []]);
    }
  });

  it("[SRV40][T11] the effect of a request says what its author had seen of other spaces, and is shown to nobody before that", async () => {
    const { connect, server, store } = await open({
      arbiters: { buyPlan: async (tx) => (tx.notes.create({ title: "effect" }), accept()) },
    });
    await server.space("other").write((tx) => void tx.notes.create({}));
    const seen = (await server.inspect("other")).head;
    const replica = new TestReplica(replicaId(1));
    replica.intent("buyPlan", { accountId: "a", plan: "pro" }, 7);
    replica.replaceLast((transaction) => ({ ...transaction, dependencies: new Map([["other", seen]]) }));
    await create(replica, "behind");
    expect((await (await connect(replica)).push()).outcomes).toMatchObject([{ type: "accepted", sequence: 1 }]);
    expect(await saidIn(store, 0)).toEqual([[["other", seen]], []]);
  });

  it("[SRV36][SRV21] nobody is held back by what a transaction was refused for: a place that the other space has not come to", async () => {
    const { connect, store } = await open();
    const replica = new TestReplica(replicaId(1));
    const client = await connect(replica);
    await replica.write((tx) => void tx.notes.create({}));
    replica.replaceLast((transaction) => ({ ...transaction, dependencies: new Map([["other", 1_000]]) }));
    for (const id of ["a", "b"]) await create(replica, id);
    expect((await client.push()).outcomes).toMatchObject([{ counter: 1, code: "dependency-out-of-bounds" }]);
    expect(await saidIn(store, 0)).toEqual([[], []]);
  });

  it("[SRV21][T6][F26] a store that was restored holds dependencies to nothing: writers had seen what the backup had lost", async () => {
    const first = await open();
    await first.store.startNewEpoch("cd".repeat(16));
    const second = await first.restart();
    const replica = new TestReplica(replicaId(1));
    await create(replica);
    replica.replaceLast((transaction) => ({ ...transaction, dependencies: new Map([["other", 40]]) }));
    expect(await (await second.connect(replica)).push()).toMatchObject({ mark: 1, head: 1, outcomes: [] });
  });

  it("[SES17][T3][T6][F12] what a network brings again, though r0 was put back to a backup since, is not decided a second time", async () => {
    const first = await open();
    const before = (await first.store.meta()).epoch;
    const after = "cd".repeat(16);
    await first.store.startNewEpoch(after);
    const second = await first.restart();
    const replica = new TestReplica(replicaId(1));
    await create(replica);
    const late = await second.connect(replica);
    await expect(late.push(replica.log, { epochTag: epochTagOf(before) })).rejects.toThrow("overloaded");
    expect((await second.server.inspect("s")).head).toBe(0);
    expect(await late.push(replica.log, { epochTag: epochTagOf(after) })).toMatchObject({ mark: 1, head: 1, stopped: undefined });
  });

  it("[SES13][T7] operations in another replica's name end as a fault, not as a change", async () => {
    const { connect, server } = await open();
    const client = await connect(new TestReplica(replicaId(1)));
    const victim = new TestReplica(replicaId(2));
    await create(victim);
    await expect(client.push(victim.log, { chain: victim.chainBefore(1) })).rejects.toThrow("malformed");
    expect((await server.inspect("s")).head).toBe(0);
  });
});

describe("an intent", () => {
  it("[SRV17] is decided under the space's turn: two that ask for the same thing are never both accepted", async () => {
    const { connect, server } = await open();
    const account = await server.space("s").write((tx) => tx.accounts.create({ credits: 15 }));
    const askers = await Promise.all(
      [1, 2, 3].map(async (n) => {
        const replica = new TestReplica(replicaId(n));
        replica.intent("buyPlan", { accountId: account, plan: "pro" }, n);
        return connect(replica);
      }),
    );
    const answers = await Promise.all(askers.map((client) => client.push()));
    expect(answers.flatMap((answer) => answer.outcomes.map((outcome) => outcome.type)).sort()).toEqual(["accepted", "refused", "refused"]);
    expect(await server.space("s").write((tx) => tx.accounts.get(account))).toMatchObject({ plan: "pro", credits: 5 });
    const accepted = answers.flatMap((answer) => answer.outcomes).find((outcome) => outcome.type === "accepted");
    expect(accepted).toMatchObject({ sequence: 2 });
  });

  it("[SRV17] that is refused has no effect, and one whose input or name is not the schema's never reaches the arbiter", async () => {
    let asked = 0;
    const { connect, server } = await open({
      arbiters: { buyPlan: async (tx) => (asked++, tx.notes.create({ title: "never" }), refuse("no-credit", "10 credits are needed.")) },
    });
    const replica = new TestReplica(replicaId(1));
    replica.intent("buyPlan", { accountId: "a", plan: "pro" }, 1);
    replica.intent("buyPlan", { accountId: 5, plan: "gold" }, 2);
    replica.intent("sellPlan", {}, 3);
    const answer = await (await connect(replica)).push();
    expect(answer.outcomes.map((outcome) => (outcome.type === "refused" ? outcome.code : ""))).toEqual([
      "no-credit",
      "invalid-value",
      "unknown-intent",
    ]);
    expect([answer.head, asked]).toEqual([0, 1]);
    expect((await server.inspect("s")).counts.refused).toBe(3);
  });

  it("[SRV17] whose effect comes after it: the effect's stamp is above the intent's", async () => {
    const { connect } = await open({ arbiters: { buyPlan: async (tx) => (tx.notes.create({ title: "effect" }), accept()) } });
    const replica = new TestReplica(replicaId(1));
    const client = await connect(replica);
    await client.pull();
    const { lamport } = replica.intent("buyPlan", { accountId: "a", plan: "pro" }, 1);
    await client.push();
    const poke = await client.next("poke");
    expect(poke.changes[0]?.transaction.lamport).toBe(lamport + 1);
  });

  it("[SRV9] whose arbiter answers neither yes nor no is not decided", async () => {
    const { connect } = await open({ arbiters: { buyPlan: (async () => undefined) as never } });
    const replica = new TestReplica(replicaId(1));
    replica.intent("buyPlan", { accountId: "a", plan: "pro" }, 1);
    expect((await (await connect(replica)).push()).stopped).toMatchObject({ type: "failed", counter: 1 });
  });
});

describe("the backend's write", () => {
  it("[SRV19] is durable when it resolves, may set what r0 decides, and changes nothing if it throws", async () => {
    const first = await open();
    const id = await first.server.space("s").write((tx) => tx.accounts.create({ plan: "pro", credits: 3 }));
    await expect(
      first.server.space("s").write((tx) => {
        tx.accounts.update(id, { credits: 99 });
        throw new Error("changed my mind");
      }),
    ).rejects.toThrow("changed my mind");
    await expect(first.server.space("s").write((tx) => void tx.accounts.update("none", { credits: 1 }))).rejects.toMatchObject({
      code: "no-such-record",
    });
    const second = await first.restart();
    expect(await second.server.space("s").write((tx) => tx.accounts.get(id))).toMatchObject({ plan: "pro", credits: 3 });
    expect((await second.server.inspect("s")).head).toBe(1);
    expect(() => second.server.space("")).toThrow();
  });

  it("[SRV19] reaches the devices as a change of r0's, after those that it has seen", async () => {
    const { connect, server } = await open();
    const replica = new TestReplica(replicaId(1));
    const client = await connect(replica);
    await replica.write((tx) => void tx.notes.create({ title: "a" }, { id: "n" }));
    await client.push();
    const { cursor } = await client.pull();
    await server.space("s").write((tx) => tx.notes.update("n", { title: "b" }));
    const page = await client.pull(cursor);
    const [change] = page.content.type === "changes" ? page.content.changes : [];
    expect(change?.sequence).toBe(2);
    expect(change?.transaction.lamport).toBeGreaterThan(1);
    const { body } = change?.transaction as Transaction;
    expect(body.type === "operations" && [...(body.operations[0] as Operation).context]).toEqual([[replica.id, 1]]);
    const bytes = encodeTransaction(change?.transaction as Transaction);
    expect(nextChain(new Uint8Array(8), bytes)).toHaveLength(8);
  });
});

describe("a turn", () => {
  const writers = (server: TestServer, count: number) =>
    Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const replica = new TestReplica(replicaId(i + 1));
        const client = await server.connect(replica);
        await replica.write((tx) => void tx.notes.create({ title: "a" }, { id: i === 1 ? "poison" : `n${i}` }));
        return client;
      }),
    );

  it("[SRV23][T9][F10] that cannot be committed is decided again for each of its pushes alone: only the one at fault is told so", async () => {
    const { sqliteStore } = await import("../sqlite/index.ts");
    const store = sqliteStore(":memory:");
    const server = await open({
      store: {
        ...store,
        transact: (space, body) =>
          store.transact(space, async (reader) => {
            const turn = await body(reader);
            if (turn.batch?.records.some((row) => row.record === "poison") === true) throw new Error("this row cannot be written");
            return turn;
          }),
      },
    });
    const clients = await writers(server, 4);
    for (const client of clients) client.sendPush();
    const answers = await Promise.allSettled(clients.map((client) => client.next("pushed")));
    expect(answers.map((answer) => answer.status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
    expect((await server.server.inspect("s")).head).toBe(3);
  });

  it("[SRV23][F10] that a failing disk does not take is answered as overloaded, and not as that push's fault", async () => {
    const { sqliteStore } = await import("../sqlite/index.ts");
    const store = sqliteStore(":memory:");
    const full = new HoldfastError("store-full", "The disk is full.", { origin: "disk", retry: true, advice: "Free space." });
    const server = await open({ store: { ...store, transact: () => Promise.reject(full) } });
    const [client] = await writers(server, 1);
    client?.sendPush();
    expect(await client?.next("fault")).toMatchObject({ code: "overloaded", retryAfterMs: expect.any(Number) });
  });

  it("[SRV24] takes what has arrived together, and no more than its bound", async () => {
    const server = await open({ limits: { turnJobsMax: 2 } });
    const clients = await writers(server, 6);
    for (const client of clients) client.sendPush();
    const answers = await Promise.all(clients.map((client) => client.next("pushed")));
    expect(answers.map((answer) => answer.head)).toEqual([2, 2, 4, 4, 6, 6]);
    expect((await server.server.inspect("s")).counts.turns).toBe(3);
  });
});
