/** What reaches the followers of a space, through a server: rounds, windows, and peers that do not read. */
import { createWireSession, decodeServerMessage, encodeClientMessage, encodeTransaction, type ServerMessage } from "@holdfast/core/engine";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { createLocalBus } from "../bus/local-bus.ts";
import { unwrapMessage, wrapMessage } from "../session/envelope.ts";
import { helloOf, type TestClient } from "../testing/test-client.ts";
import { replicaId, TestReplica } from "../testing/test-replica.ts";
import type { TestServer } from "../testing/test-server.ts";
import { useTestServers } from "../testing/use-test-servers.ts";

const open = useTestServers();
const sockets: WebSocket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate();
});
async function follow(server: TestServer, index: number): Promise<TestClient> {
  const client = await server.connect(new TestReplica(replicaId(index)));
  await client.pull();
  return client;
}
const note = (replica: TestReplica, title = "a") => replica.write((tx) => void tx.notes.create({ title }));
const pokesOf = (client: TestClient) => client.received.filter((message) => message.type === "poke");

describe("pokes", () => {
  it("[PSH1][SES9] many notices of one tick are one poke, encoded once for all, and each gets the part behind where it stands", async () => {
    const bus = createLocalBus();
    const deferred: (() => void)[] = [];
    let holding = false;
    const server = await open({ bus, defer: (run) => (holding ? void deferred.push(run) : setImmediate(run)) });
    const writer = new TestReplica(replicaId(1));
    const one = await server.connect(writer);
    const [two, three] = [await follow(server, 2), await follow(server, 3)];
    const behind = await server.connect(new TestReplica(replicaId(4)));
    await note(writer);
    await one.push();
    await two.next("poke");
    await three.next("poke");
    await behind.next("poke");
    // As Redis would bring them: five notices of another instance in one read of its socket.
    const changes = await Promise.all([2, 3, 4, 5, 6].map(async (sequence) => ({ sequence, transaction: await note(writer) })));
    await new Promise((resolve) => setImmediate(resolve));
    holding = true;
    for (const change of changes)
      bus.publish({ space: "s", head: change.sequence, after: change.sequence - 1, author: writer.id, changes: [change] });
    while (deferred.length > 0) for (const run of deferred.splice(0)) run();
    holding = false;
    expect(pokesOf(two).map(({ head, changes: carried }) => [head, carried.map(({ sequence }) => sequence)])).toEqual([
      [2, [2]],
      [6, [3, 4, 5, 6]],
    ]);
    expect(three.carried.at(-1)).toBe(two.carried.at(-1));
    // Told once that there is more, and its author nothing.
    expect(pokesOf(behind)).toEqual([]);
    expect(pokesOf(one)).toEqual([]);
  });

  it("[PSH2][T16] a head that many must ask for names a window, as wide as it takes to keep the pulls below their rate", async () => {
    const server = await open({ limits: { pokeBytesMax: 10, pokePullsPerSecond: 20 } });
    const writer = new TestReplica(replicaId(1));
    const one = await server.connect(writer);
    const followers = [await follow(server, 2), await follow(server, 3), await follow(server, 4)];
    await note(writer);
    await one.push();
    for (const each of followers) expect(await each.next("poke")).toMatchObject({ head: 1, withinMs: 200, changes: [] });
    const few = await open({ limits: { pokeBytesMax: 10 } });
    const author = await few.connect(writer);
    const only = await follow(few, 2);
    await author.push();
    expect(await only.next("poke")).toEqual({ type: "poke", space: "s", head: 1, changes: [], cursor: new Uint8Array(0) });
  });

  it("[PSH4][T16][F42] a welcome over a connection names within what its session comes back, by the number of connections", async () => {
    const server = await open({ limits: { reconnectsPerSecond: 2, reconnectWithinMsMax: 1_200 } });
    const windows: (number | undefined)[] = [];
    for (let index = 1; index <= 4; index++) {
      const client = await server.connect(new TestReplica(replicaId(index)), { spaces: [] });
      client.send({ type: "follow", spaces: [{ space: "s", cursor: new Uint8Array(0), counter: 0 }] });
      windows.push((await client.next("welcome")).reconnectWithinMs);
    }
    expect(windows).toEqual([500, 1_000, 1_200, 1_200]);
    // One connection alone names none worth naming.
    const usual = await open({ limits: { reconnectsPerSecond: 2_000 } });
    const client = await usual.connect(new TestReplica(replicaId(1)), { spaces: [] });
    client.send({ type: "follow", spaces: [{ space: "s", cursor: new Uint8Array(0), counter: 0 }] });
    expect((await client.next("welcome")).reconnectWithinMs).toBeUndefined();
  });
});

describe("a real socket whose peer does not read", () => {
  it("[PSH5][SES10] is told heads alone once its buffer is full, and the server keeps no more than that for it", async () => {
    const bus = createLocalBus();
    const server = await open({ bus, limits: { outgoingBytesSoft: 256 * 1024, pokeBytesMax: 64 * 1024 } });
    const listening = await server.server.listen({ port: 0, host: "127.0.0.1" });
    const wire = createWireSession();
    const socket = new WebSocket(`ws://127.0.0.1:${listening.port}/v1/sync`);
    const messages: ServerMessage[] = [];
    let bytes = 0;
    socket.binaryType = "nodebuffer";
    socket.on("message", (data: Buffer) => {
      bytes += data.length;
      const message = unwrapMessage(data);
      const decoded = message.ok ? decodeServerMessage(message.value, wire) : message;
      if (decoded.ok) messages.push(decoded.value);
    });
    sockets.push(socket);
    const received = (type: ServerMessage["type"]) => expect.poll(() => messages.some((message) => message.type === type)).toBe(true);
    await new Promise((resolve) => socket.once("open", resolve));
    const send = (message: Parameters<typeof encodeClientMessage>[0]): void =>
      socket.send(wrapMessage(encodeClientMessage(message, wire), undefined));
    send(helloOf(new TestReplica(replicaId(2)), "ann", ["s"]));
    await received("welcome");
    send({ type: "pull", request: 1, space: "s", cursor: new Uint8Array(0), ownThrough: 0, bytesMax: 1_000_000 });
    await received("page");
    socket.pause();
    const writer = new TestReplica(replicaId(1));
    const changes = 3_000;
    const transaction = await writer.write((tx) => {
      for (let index = 0; index < 500; index++) tx.notes.create({ title: `note ${index} of many` });
    });
    const total = changes * encodeTransaction(transaction).length;
    expect(total).toBeGreaterThan(30_000_000);
    for (let sequence = 1; sequence <= changes; sequence++) {
      bus.publish({ space: "s", head: sequence, after: sequence - 1, author: writer.id, changes: [{ sequence, transaction }] });
      if (sequence % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const before = bytes;
    socket.resume();
    await expect
      .poll(() => messages.some((message) => message.type === "poke" && message.changes.length === 0), { timeout: 10_000 })
      .toBe(true);
    // What the two kernels held, and 256 KiB.
    expect(bytes - before).toBeLessThan(total / 3);
    expect(messages.filter((message) => message.type === "poke" && message.changes.length === 0)).toHaveLength(1);
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });
});
