import { connect as connectSocket } from "node:net";
import { deflateRawSync } from "node:zlib";
import {
  createWireSession,
  decodeFrames,
  decodeServerMessage,
  encodeClientMessage,
  encodeFrames,
  type ClientMessage,
  type ServerMessage,
  wireLimits,
} from "@holdfast/core/engine";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { accept } from "../decision.ts";
import { nodeRuntime } from "../runtime/node-runtime.ts";
import { unwrapMessage, wrapMessage } from "../session/envelope.ts";
import { helloOf } from "../testing/test-client.ts";
import { replicaId, TestReplica } from "../testing/test-replica.ts";
import { useTestServers } from "../testing/use-test-servers.ts";

const openServer = useTestServers();
async function open(options: Parameters<typeof openServer>[0] = {}) {
  const server = await openServer({ runtime: nodeRuntime, ...options });
  const { url } = await server.server.listen({ port: 0, host: "127.0.0.1" });
  return { ...server, url, sync: `${url}/v1/sync` };
}

/** One request with a conversation in it. */
async function exchange(
  sync: string,
  messages: readonly ClientMessage[],
): Promise<{ readonly response: Response; readonly replies: readonly ServerMessage[] }> {
  const wire = createWireSession();
  const body = encodeFrames(
    messages.map((message) => wrapMessage(encodeClientMessage(message, message.type === "hello" ? wire : wire), undefined)),
  );
  const response = await fetch(sync, { method: "POST", body: body as Uint8Array<ArrayBuffer> });
  const frames = decodeFrames(new Uint8Array(await response.arrayBuffer()));
  if (!frames.ok) throw new Error(frames.fault);
  return { response, replies: frames.value.map((frame) => readReply(frame, wire)) };
}

function readReply(carried: Uint8Array, wire: ReturnType<typeof createWireSession>): ServerMessage {
  const message = unwrapMessage(carried);
  const decoded = message.ok ? decodeServerMessage(message.value, wire) : message;
  if (!decoded.ok) throw new Error(decoded.fault);
  return decoded.value;
}

class SocketClient {
  readonly socket: WebSocket;
  readonly received: ServerMessage[] = [];
  readonly tags: (number | undefined)[] = [];
  readonly closed: Promise<number>;
  readonly #wire = createWireSession();
  #wake: () => void = () => {};

  constructor(sync: string) {
    this.socket = new WebSocket(sync.replace("http", "ws"));
    this.socket.on("error", () => {});
    this.closed = new Promise((resolve) => this.socket.on("close", (code) => resolve(code)));
    this.socket.on("message", (data: Buffer) => {
      this.tags.push(data[0]);
      this.received.push(readReply(data, this.#wire));
      this.#wake();
    });
  }

  opened(): Promise<void> {
    return new Promise((resolve) => this.socket.once("open", () => resolve()));
  }

  send(message: ClientMessage): void {
    this.socket.send(wrapMessage(encodeClientMessage(message, this.#wire), undefined));
  }

  async next(): Promise<ServerMessage> {
    while (this.received.length === 0)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    return this.received.shift() as ServerMessage;
  }
}

const push = (replica: TestReplica): ClientMessage => ({
  type: "push",
  request: 1,
  space: "s",
  chain: replica.chainBefore(1),
  settledThrough: 0,
  transactions: replica.log,
});

describe("HTTP", () => {
  it("[WEB1][F09] a conversation goes in one request, and nothing may be kept by what lies between", async () => {
    const { sync, url } = await open();
    const replica = new TestReplica(replicaId(1));
    await replica.write((tx) => void tx.notes.create({ title: "a" }));
    const { response, replies } = await exchange(sync, [
      helloOf(replica, "ann", ["s"]),
      push(replica),
      { type: "pull", request: 2, space: "s", cursor: new Uint8Array(0), ownThrough: 0, bytesMax: 10_000 },
      { type: "ping", nonce: 3 },
    ]);
    expect([response.status, response.headers.get("content-type"), response.headers.get("cache-control")]).toEqual([
      200,
      "application/x-holdfast",
      "no-store",
    ]);
    expect(replies.map((reply) => reply.type)).toEqual(["welcome", "pushed", "page", "pong"]);
    expect(replies[1]).toMatchObject({ mark: 1, head: 1 });
    const told = async (name: string) => (await fetch(`${url}/health?exchange=${name}`)).headers.get("holdfast-exchange");
    expect([await told("k3j9"), await told("a%0d%0ab"), await told("")]).toEqual(["k3j9", null, null]);
    for (const path of ["/health", "/nothing", "/v1/sync"]) expect((await fetch(url + path)).headers.get("cache-control")).toBe("no-store");
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: "ok" });
    expect((await fetch(sync)).status).toBe(404);
    expect((await exchange(sync, [{ ...helloOf(replica, "", ["s"]) }])).replies).toMatchObject([
      { type: "fault", code: "unauthenticated" },
    ]);
  });

  it("[WEB2] a body that is too large, or no body of messages, is refused before it counts", async () => {
    const { sync, server } = await open({ limits: { bodyBytesMax: 1_000 } });
    const large = new Uint8Array(2_000);
    expect((await fetch(sync, { method: "POST", body: large })).status).toBe(413);
    const streamed = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(400));
      },
    });
    const init: RequestInit & { readonly duplex: "half" } = { method: "POST", body: streamed, duplex: "half" };
    const answer = await fetch(sync, init).then(
      (response) => response.status,
      () => 413, // the server may close the connection while the body still comes
    );
    expect(answer).toBe(413);
    expect((await fetch(sync, { method: "POST", body: Uint8Array.of(99, 1) })).status).toBe(400);
    expect((await server.inspect("s")).head).toBe(0);
  });

  it("[WEB2][T16] an overloaded server answers 503 with a time to come back, on both ways in", async () => {
    const { sync } = await open({ limits: { waitingPushesMax: 0 } });
    const response = await fetch(sync, { method: "POST", body: new Uint8Array(0) });
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    const socket = new WebSocket(sync.replace("http", "ws"));
    const refused = await new Promise<{ readonly status: number | undefined; readonly after: string | undefined }>((resolve) => {
      socket.on("error", () => {});
      socket.on("unexpected-response", (_request, reply) => resolve({ status: reply.statusCode, after: reply.headers["retry-after"] }));
    });
    expect(refused.status).toBe(503);
    expect(Number(refused.after)).toBeGreaterThan(0);
  });
});

describe("a WebSocket", () => {
  it("[WEB3] is a conversation; another path, text, or a message above the bound is none", async () => {
    const { sync, url } = await open();
    const client = new SocketClient(sync);
    await client.opened();
    client.send(helloOf(new TestReplica(replicaId(1)), "ann", ["s"]));
    expect((await client.next()).type).toBe("welcome");
    client.socket.send(new Uint8Array(wireLimits.messageBytesMax + 1));
    expect(await client.closed).toBe(1009);
    const talking = new SocketClient(sync);
    await talking.opened();
    talking.socket.send("hello");
    expect(await talking.closed).toBe(1001);
    const port = Number(new URL(url).port);
    const status = await new Promise<string>((resolve) => {
      const socket = connectSocket(port, "127.0.0.1", () =>
        socket.write(
          "GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        ),
      );
      socket.once("data", (data) => {
        resolve(data.toString().slice(9, 12));
        socket.destroy();
      });
    });
    expect(status).toBe("404");
  });

  it("[WEB4] deflates large messages for a client that can inflate them, and inflates a client's within a bound", async () => {
    const { sync, server } = await open();
    await server.space("s").write((tx) => {
      for (let i = 0; i < 100; i++) tx.notes.create({ title: "the same again" });
    });
    const bytes: number[] = [];
    for (const capabilities of [["deflate"], []]) {
      const replica = new TestReplica(replicaId(capabilities.length + 1));
      const client = new SocketClient(sync);
      await client.opened();
      client.socket.on("message", (data: Buffer) => bytes.push(data.length));
      client.send({ ...helloOf(replica, "ann", ["s"]), capabilities });
      await client.next();
      client.send({ type: "pull", request: 2, space: "s", cursor: new Uint8Array(0), ownThrough: 0, bytesMax: 100_000 });
      expect(await client.next()).toMatchObject({ type: "page", more: false });
      expect(client.tags.at(-1)).toBe(capabilities.length);
      client.socket.close();
    }
    expect(bytes[1]).toBeLessThan((bytes[3] as number) / 2);
    const bomb = deflateRawSync(new Uint8Array(wireLimits.inflatedBytesMax + 1));
    expect(unwrapMessage(Uint8Array.of(1, ...bomb))).toMatchObject({ ok: false });
    expect(unwrapMessage(Uint8Array.of(1, ...deflateRawSync(Uint8Array.of(5, 6))))).toMatchObject({ ok: true });
  });
});

describe("closing", () => {
  it("[WEB5] answers what was taken, tells the clients, and takes nothing new", async () => {
    let arbitrating = (): void => {};
    let decide = (): void => {};
    const started = new Promise<void>((resolve) => {
      arbitrating = resolve;
    });
    const { sync, url, server, restart } = await open({
      arbiters: {
        buyPlan: async (tx) => {
          arbitrating();
          await new Promise<void>((resolve) => {
            decide = resolve;
          });
          tx.notes.create({ title: "effect" });
          return accept();
        },
      },
    });
    const replica = new TestReplica(replicaId(1));
    replica.intent("buyPlan", { accountId: "a", plan: "pro" }, 1);
    const client = new SocketClient(sync);
    await client.opened();
    client.send(helloOf(replica, "ann", ["s"]));
    await client.next();
    client.send(push(replica));
    await started;
    const closing = server.close();
    await expect(server.space("s").write(() => 1)).rejects.toMatchObject({ code: "closed" });
    await expect(server.listen({ port: 0 })).rejects.toMatchObject({ code: "closed" });
    decide();
    expect(await client.next()).toMatchObject({ type: "pushed", outcomes: [{ type: "accepted" }] });
    expect(await client.next()).toMatchObject({ type: "fault", code: "overloaded", retryAfterMs: expect.any(Number) });
    expect(await client.closed).toBe(1001);
    await closing;
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    const again = await restart();
    expect((await again.server.inspect("s")).head).toBe(1);
  });
});
