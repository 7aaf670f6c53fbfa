import { describe, expect, it, vi } from "vitest";
import { createCursorCodec, type Transaction } from "@holdfast/core/engine";
import type { Access } from "../options.ts";
import { helloOf, TestClient } from "../testing/test-client.ts";
import { replicaId, TestReplica } from "../testing/test-replica.ts";
import type { TestServer } from "../testing/test-server.ts";
import { useTestServers } from "../testing/use-test-servers.ts";

const open = useTestServers();

const note = (replica: TestReplica, title = "a") => replica.write((tx) => void tx.notes.create({ title }));

/** What a session that was sent away was told. */
async function faultOf(client: TestClient): Promise<unknown> {
  await client.settled();
  expect(client.closed).toBe(true);
  const last = client.received.at(-1);
  return last?.type === "fault" ? last.code : last;
}

describe("the handshake", () => {
  const greet = async (server: TestServer, change: Partial<ReturnType<typeof helloOf>>): Promise<unknown> => {
    const replica = new TestReplica(replicaId(1));
    const client = await TestClient.open(server.server, replica);
    client.send({ ...helloOf(replica, "ann", ["s"]), ...change });
    return faultOf(client);
  };

  it("[SES1][F56] says which side is too old, and both versions, in one round trip", async () => {
    const server = await open();
    expect(await greet(server, { protocol: 0, protocolMin: 0 })).toBe("client-too-old");
    expect(await greet(server, { protocol: 9, protocolMin: 2 })).toBe("server-too-old");
    const replica = new TestReplica(replicaId(2));
    const client = await TestClient.open(server.server, replica);
    client.send({ ...helloOf(replica, "ann", ["s"]), protocol: 9, protocolMin: 1 });
    expect(await client.next("welcome")).toMatchObject({ protocol: 1, principal: "ann", schemaVersion: 2 });
  });

  it("[SES18][T6][F26] tells who is new to a restored store's epoch which of its writes are refused, also where the reasons are forgotten", async () => {
    const first = await open();
    const replica = new TestReplica(replicaId(1));
    await note(replica);
    const refused = [replica.intent("buyPlan", { accountId: "a", plan: "pro" }, 1).counter];
    await note(replica);
    expect((await (await first.connect(replica)).push()).outcomes).toMatchObject(refused.map((counter) => ({ type: "refused", counter })));
    const greeted = async (server: TestServer, cursor: Uint8Array) => {
      const again = await TestClient.open(server.server, replica);
      again.send({ ...helloOf(replica, "ann", ["s"]), spaces: [{ space: "s", cursor, counter: replica.counter }] });
      return (await again.next("welcome")).spaces[0]?.refused;
    };
    const none = new Uint8Array(0);
    expect(await greeted(first, none)).toBeUndefined();
    await first.store.startNewEpoch("cd".repeat(16));
    const server = await first.restart();
    expect(await greeted(server, none)).toEqual(refused);
    const here = createCursorCodec("cd".repeat(16), "s").encode({ type: "stream", sequence: 0 });
    expect(await greeted(server, here)).toBeUndefined();
    await note(replica, "c");
    await (await server.connect(replica)).push();
    expect(await greeted(server, none)).toEqual(refused);
  });

  it("[SES18][F36] says so of the last 2,000 counters, and of no space that may not be read", async () => {
    const first = await open();
    const [near, far] = [new TestReplica(replicaId(1)), new TestReplica(replicaId(2))];
    for (const [replica, since] of [
      [near, 1_999],
      [far, 2_000],
    ] as const) {
      const { counter } = replica.intent("buyPlan", { accountId: "a", plan: "pro" }, since % 256);
      replica.void(since);
      expect(await (await first.connect(replica)).push()).toMatchObject({ mark: counter + since, outcomes: [{ counter }] });
    }
    await first.store.startNewEpoch("cd".repeat(16));
    const server = await first.restart();
    const refusedOf = async (replica: TestReplica) =>
      (await (await TestClient.open(server.server, replica)).hello("ann", ["s"])).spaces[0]?.refused;
    expect(await refusedOf(near)).toEqual([1]);
    expect(await refusedOf(far)).toBeUndefined();
    server.access.set("s", "none");
    server.clock.advance(30_001);
    expect(await refusedOf(near)).toBeUndefined();
  });

  it("[SES2][F22] tells a token that is refused from one that could not be checked", async () => {
    const server = await open();
    expect(await greet(server, { token: "" })).toBe("unauthenticated");
    const failing = await open({
      authenticate: () => {
        throw new Error("the identity provider is down");
      },
    });
    const client = await TestClient.open(failing.server, new TestReplica(replicaId(1)));
    client.send(helloOf(client.replica, "ann", ["s"]));
    expect(await faultOf(client)).toBe("server-error");
    expect(client.received.at(-1)).toMatchObject({ retryAfterMs: expect.any(Number) });
    expect(JSON.stringify(client.received)).not.toContain("identity provider");
  });

  it("[SES3][T13] refuses a replica that holds another user's writes, before anything is read", async () => {
    const server = await open();
    expect(await greet(server, { principal: "bob" })).toBe("wrong-principal");
    expect(await server.store.bindReplica(replicaId(1), "free")).toBe("free");
  });

  it("[SES3][T7] refuses a replica id that is another user's, or r0's own", async () => {
    const server = await open();
    await server.connect(new TestReplica(replicaId(1)), { user: "bob" });
    expect(await greet(server, {})).toBe("replica-taken");
    const { epoch } = await server.store.meta();
    expect(await greet(server, { replica: epoch as never })).toBe("replica-taken");
  });

  it("[SES4][T13] ends a session when its token expires, unless a fresh one of the same user has come", async () => {
    const server = await open({
      authenticate: (token) => ({ id: token.slice(0, 3), expiresAtMs: 1_700_000_000_000 + Number(token.slice(4)) }),
    });
    const expiring = await server.connect(new TestReplica(replicaId(1)), { user: "ann 5000" });
    const renewing = await server.connect(new TestReplica(replicaId(2)), { user: "ann 5000" });
    const changing = await server.connect(new TestReplica(replicaId(3)), { user: "ann 5000" });
    renewing.send({ type: "authenticate", token: "ann 50000" });
    changing.send({ type: "authenticate", token: "bob 50000" });
    expect(await faultOf(changing)).toBe("wrong-principal");
    await renewing.settled();
    server.clock.advance(5_000);
    expect(await faultOf(expiring)).toBe("unauthenticated");
    renewing.send({ type: "ping", nonce: 4 });
    expect((await renewing.next("pong")).nonce).toBe(4);
    // Between two looks of the timer, the next message finds it out.
    const late = await open({
      authenticate: (token) => ({ id: "ann", expiresAtMs: 1_700_000_000_000 + Number(token) }),
      limits: { helloMsMax: 1e9, idleMsMax: 1e9 },
    });
    const replica = new TestReplica(replicaId(4));
    const client = await late.connect(replica, { user: "10" });
    await note(replica);
    late.clock.advance(10);
    client.sendPush();
    expect(await faultOf(client)).toBe("unauthenticated");
    expect((await late.server.inspect("s")).head).toBe(0);
  });

  it("[SES5][T12] gives nothing of a space that may not be read, and takes nothing for it", async () => {
    const server = await open();
    await server.server.space("secret").write((tx) => tx.notes.create({ title: "x" }));
    server.access.set("secret", "none");
    const replica = new TestReplica(replicaId(1), "secret");
    const client = await TestClient.open(server.server, replica);
    expect((await client.hello("ann", ["secret"])).spaces).toMatchObject([{ access: "none", head: 0, lamport: 0 }]);
    await expect(client.pull()).rejects.toThrow("no-access");
    await note(replica);
    await expect(client.push()).rejects.toThrow("no-access");
    await expect(client.pull(new Uint8Array(0), { space: "unnamed" })).rejects.toThrow("no-access");
    await server.server.space("secret").write((tx) => tx.notes.create({ title: "y" }));
    expect(client.received).toEqual([]);
  });

  it("[SES5][T12] notices within a bound that access was lost or given", async () => {
    const server = await open();
    const replica = new TestReplica(replicaId(1));
    const client = await server.connect(replica);
    await note(replica);
    server.access.set("s", "read");
    server.clock.advance(30_001);
    expect((await client.push()).outcomes).toMatchObject([{ code: "read-only" }]);
    server.access.set("s", "none");
    server.clock.advance(30_001);
    await expect(client.pull()).rejects.toThrow("no-access");
    await server.server.space("s").write((tx) => tx.notes.create({ title: "x" }));
    expect(client.received.filter(({ type }) => type !== "welcome")).toEqual([]);
    server.access.set("s", "write");
    server.clock.advance(30_001);
    expect((await client.pull()).head).toBe(1);
  });

  it("[SES16][F36][T12] tells a replica that asks for nothing when its access has changed", async () => {
    const server = await open();
    const client = await server.connect(new TestReplica(replicaId(1)));
    for (const access of ["none", "read", "write", "none"] as const) {
      server.access.set("s", access);
      server.clock.advance(30_001);
      expect(await client.next("welcome")).toMatchObject({ spaces: [{ space: "s", access }] });
      client.send({ type: "ping", nonce: 1 });
      await client.next("pong");
      await new Promise((resolve) => setImmediate(resolve));
    }
    await server.server.space("s").write((tx) => tx.notes.create({ title: "x" }));
    expect(client.received).toEqual([]);
  });

  it("[SES16][F36][T12] tells it at a later sweep where the store failed when it was to be told, and holds to it meanwhile", async () => {
    const server = await open();
    const client = await server.connect(new TestReplica(replicaId(1)));
    const reads = vi.spyOn(server.store, "readMark").mockRejectedValue(new Error("the database is away"));
    server.access.set("s", "none");
    server.clock.advance(30_001);
    await vi.waitFor(() => expect(server.log).toMatchObject([{ event: "access-failed" }]));
    await expect(client.pull()).rejects.toThrow("no-access");
    expect(client.received).toEqual([]);
    reads.mockRestore();
    server.clock.advance(1_000);
    expect(await client.next("welcome")).toMatchObject({ spaces: [{ space: "s", access: "none" }] });
    server.clock.advance(30_001);
    await new Promise((resolve) => setImmediate(resolve));
    expect(client.received).toEqual([]);
  });

  it("[SES16][F36] tells of one space where the app cannot tell of another", async () => {
    let hasChanged = false;
    const space = (_principal: unknown, name: string): Access => {
      if (!hasChanged) return "write";
      if (name === "s") throw new Error("the rules of this space are damaged");
      return "none";
    };
    const server = await open({ authorize: { space } });
    const client = await server.connect(new TestReplica(replicaId(1)), { spaces: ["s", "t"] });
    hasChanged = true;
    server.clock.advance(30_001);
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.log).toMatchObject([{ event: "authorize-failed" }]);
    server.clock.advance(1_000);
    expect(await client.next("welcome")).toMatchObject({ spaces: [{ space: "t", access: "none" }] });
  });

  it("[SES6] ends with bytes that say nothing, and with anything before a hello", async () => {
    const server = await open();
    for (const bytes of [Uint8Array.of(), Uint8Array.of(0, 255, 255), Uint8Array.of(1, 1, 2, 3), Uint8Array.of(9, 0)]) {
      const client = await server.connect(new TestReplica(replicaId(bytes.length + 1)));
      client.sendBytes(bytes);
      expect(await faultOf(client)).toBe("malformed");
    }
    const early = await TestClient.open(server.server, new TestReplica(replicaId(9)));
    early.send({ type: "ping", nonce: 1 });
    expect(await faultOf(early)).toBe("malformed");
  });

  it("[SES7][T15] lets go of a peer that says nothing", async () => {
    const server = await open();
    const mute = await TestClient.open(server.server, new TestReplica(replicaId(1)));
    const silent = await server.connect(new TestReplica(replicaId(2)));
    const alive = await server.connect(new TestReplica(replicaId(3)));
    server.clock.advance(10_001);
    expect([mute.closed, silent.closed]).toEqual([true, false]);
    server.clock.advance(60_000);
    alive.send({ type: "ping", nonce: 1 });
    await alive.next("pong");
    server.clock.advance(30_000);
    expect([silent.closed, alive.closed]).toEqual([true, false]);
    expect((await server.server.inspect("s")).counts.sessions).toBe(1);
  });

  it("[SES11] has one session a replica: a newer one ends the older", async () => {
    const server = await open();
    const older = await server.connect(new TestReplica(replicaId(1)));
    const newer = await server.connect(new TestReplica(replicaId(1)));
    expect([older.closed, newer.closed]).toEqual([true, false]);
    newer.send({ type: "ping", nonce: 1 });
    await newer.next("pong");
  });

  it("[SES15][T4] of a file that was copied is welcomed, and told to take a new id once it has been answered", async () => {
    const { server } = await open();
    const hello = async (opening: number) => {
      const client = await TestClient.open(server, new TestReplica(replicaId(1)));
      client.send({ ...helloOf(client.replica, "ann", ["s"]), opening: Uint8Array.of(opening) });
      const { copied } = await client.next("welcome");
      client.send({ type: "ping", nonce: 1 });
      await client.next("pong");
      return { client, copied };
    };
    const [one, two] = [await hello(1), await hello(2)];
    expect([one.copied, two.copied, one.client.closed]).toEqual([undefined, undefined, true]);
    const again = await hello(1);
    expect([again.copied, two.client.closed]).toEqual([true, false]);
    await note(again.client.replica);
    expect(await again.client.push()).toMatchObject({ mark: 1 });
  });
});

describe("news", () => {
  const pair = async (server: TestServer) => {
    const [a, b] = [new TestReplica(replicaId(1)), new TestReplica(replicaId(2))];
    const [one, two] = [await server.connect(a), await server.connect(b)];
    for (const client of [one, two]) await client.pull();
    return { a, b, one, two };
  };

  it("[SES8] a pushed reply lets the replica move on only if nothing else lies between", async () => {
    const server = await open();
    const { a, b, one, two } = await pair(server);
    const { epoch } = await server.store.meta();
    const codec = createCursorCodec(epoch, "s");
    await note(a);
    await note(a);
    const alone = await one.push();
    expect([alone.after, alone.head, codec.decode(alone.cursor)]).toEqual([0, 2, { ok: true, value: { type: "stream", sequence: 2 } }]);
    await note(a);
    await note(b);
    one.sendPush(a.log.slice(-1));
    two.sendPush();
    const [first, second] = [await one.next("pushed"), await two.next("pushed")];
    expect([first.after, first.head, first.cursor.length, second.after, second.head, second.cursor.length > 0]).toEqual([
      2,
      4,
      0,
      3,
      4,
      true,
    ]);
    a.intent("buyPlan", { accountId: "a", plan: "pro" }, 1);
    expect((await one.push(a.log.slice(-1))).cursor).toHaveLength(0);
  });

  it("[SES9] a follower gets the change itself, its author does not, and a thousand followers share the bytes", async () => {
    const server = await open();
    const { a, one, two } = await pair(server);
    const third = await server.connect(new TestReplica(replicaId(3)));
    await third.pull();
    const transaction = await note(a);
    await one.push();
    const poke = await two.next("poke");
    expect(poke).toMatchObject({ head: 1, changes: [{ sequence: 1 }] });
    expect((poke.changes[0]?.transaction as Transaction).counter).toBe(transaction.counter);
    await third.next("poke");
    expect(third.carried.at(-1)).toBe(two.carried.at(-1));
    expect(one.received).toEqual([]);
    await note(a);
    await one.push(a.log.slice(-1));
    expect((await two.next("poke")).changes.map((change) => change.sequence)).toEqual([2]);
  });

  it("[SES19] news while a welcome is put together are told after it, and are written down as those who have theirs read them", async () => {
    const server = await open();
    const { a, b, one, two } = await pair(server);
    const third = new TestReplica(replicaId(3));
    const { cursor } = await (await server.connect(third)).pull();
    two.close();
    let release = (): void => {};
    const held = new Promise<undefined>((resolve) => (release = () => resolve(undefined)));
    const reads = vi.spyOn(server.store, "readMark").mockReturnValueOnce(held);
    const greeted = await TestClient.open(server.server, third);
    greeted.send(helloOf(third, "ann", ["s"], cursor));
    await vi.waitFor(() => expect(reads).toHaveBeenCalledTimes(1));
    const again = await server.connect(b, { cursor });
    const { body } = await note(a, "told to all");
    await one.push();
    expect((await again.next("poke")).changes.map(({ transaction }) => transaction)).toMatchObject([{ body }]);
    expect(greeted.received).toEqual([]);
    release();
    expect(await greeted.next("welcome")).toMatchObject({ spaces: [{ head: 0 }] });
    expect(await greeted.next("poke")).toMatchObject({ head: 1, changes: [] });
    await note(a);
    await one.push(a.log.slice(-1));
    expect((await again.next("poke")).changes).toHaveLength(1);
    expect(greeted.received).toEqual([]);
  });

  it("[SES9][F08] one that is behind, or whose news are large, is told the head once, until it pulls", async () => {
    const server = await open({ limits: { pokeBytesMax: 400 } });
    const { a, one, two } = await pair(server);
    const behind = await TestClient.open(server.server, new TestReplica(replicaId(3)));
    await behind.hello("ann", ["s"]);
    for (let i = 0; i < 3; i++) {
      await note(a);
      await one.push(a.log.slice(-1));
    }
    await behind.settled();
    expect(behind.received).toMatchObject([{ type: "poke", head: 1, changes: [] }]);
    await a.write((tx) => {
      for (let i = 0; i < 20; i++) tx.notes.create({ title: `large ${i}` });
    });
    await one.push(a.log.slice(-1));
    expect(two.received.map((message) => message.type === "poke" && [message.head, message.changes.length])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 0],
    ]);
    await note(a);
    await one.push(a.log.slice(-1));
    expect(two.received).toHaveLength(4);
  });

  it("[SES10] a peer that takes nothing gets heads instead of changes, and then is let go", async () => {
    const server = await open({ limits: { outgoingBytesSoft: 100, outgoingBytesMax: 200 } });
    const { a, one, two } = await pair(server);
    two.buffered = 150;
    await note(a);
    await one.push();
    expect(two.received).toMatchObject([{ type: "poke", head: 1, changes: [] }]);
    two.buffered = 250;
    two.send({ type: "ping", nonce: 1 });
    await two.settled();
    expect(two.closed).toBe(true);
  });

  it("[SES12][T16] more than may wait is sent away with a jittered time to come back", async () => {
    let random = 0;
    const server = await open({ limits: { waitingPushesMax: 1, sessionPushesMax: 1 } });
    server.clock.runtime.random = () => (random += 0.25) % 1;
    const { a, b, one, two } = await pair(server);
    await note(a);
    await note(b);
    one.sendPush();
    two.sendPush();
    two.sendPush();
    await expect(two.next("pushed")).rejects.toThrow("overloaded");
    await expect(two.next("pushed")).rejects.toThrow("overloaded");
    expect((await one.next("pushed")).mark).toBe(1);
    expect(await two.push()).toMatchObject({ mark: 1 });
    await expect(server.server.space("s").write(() => 1)).resolves.toBe(1);
  });

  it("[SES12] one connection cannot fill the queue by itself", async () => {
    const server = await open({ limits: { sessionPushesMax: 2 } });
    const { a, b, one, two } = await pair(server);
    for (let i = 0; i < 3; i++) one.sendPush([await note(a)]);
    await note(b);
    two.sendPush();
    await expect(one.next("pushed")).rejects.toThrow("overloaded");
    expect([(await one.next("pushed")).mark, (await one.next("pushed")).mark, (await two.next("pushed")).mark]).toEqual([1, 2, 1]);
  });

  it("[SES14] a space that is no longer followed is not told of, and one that is followed later is", async () => {
    const server = await open();
    const { a, one, two } = await pair(server);
    two.send({ type: "unfollow", spaces: ["s"] });
    two.send({ type: "follow", spaces: [{ space: "t", cursor: new Uint8Array(0), counter: 0 }] });
    expect((await two.next("welcome")).spaces.map((space) => space.space)).toEqual(["t"]);
    await note(a);
    await one.push();
    await server.server.space("t").write((tx) => tx.notes.create({ title: "x" }));
    expect(two.received).toMatchObject([{ type: "poke", space: "t", head: 1 }]);
  });
});
