import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describeTransport } from "@holdfast/conformance";
import { decodeFrames, encodeFrames, type TransportFault } from "@holdfast/core/engine";
import { afterEach, describe, expect, it } from "vitest";
import { createPostXhr } from "../native/post-xhr.ts";
import { XhrShim } from "../testing/xhr-shim.ts";
import { acceptSockets } from "../testing/socket-peer.ts";
import { nodeRuntime } from "../node/runtime.ts";
import type { PostBytes } from "./http.ts";
import { createTransport, type TransportOptions } from "./transport.ts";

const type = "application/x-holdfast";
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await stop(server);
});

async function start(
  answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void,
): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => answer(request, response, Buffer.concat(parts)));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

function echo(_request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const frames = decodeFrames(new Uint8Array(body));
  response.writeHead(200, { "Content-Type": type }).end(encodeFrames(frames.ok ? frames.value : []));
}

const open = (url: string, mode: TransportOptions["mode"] & string, limits: TransportOptions["limits"] = {}, post?: PostBytes) =>
  createTransport({ server: url, runtime: nodeRuntime, mode, limits, ...(post === undefined ? {} : { post }) });

for (const [name, mode, post] of [
  ["http", "http", undefined],
  ["http, over XMLHttpRequest", "http", createPostXhr(XhrShim)],
  ["socket", "socket", undefined],
] as const)
  describeTransport({ describe, it }, name, async () => {
    let broken = false;
    const { server, url } = await start((request, response, body) => (broken ? request.socket.destroy() : echo(request, response, body)));
    const sockets = acceptSockets(server);
    return {
      transport: open(url, mode, {}, post),
      unreachable: open("http://127.0.0.1:1", mode, {}, post),
      breakOff: () => {
        broken = true;
        sockets.breakOff();
      },
      dispose: () => stop(servers.splice(servers.indexOf(server), 1)[0] as Server),
    };
  });

/** The fault of a conversation that says one thing, and what had been heard before it. */
function faultOf(url: string, limits: TransportOptions["limits"] = {}): Promise<{ fault: TransportFault; heard: number }> {
  return new Promise((resolve) => {
    let heard = 0;
    const connection = open(url, "http", limits).connect({
      opened: () => connection.send(Uint8Array.of(1, 2, 3)),
      message: () => heard++,
      closed: (fault) => resolve({ fault, heard }),
    });
  });
}

describe("the transport over HTTP", () => {
  it("[TRN5][F19] takes HTML with status 200 for no server", async () => {
    const { url } = await start((_request, response) =>
      response.writeHead(200, { "Content-Type": "text/html" }).end("<p>Welcome to the hotel</p>"),
    );
    expect(await faultOf(url)).toMatchObject({ fault: { type: "not-a-server" }, heard: 0 });
  });

  it("[TRN5] applies nothing of a body that is cut off", async () => {
    const whole = encodeFrames([Uint8Array.of(1), new Uint8Array(500)]);
    const { url } = await start((_request, response) => response.writeHead(200, { "Content-Type": type }).end(whole.subarray(0, 100)));
    expect(await faultOf(url)).toMatchObject({ fault: { type: "closed" }, heard: 0 });
    const short = await start((_request, response) => {
      response.writeHead(200, { "Content-Type": type, "Content-Length": String(whole.length) });
      response.write(whole.subarray(0, 100), () => response.socket?.destroy());
    });
    expect(await faultOf(short.url)).toMatchObject({ fault: { type: "closed" }, heard: 0 });
  });

  it("[TRN5][T16] tells 429 and 5xx with their Retry-After, in seconds or as a date", async () => {
    const { url } = await start((_request, response) => response.writeHead(429, { "Retry-After": "7" }).end());
    expect(await faultOf(url)).toEqual({ fault: { type: "unavailable", detail: "status 429", retryAfterMs: 7_000 }, heard: 0 });
    const dated = await start((_request, response) =>
      response.writeHead(503, { "Retry-After": new Date(Date.now() + 60_000).toUTCString() }).end(),
    );
    const { fault } = await faultOf(dated.url);
    expect(fault.type === "unavailable" && Math.abs((fault.retryAfterMs ?? 0) - 60_000) < 5_000).toBe(true);
    const silly = await start((_request, response) => response.writeHead(500, { "Retry-After": "never" }).end());
    expect((await faultOf(silly.url)).fault).toMatchObject({ type: "unavailable", retryAfterMs: undefined });
  });

  it("[TRN7][F09] takes nothing of a reply to another exchange, and names each exchange anew", async () => {
    const names: string[] = [];
    const { url } = await start((request, response, body) => {
      names.push(new URL(request.url ?? "", "http://r0").searchParams.get("exchange") ?? "");
      response.setHeader("Holdfast-Exchange", names[0] ?? "");
      echo(request, response, body);
    });
    const heard: string[] = [];
    const fault = await new Promise<TransportFault>((resolve) => {
      const connection = open(url, "http").connect({
        opened: () => connection.send(Uint8Array.of(1)),
        message: () => {
          heard.push("a message");
          connection.send(Uint8Array.of(2));
        },
        closed: resolve,
      });
    });
    expect(fault).toMatchObject({ type: "stale-intermediary" });
    expect(heard).toEqual(["a message"]);
    expect(new Set(names).size).toBe(2);
  });

  it("[TRN5] gives up on a reply that does not come", async () => {
    const { url } = await start(() => {});
    expect((await faultOf(url, { exchangeMsMax: 30 })).fault.type).toBe("timeout");
  });

  it("[TRN6] serves where the socket does not open, each request beginning with the hello, and yields to the socket later", async () => {
    const bodies: number[][] = [];
    const { url } = await start((request, response, body) => {
      const frames = decodeFrames(new Uint8Array(body));
      if (request.method === "POST") bodies.push(frames.ok ? frames.value.map((each) => each[0] as number) : []);
      echo(request, response, body);
    });
    let exchanges = 0;
    const heard: number[] = [];
    const fault = await new Promise<TransportFault>((resolve) => {
      const connection = open(url, "auto", { httpOnlyMs: 60 }).connect({
        opened: () => connection.send(Uint8Array.of(1)),
        exchange: () => exchanges++,
        message: ([first]) => {
          heard.push(first as number);
          if (heard.length === 1) connection.send(Uint8Array.of(2));
        },
        closed: resolve,
      });
    });
    expect(bodies).toEqual([[1], [1, 2]]);
    expect(heard).toEqual([1, 1, 2]);
    expect(exchanges).toBe(2);
    expect(fault.type).toBe("closed");
  });

  it("[TRN2] refuses an address that is none", () => {
    expect(() => open("ftp://example.com", "auto")).toThrow(expect.objectContaining({ code: "invalid-option" }));
  });
});
