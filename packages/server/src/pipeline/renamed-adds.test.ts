import { describe, expect, it } from "vitest";
import {
  identityOf,
  type Operation,
  type ReplicaId,
  restampTransactions,
  type Transaction,
  type WriteTransaction,
} from "@holdfast/core/engine";
import { replicaId, TestReplica } from "../testing/test-replica.ts";
import type { TestSchema } from "../testing/test-schema.ts";
import type { TestServer } from "../testing/test-server.ts";
import { useTestServers } from "../testing/use-test-servers.ts";

const openTestServer = useTestServers();
const ids = { old: replicaId(1), young: replicaId(2), other: replicaId(3), late: replicaId(4) };
type Change = (tx: WriteTransaction<TestSchema>) => unknown;

/** A server that was put back to when there was a note, and nothing on it. */
async function restored({ isPutBack = true } = {}): Promise<{ readonly server: TestServer; readonly made: Transaction }> {
  const author = new TestReplica(replicaId(9));
  const made = await author.write((tx) => void tx.notes.create({ title: "n" }, { id: "n" }));
  const server = await openTestServer();
  await (await server.connect(author)).push();
  if (!isPutBack) return { server, made };
  await server.store.startNewEpoch("cd".repeat(16));
  return { server: await server.restart(), made };
}

/** What a device that has seen these writes. */
async function written(id: ReplicaId, seen: readonly Transaction[], change: Change): Promise<Transaction> {
  const replica = new TestReplica(id);
  for (const transaction of seen) replica.apply(transaction);
  return replica.write(change);
}

/** As a copy of the file says it again under a new id. */
function allRenamed(log: readonly Transaction[], replica: ReplicaId): readonly Transaction[] {
  const pending = log.map((transaction) => ({ transaction, increments: new Map<number, number>() }));
  const restamped = restampTransactions({ pending, confirmedThrough: 0, confirmedOn: () => 0, identityOf, replica });
  return restamped.map(({ transaction }) => transaction);
}

function renamed(transaction: Transaction): Transaction {
  return allRenamed([transaction], ids.young)[0] as Transaction;
}

async function push(server: TestServer, transaction: Transaction, user = "ann"): Promise<void> {
  const replica = new TestReplica(transaction.replica);
  replica.log.push(transaction);
  const client = await server.connect(replica, { user });
  expect(await client.push()).toMatchObject({ outcomes: [], stopped: undefined });
}

async function shown({ server }: TestServer): Promise<unknown> {
  const { tags, checklist } = (await server.space("s").write((tx) => tx.notes.get("n"))) ?? {};
  return { tags, checklist };
}

/** What a device holds that hears of each change, beside what r0 does. */
async function follow(server: TestServer): Promise<() => Promise<void>> {
  const reader = new TestReplica(replicaId(99));
  const client = await server.connect(reader);
  const page = await client.pull();
  reader.holdAll(page);
  return async () => {
    const { content } = await client.pull(page.cursor);
    if (content.type !== "changes") throw new Error("no changes");
    reader.applyAll(content.changes);
    expect(reader.digest()).toBe(await server.server.digest("s"));
  };
}

const nothing = { tags: [], checklist: [] };
const changes = {
  set: {
    add: (tx) => void tx.notes.set("n", "tags").add("t"),
    remove: (tx) => void tx.notes.set("n", "tags").delete("t"),
  },
  list: {
    add: (tx) => void tx.notes.list("n", "checklist").push("t"),
    remove: (tx) => void tx.notes.list("n", "checklist").delete(0),
  },
} satisfies Record<string, Record<string, Change>>;

describe.each(["set", "list"] as const)("what was removed from a %s under its old name, and comes back under a new one", (kind) => {
  const { add, remove } = changes[kind];
  const held = { set: { tags: ["t"], checklist: [] }, list: { tags: [], checklist: ["t"] } }[kind];

  it.each(["first", "last"])("[SRV39][T4][T6][F26] is removed again, if the removal comes %s", async (which) => {
    const { server, made } = await restored();
    const compare = await follow(server);
    const added = await written(ids.old, [made], add);
    const removed = await written(ids.other, [made, added], remove);
    for (const each of which === "first" ? [removed, renamed(added)] : [renamed(added), removed]) await push(server, each);
    expect(await shown(server)).toEqual(nothing);
    await compare();
  });

  it.each(["old", "young"] as const)(
    "[SRV39][SRV37][T4] is removed where it is under its %s id, by a copy to which it has another",
    async (first) => {
      const { server, made } = await restored();
      const author = new TestReplica(ids.old);
      author.apply(made);
      const added = await author.write(add);
      await author.write(remove);
      await push(server, first === "old" ? added : renamed(added));
      expect(await shown(server)).toEqual(held);
      const copy = new TestReplica(ids.late);
      copy.log.push(...allRenamed(author.log, ids.late));
      const { outcomes } = await (await server.connect(copy)).push();
      expect(outcomes).toMatchObject([{ counter: 1, code: "said-elsewhere" }]);
      expect(await shown(server)).toEqual(nothing);
    },
  );

  it("[SRV39][T7] stays, if its remover had not seen it, or if nothing was lost, or the old id is another user's", async () => {
    const { server, made } = await restored();
    const added = await written(ids.old, [made], add);
    const another = await written(ids.late, [made], add);
    await push(server, await written(ids.other, [made, another], remove));
    await push(server, renamed(added));
    expect(await shown(server)).toEqual(held);

    const intact = await restored({ isPutBack: false });
    const seen = await written(ids.old, [intact.made], add);
    await push(intact.server, seen);
    await push(intact.server, await written(ids.other, [intact.made, seen], remove));
    await push(intact.server, renamed(await written(ids.old, [intact.made], add)));
    expect(await shown(intact.server)).toEqual(held);

    const foreign = await restored();
    const lost = await written(ids.old, [foreign.made], add);
    await foreign.server.connect(new TestReplica(ids.old), { user: "bob" });
    await push(foreign.server, await written(ids.other, [foreign.made, lost], remove));
    await push(foreign.server, renamed(lost));
    expect(await shown(foreign.server)).toEqual(held);
  });

  it("[SRV39][T4] stays, if its old id has another history by now, in which the remover saw something else", async () => {
    for (const isLast of [true, false]) {
      const { server, made } = await restored();
      const other = await written(ids.old, [made], (tx) => {
        add(tx);
        tx.notes.update("n", { title: "other" });
      });
      const removed = await written(ids.other, [made, other], remove);
      const again = renamed(await written(ids.old, [made], add));
      for (const each of isLast ? [other, removed, again] : [other, again, removed]) await push(server, each);
      expect(await shown(server)).toEqual(held);
    }
  });

  it("[SRV39][T10] does not bring back the note, if that is deleted with it", async () => {
    const { server, made } = await restored();
    const added = await written(ids.old, [made], add);
    await push(server, renamed(added));
    const [removed, deleted] = [
      await written(ids.other, [made, added], remove),
      await written(ids.other, [made, renamed(added)], (tx) => tx.notes.delete("n")),
    ];
    await push(server, { ...removed, body: { type: "operations", operations: [removed, deleted].flatMap(operationsOf) } });
    expect(await server.server.space("s").write((tx) => tx.notes.get("n"))).toBeUndefined();
  });
});

function operationsOf({ body }: Transaction): readonly Operation[] {
  return body.type === "operations" ? body.operations : [];
}
