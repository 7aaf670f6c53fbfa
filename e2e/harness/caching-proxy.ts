/**
 * An HTTP proxy that keeps replies for an hour and knows them by method and path alone: query strings, bodies and `no-store` are nothing to
 * it. What it does not keep it passes on, WebSockets included.
 */
import { createServer, request as askHttp, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";

export interface CachingProxy {
  readonly url: string;
  /** Methods whose replies are kept: from now on. None forgets what was kept. */
  keeps(methods: readonly string[]): void;
  /** What it was asked since the start, and what it answered from its memory. */
  readonly asked: readonly string[];
  readonly fromMemory: number;
  /** `Cache-Control` of everything that r0 has answered. */
  readonly cacheControls: ReadonlySet<string>;
  close(): Promise<void>;
}

interface Kept {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export async function startCachingProxy(target: () => number): Promise<CachingProxy> {
  let methods: readonly string[] = [];
  let fromMemory = 0;
  const asked: string[] = [];
  const kept = new Map<string, Kept>();
  const cacheControls = new Set<string>();

  const keyOf = ({ method, url }: IncomingMessage): string => `${method ?? ""} ${(url ?? "").split("?")[0] ?? ""}`;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const key = keyOf(request);
    asked.push(key);
    const body = await read(request);
    const found = methods.includes(request.method ?? "") ? kept.get(key) : undefined;
    if (found !== undefined) {
      fromMemory++;
      response.writeHead(found.status, found.headers).end(found.body);
      return;
    }
    const fresh = await forward(target(), request, body);
    cacheControls.add(fresh.headers["cache-control"] ?? "none");
    if (methods.includes(request.method ?? "")) kept.set(key, fresh);
    response.writeHead(fresh.status, fresh.headers).end(fresh.body);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.writeHead(502).end());
  });
  server.on("upgrade", (request, socket, head) => {
    asked.push(keyOf(request));
    socket.on("error", () => socket.destroy());
    // To a cache that keeps every GET, a handshake is a GET.
    if (methods.includes("GET")) {
      fromMemory++;
      return void socket.end("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\nConnection: close\r\n\r\nkept");
    }
    const upstream = connect(target(), "127.0.0.1", () => {
      const lines = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`);
      upstream.write(`GET ${request.url ?? "/"} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("close", () => upstream.destroy());
    upstream.on("close", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    cacheControls,
    get fromMemory() {
      return fromMemory;
    },
    keeps(next) {
      methods = next;
      if (next.length === 0) kept.clear();
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function forward(port: number, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Kept> {
  return new Promise((resolve, reject) => {
    const upstream = askHttp({ port, host: "127.0.0.1", method, path: url, headers, agent: false }, (reply) => {
      read(reply).then((bytes) => {
        // It comes whole.
        const { "transfer-encoding": _, connection: __, ...rest } = reply.headers;
        resolve({ status: reply.statusCode ?? 502, headers: { ...rest, "content-length": String(bytes.length) }, body: bytes });
      }, reject);
    });
    upstream.on("error", reject);
    upstream.end(body);
  });
}
