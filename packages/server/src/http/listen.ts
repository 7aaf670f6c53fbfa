/**
 * One port for both ways in: `POST /v1/sync`, a conversation in one request, and a WebSocket at the same path, a conversation that stays.
 * Nothing here knows the protocol. Bodies are bounded before they are read, and what keeps replies is found out (F09).
 */
import type { IncomingMessage, Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { decodeFrames, encodeFrames, HoldfastError, type Runtime } from "@holdfast/core/engine";
import { Hono } from "hono";
import { type WebSocket, WebSocketServer } from "ws";
import type { ServerLimits } from "../limits.ts";
import type { ServerEvent } from "../observe.ts";
import type { LogEntry } from "../options.ts";
import type { Readiness } from "../overload/readiness.ts";
import { type Refused, type RefusedReason, refusedTexts } from "../overload/refused.ts";
import { jitteredMs } from "../overload/retry-after.ts";
import type { SessionLink } from "../session/host.ts";
import type { Session } from "../session/session.ts";
import { readBody } from "./read-body.ts";

export interface HttpHost {
  readonly port: number;
  readonly hostname: string | undefined;
  readonly limits: ServerLimits;
  readonly runtime: Runtime;
  readonly log: (entry: LogEntry) => void;
  /** Why nothing new is taken now. */
  readonly refuses: () => Refused | undefined;
  readonly readiness: () => Promise<Readiness>;
  readonly observe: (event: ServerEvent) => void;
  readonly connect: (link: SessionLink) => Session;
  readonly exchange: (link: SessionLink) => Session;
}

export interface Listening {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

export interface HttpListener extends Listening {
  /** Takes no new connections and requests; those that are open go on. */
  refuse(): void;
}

const syncPath = "/v1/sync";
const contentType = "application/x-holdfast";
const exchangeName = /^\w{1,32}$/;
/** Of a WebSocket's close: the server goes away, come back. */
const goingAway = 1001;

export async function listenHttp(host: HttpHost): Promise<HttpListener> {
  let refusing = false;
  const app = createApp(host, () => refusing);
  const server = await startServer(host, app);
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: host.limits.messageBytesMax,
    clientTracking: true,
  });
  server.on("upgrade", (request: IncomingMessage, socket, head) => {
    socket.on("error", () => socket.destroy());
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (path !== syncPath) return void socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
    const refused = refusing ? refuse(host, "closing") : host.refuses();
    if (refused !== undefined)
      return void socket.end(
        `HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nCache-Control: no-store\r\nRetry-After: ${retryAfterSeconds(refused)}\r\n\r\n`,
      );
    sockets.handleUpgrade(request, socket, head, (webSocket) => attach(host, webSocket));
  });
  // Beyond, a connection is closed before it has said anything.
  server.maxConnections = host.limits.connectionsMax + host.limits.exchangesMax;
  const { port } = server.address() as AddressInfo;
  const name = host.hostname === undefined || host.hostname === "0.0.0.0" || host.hostname === "::" ? "localhost" : host.hostname;
  return {
    port,
    url: `http://${name.includes(":") ? `[${name}]` : name}:${port}`,
    refuse: () => {
      refusing = true;
      server.closeIdleConnections();
    },
    close: () =>
      new Promise((resolve) => {
        refusing = true;
        for (const socket of sockets.clients) socket.close(goingAway);
        server.close(() => resolve());
        server.closeIdleConnections();
        // A peer that does not answer the close is not waited for.
        const cancel = host.runtime.setTimer(host.limits.closeMsMax, () => {
          for (const socket of sockets.clients) socket.terminate();
          server.closeAllConnections();
        });
        server.once("close", cancel);
      }),
  };
}

function createApp(host: HttpHost, isRefusing: () => boolean): Hono {
  const app = new Hono();
  let exchanges = 0;
  let bodiesBytes = 0;
  app.use(async (context, next) => {
    await next();
    context.header("Cache-Control", "no-store");
    // Told back: a cache that keeps replies all the same gives itself away.
    const exchange = context.req.query("exchange");
    if (exchange !== undefined && exchangeName.test(exchange)) context.header("Holdfast-Exchange", exchange);
  });
  // Alive, whatever it has to do: who restarts an instance for being busy makes an outage of it.
  app.get("/health", (context) => context.json({ status: isRefusing() ? "closing" : "ok" }));
  app.get("/ready", async (context) => {
    const { ready, reasons } = await host.readiness();
    return context.json({ ready, reasons }, ready ? 200 : 503);
  });
  app.post(syncPath, async (context) => {
    const refused = isRefusing() ? refuse(host, "closing") : host.refuses();
    if (refused !== undefined) {
      context.header("Retry-After", String(retryAfterSeconds(refused)));
      return context.text(refusedTexts[refused.reason], 503);
    }
    const { bodyBytesMax, exchangesMax, waitingBytesMax } = host.limits;
    // One that does not say how long it is may be as long as any.
    const declared = Number(context.req.header("content-length") ?? bodyBytesMax);
    if (declared > bodyBytesMax) return context.text("The body is too large.", 413);
    if (exchanges >= exchangesMax || (exchanges > 0 && bodiesBytes + declared > waitingBytesMax)) {
      const full = refuse(host, "connections-full");
      context.header("Retry-After", String(retryAfterSeconds(full)));
      return context.text(refusedTexts[full.reason], 503);
    }
    exchanges++;
    bodiesBytes += declared;
    try {
      const body = await readBody(context.req.raw.body, bodyBytesMax);
      if (body === undefined) return context.text("The body is too large.", 413);
      const frames = decodeFrames(body);
      if (!frames.ok) return context.text(`The body cannot be read: ${frames.fault}.`, 400);
      host.observe({ type: "received", bytes: body.length });
      const reply = await exchange(host, frames.value);
      host.observe({ type: "sent", bytes: reply.length });
      return context.body(reply as Uint8Array<ArrayBuffer>, 200, { "Content-Type": contentType });
    } finally {
      exchanges--;
      bodiesBytes -= declared;
    }
  });
  app.onError((error, context) => {
    host.log({ level: "error", event: "request-failed", detail: "A request could not be answered.", error });
    return context.text("The server could not answer.", 500);
  });
  return app;
}

/** A whole conversation in one request: every message is answered before the reply ends. */
async function exchange(host: HttpHost, frames: readonly Uint8Array[]): Promise<Uint8Array> {
  const replies: Uint8Array[] = [];
  const session = host.exchange({ send: (carried) => void replies.push(carried), bufferedBytes: () => 0, close: () => {} });
  for (const frame of frames) {
    session.receive(frame);
    await session.settled();
  }
  session.close();
  return encodeFrames(replies);
}

function attach(host: HttpHost, socket: WebSocket): void {
  const session = host.connect({
    send: (carried) => {
      host.observe({ type: "sent", bytes: carried.length });
      socket.send(carried);
    },
    bufferedBytes: () => socket.bufferedAmount,
    close: () => socket.close(goingAway),
  });
  socket.binaryType = "nodebuffer";
  socket.on("message", (data: Buffer, isBinary) => {
    host.observe({ type: "received", bytes: data.length });
    if (isBinary) session.receive(data);
    else session.close();
  });
  socket.on("close", () => session.close());
  socket.on("error", () => session.close());
}

function startServer(host: HttpHost, app: Hono): Promise<HttpServer> {
  return new Promise((resolve, reject) => {
    const { headersMsMax, bodyMsMax, keepAliveMsMax } = host.limits;
    const options = {
      fetch: app.fetch,
      port: host.port,
      ...(host.hostname === undefined ? {} : { hostname: host.hostname }),
      // Whoever sends a byte a second holds a connection for so long, and no longer.
      serverOptions: {
        headersTimeout: headersMsMax,
        requestTimeout: bodyMsMax,
        keepAliveTimeout: keepAliveMsMax,
        connectionsCheckingInterval: Math.max(100, Math.min(headersMsMax, bodyMsMax) / 2),
      },
    };
    const server = serve(options, () => {
      server.off("error", fail);
      resolve(server);
    }) as HttpServer;
    const fail = (error: Error): void => {
      reject(
        new HoldfastError("invalid-option", `The server cannot listen on port ${host.port}: ${error.message}.`, {
          origin: "caller",
          retry: true,
          advice: "Use another port, or 0 for any.",
          cause: error,
        }),
      );
    };
    server.once("error", fail);
  });
}

function refuse(host: HttpHost, reason: RefusedReason): Refused {
  host.observe({ type: "refused", reason });
  return { reason, retryAfterMs: jitteredMs(host.limits.retryAfterMs, host.runtime.random()) };
}

function retryAfterSeconds({ retryAfterMs }: Refused): number {
  return Math.ceil(retryAfterMs / 1000);
}
