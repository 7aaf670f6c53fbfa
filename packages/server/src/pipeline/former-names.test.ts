import { describe, expect, it } from "vitest";
import {
  encodeTransaction,
  identityOf,
  type ReplicaId,
  restampTransactions,
  type ServerStore,
  type Transaction,
} from "@holdfast/core/engine";
import { accept, refuse } from "../decision.ts";
import { sqliteStore } from "../sqlite/index.ts";
import { TestClient } from "../testing/test-client.ts";
import { replicaId, TestReplica } from "../testing/test-replica.ts";
import type { TestServer } from "../testing/test-server.ts";
import { useTestServers } from "../testing/use-test-servers.ts";

const openTestServer = useTestServers();
const ownIdentity = (transaction: Transaction): Uint8Array => identityOf(transaction, encodeTransaction(transaction));
const ids = { old: replicaId(1), young: replicaId(2), youngest: replicaId(3) };

/** A server that was put back to before anything was here. */
async function restored(): Promise<TestServer> {
  const first = await openTestServer();
  await first.store.startNewEpoch("cd".repeat(16));
  return first.restart();
}

async function writtenBy(id: ReplicaId, ...titles: string[]): Promise<TestReplica> {
  const replica = new TestReplica(id);
  for (const title of titles) await replica.write((tx) => void tx.notes.create({ title }));
  return replica;
}

/** A copy of the file that has taken a new id, and kept what was after `kept`. */
function forked({ log }: TestReplica, replica: ReplicaId, kept = 0): TestReplica {
  const copy = new TestReplica(replica);
  const pending = log.slice(kept).map((transaction) => ({ transaction, increments: new Map<number, number>() }));
  const confirmedThrough = (log[kept]?.counter ?? 1) - 1;
  for (const { transaction } of restampTransactions({ pending, confirmedThrough, confirmedOn: () => 0, identityOf: ownIdentity, replica }))
    copy.log.push(transaction);
  return copy;
}

const headOf = async ({ server }: TestServer): Promise<number> => (await server.inspect("s")).head;

describe("copies of a file that bring back what a restored server had lost", () => {
  it("[SRV37][T4][T6] under a new id first: who goes on under the old one is told where the two have parted", async () => {
    const server = await restored();
    const old = await writtenBy(ids.old, "a", "b", "c");
    const [, second] = old.log;
    expect(await (await server.connect(forked(old, ids.young, 1))).push()).toMatchObject({ outcomes: [], stopped: undefined });
    const before = (second?.counter ?? 0) - 1;
    const copy = await server.connect(old);
    expect(await copy.push()).toMatchObject({ mark: before, outcomes: [], stopped: { type: "forked", through: before } });
    expect(await headOf(server)).toBe(old.log.length);
    // And says so again, to whoever asks.
    expect(await (await server.connect(old)).push()).toMatchObject({ mark: before, stopped: { type: "forked", through: before } });
    const left = forked(old, ids.youngest, 1);
    expect((await (await server.connect(left)).push()).outcomes).toMatchObject(
      left.log.map(({ counter }) => ({ type: "refused", counter, code: "said-elsewhere" })),
    );
    expect(await headOf(server)).toBe(old.log.length);
  });

  it("[SRV37][T4][T6] under the old id first: what comes under a new one is not taken, and what is the copy's own is", async () => {
    const server = await restored();
    const old = await writtenBy(ids.old, "a", "b");
    await (await server.connect(old)).push();
    const copy = forked(old, ids.young);
    copy.counter = copy.log.at(-1)?.counter ?? 0;
    copy.lamport = 10;
    await copy.write((tx) => void tx.notes.create({ title: "own" }));
    const { outcomes } = await (await server.connect(copy)).push();
    expect(outcomes.map((outcome) => [outcome.counter, "code" in outcome && outcome.code])).toEqual([
      [copy.log[0]?.counter, "said-elsewhere"],
      [copy.log[1]?.counter, "said-elsewhere"],
    ]);
    expect(await headOf(server)).toBe(3);
    // Its reasons are settled and forgotten by now: it is still told so, and to nobody as refused.
    await copy.write((tx) => void tx.notes.create({ title: "later" }));
    await (await server.connect(copy)).push(undefined, { settledThrough: copy.log[2]?.counter ?? 0 });
    const again = await server.connect(copy);
    expect((await again.push()).outcomes.map((outcome) => "code" in outcome && outcome.code)).toEqual(["said-elsewhere", "said-elsewhere"]);
    const greeted = await TestClient.open(server.server, copy);
    expect((await greeted.hello("ann", ["s"])).spaces[0]?.refused).toBeUndefined();
  });

  it("[SRV37][F22] what was refused under one id is refused under the others, and not told as if it were here", async () => {
    for (const isFirst of [true, false]) {
      const first = await openTestServer({
        authorize: {
          space: () => "write",
          operation: (_p, { values }) => (values.includes("no") ? refuse("forbidden", "Not that.") : accept()),
        },
      });
      await first.store.startNewEpoch("cd".repeat(16));
      const server = await first.restart();
      const old = await writtenBy(ids.old, "no", "b");
      // Under the old id, or under a new one: under which it comes a third time.
      await (await server.connect(isFirst ? old : forked(old, ids.youngest))).push();
      const { outcomes } = await (await server.connect(forked(old, ids.young))).push();
      expect(outcomes).toMatchObject([{ code: "forbidden", reason: "Not that." }, { code: "said-elsewhere" }]);
      expect(await headOf(server)).toBe(1);
    }
  });

  it("[SRV37][T4] what another history has under the same counters is another write, and counts, but once", async () => {
    const server = await restored();
    const other = await writtenBy(ids.old, "z");
    await (await server.connect(other)).push();
    const old = await writtenBy(ids.old, "a");
    expect((await (await server.connect(forked(old, ids.young))).push()).outcomes).toEqual([]);
    expect((await (await server.connect(forked(old, ids.youngest))).push()).outcomes).toMatchObject([{ code: "said-elsewhere" }]);
    expect(await headOf(server)).toBe(2);
    // What stands under the old id is told as before.
    expect(await (await server.connect(other)).push()).toMatchObject({ outcomes: [], stopped: undefined });
  });

  it("[SRV37][T4] two histories that had one counter are two writes, in one push or in two, and end the old id once", async () => {
    const histories = await Promise.all(["a", "b", "c"].map((title) => writtenBy(ids.old, title)));
    const [first, second, third] = histories.map((each, n) => forked(each, replicaId(5 + n)));
    if (first === undefined || second === undefined || third === undefined) throw new Error("three histories");
    // Names are no part of what r0 can tell a liar by: here one copy says two of them.
    const [, own] = forked(await writtenBy(ids.old, "a", "b"), first.id).log;
    if (own === undefined) throw new Error("two writes");
    first.log.push({ ...own, extensions: second.log[0]?.extensions ?? [] });
    const server = await restored();
    expect(await (await server.connect(first)).push()).toMatchObject({ outcomes: [], stopped: undefined });
    expect(await (await server.connect(third)).push()).toMatchObject({ outcomes: [], stopped: undefined });
    expect(await headOf(server)).toBe(3);
    for (const each of histories)
      expect(await (await server.connect(each)).push()).toMatchObject({ stopped: { type: "forked", through: 0 } });
  });

  it("[SRV37][T7] who names what it has itself says nothing by it", async () => {
    const server = await restored();
    const replica = await writtenBy(ids.young, "a", "b");
    const [first, second] = replica.log;
    if (first === undefined || second === undefined) throw new Error("two writes");
    const client = await server.connect(replica);
    expect((await client.push([first])).outcomes).toEqual([]);
    replica.log[1] = { ...second, extensions: forked(replica, ids.old).log[0]?.extensions ?? [] };
    expect((await client.push(replica.log.slice(1))).outcomes).toEqual([]);
    expect(await headOf(server)).toBe(2);
  });

  it("[SRV37][T7] nobody ends another user's id, nor has a write taken for it", async () => {
    const server = await restored();
    const old = await writtenBy(ids.old, "a");
    await server.connect(old);
    expect((await (await server.connect(forked(old, ids.young), { user: "bob" })).push()).outcomes).toEqual([]);
    expect(await (await server.connect(old)).push()).toMatchObject({ outcomes: [], stopped: undefined });
    expect(await headOf(server)).toBe(2);
  });

  it("[SRV37] finds names in any order, and has no rows read for what lies between those that lie apart", async () => {
    const asked: string[] = [];
    const store = counted(sqliteStore(":memory:"), asked);
    await store.startNewEpoch("cd".repeat(16));
    const server = await openTestServer({ store });
    const old = await writtenBy(ids.old, ...Array.from({ length: 40 }, (_, i) => `note ${i}`));
    const client = await server.connect(old);
    // A row of imprints each.
    for (const transaction of old.log) await client.push([transaction]);
    const copy = forked(old, ids.young);
    const named = [39, 1, 0, 20].map((n) => copy.log[n]?.extensions ?? []);
    copy.log.splice(named.length);
    for (const [n, extensions] of named.entries()) copy.log[n] = { ...(copy.log[n] as Transaction), extensions };
    const again = await server.connect(copy);
    asked.length = 0;
    expect((await again.push()).outcomes.map((outcome) => "code" in outcome && outcome.code)).toEqual(named.map(() => "said-elsewhere"));
    expect(asked.filter((what) => what === "imprints")).toHaveLength(3);
  });

  it("[SRV37] a store that was never restored asks nothing", async () => {
    const asked: string[] = [];
    const server = await openTestServer({ store: counted(sqliteStore(":memory:"), asked) });
    const client = await server.connect(forked(await writtenBy(ids.old, "a"), ids.young));
    asked.length = 0;
    expect((await client.push()).outcomes).toEqual([]);
    expect(asked.toSorted()).toEqual(["marks", "records"]);
  });

  it("[SRV37] asks for a push as a whole, however much of it is said again", async () => {
    const asked: string[] = [];
    const store = counted(sqliteStore(":memory:"), asked);
    await store.startNewEpoch("cd".repeat(16));
    const server = await openTestServer({ store });
    const old = await writtenBy(ids.old, ...Array.from({ length: 50 }, (_, i) => `note ${i}`));
    const questionsOf = async (copy: TestReplica): Promise<readonly string[]> => {
      const client = await server.connect(copy);
      asked.length = 0;
      await client.push();
      return asked.toSorted();
    };
    // r0 has nothing of the old id.
    expect(await questionsOf(forked(old, ids.young))).toEqual(["bind", "intents", "marks", "records"]);
    // It has it all under another name.
    expect(await questionsOf(forked(old, ids.youngest))).toEqual(["bind", "intents", "marks", "outcomes", "records"]);
    // It has it under the old id: of other notes.
    const other = await writtenBy(replicaId(4), ...old.log.map((_, i) => `another note ${i}`));
    await (await server.connect(other)).push();
    expect(await questionsOf(forked(other, replicaId(5)))).toEqual(["bind", "imprints", "intents", "marks", "records"]);
    expect(await headOf(server)).toBe(old.log.length + other.log.length);
  });
});

/** Every question that turns ask, and whose an id is. */
function counted(store: ServerStore, asked: string[]): ServerStore {
  const ask = <T>(what: string, answer: T): T => {
    asked.push(what);
    return answer;
  };
  return {
    ...store,
    bindReplica: (replica, principal) => ask("bind", store.bindReplica(replica, principal)),
    transact: (space, body) =>
      store.transact(space, (reader) =>
        body({
          space: () => reader.space(),
          marks: (replicas) => ask("marks", reader.marks(replicas)),
          records: (keys) => ask("records", reader.records(keys)),
          outcomes: (ranges) => ask("outcomes", reader.outcomes(ranges)),
          imprints: (range) => ask("imprints", reader.imprints(range)),
          intents: (wanted) => ask("intents", reader.intents(wanted)),
        }),
      ),
  };
}
