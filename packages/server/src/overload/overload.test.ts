import { connect as connectSocket } from "node:net";
import { describe, expect, it } from "vitest";
import { accept } from "../decision.ts";
import { listenMetrics } from "../metrics/listen-metrics.ts";
import { createMetrics } from "../metrics/metrics.ts";
import type { ServerEvent } from "../observe.ts";
import { nodeRuntime } from "../runtime/node-runtime.ts";
import type { TestClient } from "../testing/test-client.ts";
import { replicaId, TestReplica } from "../testing/test-replica.ts";
import type { TestServer } from "../testing/test-server.ts";
import { useTestServers } from "../testing/use-test-servers.ts";

const open = useTestServers();

async function device(server: TestServer, number: number, user = `user-${number}`, space = "s") {
  const replica = new TestReplica(replicaId(number), space);
  const client = await server.connect(replica, { user });
  return { replica, client, note: () => replica.write((tx) => void tx.notes.create({ title: "a" })) };
}

/** An arbiter that waits until it is told to go on. */
function gate() {
  let open = (): void => {};
  const opening = new Promise<void>((resolve) => {
    open = resolve;
  });
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const buyPlan = async () => {
    begin();
    await opening;
    return accept();
  };
  return { open: () => open(), begun, buyPlan };
}

const faultOf = (client: TestClient) => client.received.find((message) => message.type === "fault");

describe("an overloaded instance", () => {
  it("[OVL1] refuses what goes beyond a principal's share, and takes another's", async () => {
    const events: ServerEvent[] = [];
    const held = gate();
    const server = await open({
      limits: { principalPushesMax: 1 },
      arbiters: { buyPlan: held.buyPlan },
      observe: (event) => void events.push(event),
    });
    const ann = await device(server, 1, "ann");
    const tablet = await device(server, 2, "ann", "t");
    const ben = await device(server, 3, "ben", "t");
    ann.replica.intent("buyPlan", { accountId: "a", plan: "pro" }, 1);
    ann.client.sendPush();
    await held.begun;
    await tablet.note();
    await expect(tablet.client.push()).rejects.toThrow(/"code":"overloaded","message":"Too many pushes of this user wait already\."/);
    await ben.note();
    expect((await ben.client.push()).mark).toBe(1);
    held.open();
    expect((await ann.client.next("pushed")).mark).toBe(1);
    expect((await tablet.client.push()).mark).toBe(1);
    expect(events).toContainEqual({ type: "refused", reason: "principal-full" });
  });

  it("[OVL6] spaces that wait for one turn each get one, however much the first has queued", async () => {
    const order: string[] = [];
    const held = gate();
    const server = await open({
      limits: { turnsMax: 1, turnJobsMax: 1 },
      authorize: {
        space: () => "write",
        operation: (_principal, { space }) => {
          order.push(space);
          return accept();
        },
      },
      arbiters: { buyPlan: held.buyPlan },
    });
    const blocker = await device(server, 1, "ann", "blocker");
    const busy = await device(server, 2, "ben", "busy");
    const quiet = await device(server, 3, "cat", "quiet");
    blocker.replica.intent("buyPlan", { accountId: "a", plan: "pro" }, 1);
    blocker.client.sendPush();
    await held.begun;
    for (let n = 0; n < 4; n++) busy.client.sendPush([await busy.note()]);
    await quiet.note();
    quiet.client.sendPush();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([order, server.server.gauges().turns]).toEqual([[], 1]);
    held.open();
    for (let n = 0; n < 4; n++) await busy.client.next("pushed");
    await quiet.client.next("pushed");
    expect(order.indexOf("quiet")).toBe(1);
    expect(order.filter((space) => space === "busy").length).toBe(4);
  });

  it("[OVL5] a first sync that finds no place does not hold up a device that catches up", async () => {
    let release = (): void => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { sqliteStore } = await import("../sqlite/index.ts");
    const inner = sqliteStore(":memory:");
    const store = {
      ...inner,
      readRecords: async (...args: Parameters<typeof inner.readRecords>) => {
        await slow;
        return inner.readRecords(...args);
      },
    };
    const server = await open({ store, limits: { firstSyncsMax: 1, pullsWaitingMax: 0 } });
    const ann = await device(server, 1);
    await ann.note();
    const { cursor } = await ann.client.push();
    const [first, second] = [await device(server, 2), await device(server, 3)];
    const page = first.client.pull();
    await new Promise((resolve) => setImmediate(resolve));
    await expect(second.client.pull()).rejects.toThrow("Too many devices begin at once");
    expect((await ann.client.pull(cursor)).more).toBe(false);
    release();
    expect((await page).content.type).toBe("snapshot");
    expect((await second.client.pull()).content.type).toBe("snapshot");
    expect(server.server.gauges()).toMatchObject({ firstSyncs: 0, catchUps: 0 });
  });

  it("[OVL4] a user above the budget is refused with a time, and taken when it has passed", async () => {
    const server = await open({ runtime: nodeRuntime, rates: { perSeconds: 1, principal: { operations: 2 } } });
    const ann = await device(server, 1, "ann");
    const ben = await device(server, 2, "ben");
    for (let n = 0; n < 2; n++) await ann.client.push([await ann.note()]);
    const third = await ann.note();
    ann.client.sendPush([third]);
    await ann.client.settled();
    const fault = faultOf(ann.client);
    expect(fault).toMatchObject({ code: "overloaded", message: "This user has sent too much for now.", retryAfterMs: expect.any(Number) });
    expect((await ben.client.push([await ben.note()])).mark).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, (fault as { retryAfterMs: number }).retryAfterMs));
    ann.client.received.length = 0;
    expect((await ann.client.push([third])).mark).toBe(3);
  });

  it("[OVL8] a session that sends faster than it is worked on is let go, but not for one large message", async () => {
    const server = await open({
      limits: { inboxBytesMax: 2_000 },
      authenticate: () => new Promise(() => {}), // never worked on
    });
    const replica = new TestReplica(replicaId(1));
    await replica.write((tx) => {
      for (let n = 0; n < 200; n++) tx.notes.create({ title: `a title, the ${n}th` });
    });
    const { TestClient: Client, helloOf } = await import("../testing/test-client.ts");
    const client = await Client.open(server.server, replica);
    client.send(helloOf(replica, "ann", ["s"]));
    client.sendPush();
    expect(client.closed).toBe(false);
    client.sendPush();
    expect(client.closed).toBe(true);
    expect(faultOf(client)).toMatchObject({ code: "overloaded" });
  });
});

describe("requests over HTTP", () => {
  it("[OVL1] are bounded by number and by what they may hold, and a place is free when its request has been answered", async () => {
    let release = (): void => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const server = await open({
      runtime: nodeRuntime,
      limits: { exchangesMax: 2, waitingBytesMax: 60 },
      authenticate: async () => {
        await slow;
        return { id: "ann" };
      },
    });
    const { url } = await server.server.listen({ port: 0, host: "127.0.0.1" });
    const { helloOf } = await import("../testing/test-client.ts");
    const { createWireSession, encodeClientMessage, encodeFrames } = await import("@holdfast/core/engine");
    const { wrapMessage } = await import("../session/envelope.ts");
    const hello = encodeClientMessage(helloOf(new TestReplica(replicaId(1)), "ann", ["s"]), createWireSession());
    const body = encodeFrames([wrapMessage(hello, undefined)]) as Uint8Array<ArrayBuffer>;
    const post = () => fetch(`${url}/v1/sync`, { method: "POST", body });
    const first = post();
    await new Promise((resolve) => setTimeout(resolve, 100));
    // Two would hold more than may wait.
    const refused = await post();
    expect([refused.status, Number(refused.headers.get("retry-after")) > 0]).toEqual([503, true]);
    release();
    expect((await first).status).toBe(200);
    expect((await post()).status).toBe(200);
  });
});

describe("a slow connection", () => {
  it("[OVL8] is closed when its request does not come to an end in time, whatever it trickles", async () => {
    const server = await open({ runtime: nodeRuntime, limits: { headersMsMax: 300, bodyMsMax: 600, helloMsMax: 200 } });
    const { port } = await server.server.listen({ port: 0, host: "127.0.0.1" });
    const lives = async (start: string): Promise<number> => {
      const startMs = performance.now();
      const socket = connectSocket(port, "127.0.0.1", () => socket.write(start));
      socket.on("error", () => {});
      const trickle = setInterval(() => socket.write("x"), 50);
      await new Promise((resolve) => socket.once("close", resolve).resume());
      clearInterval(trickle);
      return performance.now() - startMs;
    };
    const headers = lives("POST /v1/sync HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    const body = lives("POST /v1/sync HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
    expect(Math.max(await headers, await body)).toBeLessThan(3_000);
  });
});

describe("a drain", () => {
  it("[OVL9][OVL10] is not ready first, then takes nobody, and sends the devices away one by one when their pushes are answered", async () => {
    const held = gate();
    const server = await open({
      runtime: nodeRuntime,
      limits: { drainNoticeMs: 100, drainPerSecond: 12, drainMsMax: 2_000, retryAfterMs: 500 },
      arbiters: { buyPlan: held.buyPlan },
    });
    const { url } = await server.server.listen({ port: 0, host: "127.0.0.1" });
    const ready = async () => (await fetch(`${url}/ready`)).status;
    expect(await ready()).toBe(200);
    const devices = await Promise.all(Array.from({ length: 20 }, (_, n) => device(server, n + 1)));
    const busy = await device(server, 30, "ann", "t");
    busy.replica.intent("buyPlan", { accountId: "a", plan: "pro" }, 1);
    busy.client.sendPush();
    await held.begun;

    const startMs = performance.now();
    const drained = server.server.drain();
    expect(await ready()).toBe(503);
    expect((await fetch(`${url}/v1/sync`, { method: "POST", body: new Uint8Array(0) })).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const refused = await fetch(`${url}/v1/sync`, { method: "POST", body: new Uint8Array(0) });
    expect([refused.status, Number(refused.headers.get("retry-after")) > 0]).toEqual([503, true]);
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: "closing" });

    const leftMs: number[] = [];
    await Promise.all(
      devices.map(async ({ client }) => {
        while (!client.closed) await new Promise((resolve) => setTimeout(resolve, 5));
        leftMs.push(performance.now() - startMs);
      }),
    );
    expect(Math.max(...leftMs) - Math.min(...leftMs)).toBeGreaterThan(500);
    const told = devices.map(({ client }) => faultOf(client) as { readonly retryAfterMs: number });
    expect(new Set(told.map(({ retryAfterMs }) => retryAfterMs)).size).toBeGreaterThan(15);
    expect(busy.client.closed).toBe(false);
    held.open();
    expect((await busy.client.next("pushed")).mark).toBe(1);
    await drained;
    expect(performance.now() - startMs).toBeLessThan(3_000);
    await server.server.close();
    expect(busy.client.closed).toBe(true);
  });

  it("[OVL9] ends in bounded time, whatever an arbiter does", async () => {
    const held = gate();
    const server = await open({
      runtime: nodeRuntime,
      limits: { drainMsMax: 200, closeMsMax: 300 },
      arbiters: { buyPlan: held.buyPlan },
    });
    const busy = await device(server, 1);
    busy.replica.intent("buyPlan", { accountId: "a", plan: "pro" }, 1);
    busy.client.sendPush();
    await held.begun;
    const startMs = performance.now();
    await server.server.drain();
    await server.server.close();
    expect(performance.now() - startMs).toBeLessThan(2_000);
    held.open();
  });
});

describe("readiness and figures", () => {
  it("[OVL10] a store that does not answer makes an instance that is not ready and lives", async () => {
    const { sqliteStore } = await import("../sqlite/index.ts");
    const inner = sqliteStore(":memory:");
    let answers = true;
    const store = { ...inner, meta: () => (answers ? inner.meta() : new Promise<never>(() => {})) };
    const server = await open({ store, runtime: nodeRuntime, limits: { readyMsMax: 100 } });
    const { url } = await server.server.listen({ port: 0, host: "127.0.0.1" });
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    answers = false;
    await new Promise((resolve) => setTimeout(resolve, 600));
    const reply = await fetch(`${url}/ready`);
    expect([reply.status, await reply.json()]).toEqual([503, { ready: false, reasons: ["the store does not answer"] }]);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it("[OVL10] a store that answers and takes no writes makes an instance that is not ready, for a while", async () => {
    const { sqliteStore } = await import("../sqlite/index.ts");
    const { HoldfastError } = await import("@holdfast/core/engine");
    const inner = sqliteStore(":memory:");
    let takes = false;
    const store: typeof inner = {
      ...inner,
      transact: (space, body) =>
        takes
          ? inner.transact(space, body)
          : Promise.reject(new HoldfastError("store-failed", "read-only", { origin: "disk", retry: true, advice: "" })),
    };
    const limits = { readyFailedTurnsMin: 4, readyFailedMsMax: 400 };
    const server = await open({ store, runtime: nodeRuntime, limits, log: () => undefined });
    const write = () => server.server.space("s").write((tx) => void tx.notes.create({ title: "a" }));
    const ready = async () => await server.server.readiness();
    for (let n = 0; n < 3; n++) await expect(write()).rejects.toThrow();
    expect(await ready()).toEqual({ ready: true, reasons: [] });
    // One that is committed says that the store works, whatever went wrong before it.
    takes = true;
    await write();
    takes = false;
    for (let n = 0; n < 3; n++) await expect(write()).rejects.toThrow();
    expect(await ready()).toEqual({ ready: true, reasons: [] });
    await expect(write()).rejects.toThrow();
    expect(await ready()).toEqual({ ready: false, reasons: ["the store takes no writes"] });
    // Nothing comes while a balancer sends nobody: it is tried again.
    await expect.poll(ready).toEqual({ ready: true, reasons: [] });
  });

  it("[OVL11] counts what happened for Prometheus, of this server alone", async () => {
    const metrics = createMetrics();
    const server = await open({ observe: metrics.observe, limits: { sessionPushesMax: 1_000 } });
    const other = await open({ observe: createMetrics().observe });
    const ann = await device(server, 1);
    const elsewhere = await device(other, 2);
    await elsewhere.note();
    await elsewhere.client.push();
    for (let n = 0; n < 3; n++) await ann.client.push([await ann.note()]);
    await ann.client.pull();
    metrics.observeStore({ type: "commit", batches: 3, stale: 1, tookMs: 4 });
    metrics.observeStore({ type: "optimistic-retry" });
    metrics.observeStore({ type: "locked-turn" });
    const listening = await listenMetrics({ server: server.server, metrics, port: 0 });
    try {
      const reply = await fetch(`${listening.url}/metrics`);
      expect(reply.headers.get("content-type")).toContain("text/plain");
      const text = await reply.text();
      const value = (line: string): number =>
        Number(
          text
            .split("\n")
            .find((each) => each.startsWith(`${line} `))
            ?.split(" ")[1],
        );
      expect({
        pushes: value("holdfast_pushes_total"),
        transactions: value("holdfast_transactions_total"),
        pages: value('holdfast_page_seconds_count{kind="first-sync"}'),
        turns: value("holdfast_turn_seconds_count"),
        connections: value('holdfast_now{what="connections"}'),
        ready: value("holdfast_ready"),
        stale: value("holdfast_store_stale_total"),
        retries: value("holdfast_store_retries_total"),
        locked: value("holdfast_store_locked_turns_total"),
        spaces: value("holdfast_store_commit_spaces_sum"),
      }).toEqual({ pushes: 3, transactions: 3, pages: 1, turns: 3, connections: 1, ready: 1, stale: 1, retries: 1, locked: 1, spaces: 3 });
      expect((await fetch(`${listening.url}/ready`)).status).toBe(200);
      expect((await fetch(`${listening.url}/other`)).status).toBe(404);
    } finally {
      await listening.close();
    }
  });
});
