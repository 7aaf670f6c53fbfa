import { describe, expect, it } from "vitest";
import { sqliteStore } from "../sqlite/index.ts";
import { createServer } from "../create-server.ts";
import type { RestoredPolicy } from "../options.ts";
import { replicaId, TestReplica } from "../testing/test-replica.ts";
import type { TestServer } from "../testing/test-server.ts";
import { useTestServers } from "../testing/use-test-servers.ts";

const open = useTestServers();

/** A store that was put back to before anything of `old` was here; a device of it has three writes. */
async function restored(policy: RestoredPolicy | undefined, space = "s") {
  const first = await open();
  await first.server.space("s").write((tx) => tx.notes.create({ title: "from the backup" }));
  await first.store.startNewEpoch("cd".repeat(16));
  const server = await first.restart(policy === undefined ? {} : { restored: policy });
  const old = new TestReplica(replicaId(1), space);
  for (const title of ["a", "b"]) await old.write((tx) => void tx.notes.create({ title }));
  old.intent("buyPlan", { accountId: "a", plan: "pro" }, 1);
  return { server, old, client: await server.connect(old) };
}

/** What the device writes once it has heard of the epoch: its clock has moved. */
async function writeSince(server: TestServer, replica: TestReplica, title: string): Promise<void> {
  const { lamport } = await server.server.inspect(replica.space);
  replica.lamport = Math.max(replica.lamport, lamport);
  await replica.write((tx) => void tx.notes.create({ title }));
}

describe("what was written before a restore", () => {
  it("[SRV33][T6][F26] comes back unless the operator says otherwise", async () => {
    for (const policy of [undefined, "accept"] as const) {
      const { server, client } = await restored(policy);
      expect((await client.push()).outcomes).toMatchObject([{ counter: 3, code: "no-credit" }]);
      expect((await server.server.inspect("s")).head).toBe(3);
    }
  });

  it("[SRV33][T6][F26] stays pending on its device while it is in quarantine, and comes back when that ends", async () => {
    const { server, old, client } = await restored("quarantine");
    expect(await client.push()).toMatchObject({ mark: 0, head: 1, outcomes: [], stopped: { type: "awaits", counter: 1 } });
    const fresh = new TestReplica(replicaId(2));
    await writeSince(server, fresh, "since");
    expect(await (await server.connect(fresh)).push()).toMatchObject({ mark: 1, stopped: undefined, outcomes: [] });
    const ended = await server.restart({ restored: "accept" });
    expect(await (await ended.connect(old)).push()).toMatchObject({ mark: 3, stopped: undefined });
    expect((await ended.server.inspect("s")).head).toBe(4);
  });

  it("[SRV33][T6][F26] is refused one by one, intents too, and what the same device writes since is taken", async () => {
    for (const space of ["s", "of which the backup knew nothing"]) {
      const { server, old, client } = await restored("refuse", space);
      const before = (await server.server.inspect(space)).head;
      const answer = await client.push();
      expect(answer.outcomes.map((outcome) => [outcome.type, outcome.counter, "code" in outcome && outcome.code])).toEqual([
        ["refused", 1, "restored-without"],
        ["refused", 2, "restored-without"],
        ["refused", 3, "restored-without"],
      ]);
      expect(answer).toMatchObject({ mark: 3, head: before });
      const welcome = await (await server.connect(old, { spaces: [space] })).settled();
      expect(welcome).toBeUndefined();
      await writeSince(server, old, "since");
      expect((await (await server.connect(old)).push(old.log.slice(-1))).outcomes).toEqual([]);
      expect((await server.server.inspect(space)).head).toBe(before + 1);
    }
  });

  it("[SRV33][T6] the clock that a device is told of a space which the backup did not know lies past what was lost", async () => {
    const { server } = await restored("refuse");
    const replica = new TestReplica(replicaId(3), "unknown");
    const { TestClient } = await import("../testing/test-client.ts");
    const client = await TestClient.open(server.server, replica);
    const welcome = await client.hello("ann", ["unknown"]);
    replica.lamport = welcome.spaces[0]?.lamport ?? 0;
    await replica.write((tx) => void tx.notes.create({ title: "new" }));
    expect((await client.push()).outcomes).toEqual([]);
  });

  it("[SRV22] a policy that does not exist is refused", () => {
    const options = { schema: undefined, store: sqliteStore(":memory:"), authenticate: () => null, authorize: { space: () => "write" } };
    expect(() => createServer({ ...options, restored: "ignore" } as never)).toThrow(/"accept", "quarantine" or "refuse"/);
  });
});
