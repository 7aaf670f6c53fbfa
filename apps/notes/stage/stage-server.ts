/**
 * What the page of three devices is served by: the built app, a way to r0 for each device with its switches, r0 itself, which can be
 * stopped and started again on its file, and a stream of what r0 takes. Only for this machine, and only for pages that it served itself.
 */
import { createReadStream, existsSync, statSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { extname, join, normalize } from "node:path";
import { type Duplex, Readable } from "node:stream";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { type DeviceName, deviceNames, type StageState, type TakenOperation } from "../src/stage/stage-api.ts";
import { type NotesServer, startNotesServer } from "./notes-server.ts";
import { openRelay, type Relay } from "./relay.ts";

export interface StageOptions {
  /** The built app. */
  readonly appDirectory: string;
  /** r0's file. */
  readonly storePath: string;
  readonly port: number;
}

export interface Stage {
  readonly url: string;
  close(): Promise<void>;
}

/** Each way, so that a round trip takes over a second. */
const slowDelayMs = 600;
/** Operations that a page which is slow to listen may have waiting; older ones are dropped: it is a picture. */
const eventsWaitingMax = 500;

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

interface DeviceSwitches {
  airplane: boolean;
  slow: boolean;
}

export async function openStage({ appDirectory, storePath, port }: StageOptions): Promise<Stage> {
  const listeners = new Set<(operation: TakenOperation) => void>();
  const taken = (operation: TakenOperation): void => {
    for (const listener of listeners) listener(operation);
  };
  let r0: NotesServer | undefined = await startNotesServer(storePath, taken);
  let switching = Promise.resolve();
  const relays = new Map<DeviceName, Relay>();
  const switches = new Map<DeviceName, DeviceSwitches>();
  for (const device of deviceNames) {
    relays.set(device, await openRelay(() => r0?.listening.port));
    switches.set(device, { airplane: false, slow: false });
  }
  let serverWriter = r0.writer;
  const stateNow = (): StageState => ({
    session: String(startedAt),
    isServerUp: r0 !== undefined,
    serverWriter,
    devices: Object.fromEntries(
      deviceNames.map((device) => [device, { ...(switches.get(device) as DeviceSwitches), port: (relays.get(device) as Relay).port }]),
    ) as StageState["devices"],
  });
  const startedAt = Date.now();
  const app = new Hono();
  app.use("/stage/*", async (context, next) => {
    const origin = context.req.header("origin");
    if (origin !== undefined && new URL(origin).host !== context.req.header("host")) return context.text("Not from another site.", 403);
    return next();
  });
  app.get("/stage/state", (context) => context.json(stateNow()));
  app.post("/stage/devices/:device", async (context) => {
    const device = deviceNames.find((known) => known === context.req.param("device"));
    if (device === undefined) return context.text("No such device.", 404);
    const wanted: unknown = await context.req.json();
    const switched = switches.get(device) as DeviceSwitches;
    if (typeof wanted === "object" && wanted !== null) {
      if ("airplane" in wanted) switched.airplane = wanted.airplane === true;
      if ("slow" in wanted) switched.slow = wanted.slow === true;
    }
    relays.get(device)?.setDelay(switched.slow ? slowDelayMs : 0);
    relays.get(device)?.setCut(switched.airplane);
    return context.json(stateNow());
  });
  app.post("/stage/server", async (context) => {
    const wanted: unknown = await context.req.json();
    const isUp = typeof wanted === "object" && wanted !== null && "up" in wanted && wanted.up === true;
    switching = switching.then(async () => {
      if (isUp && r0 === undefined) {
        r0 = await startNotesServer(storePath, taken);
        serverWriter = r0.writer;
      }
      if (!isUp && r0 !== undefined) {
        const ending = r0;
        r0 = undefined;
        await ending.server.close();
      }
    });
    await switching;
    return context.json(stateNow());
  });
  app.get("/stage/events", (context) =>
    streamSSE(context, async (stream) => {
      let waiting: TakenOperation[] = [];
      let wake = (): void => undefined;
      const listen = (operation: TakenOperation): void => {
        waiting.push(operation);
        if (waiting.length > eventsWaitingMax) waiting.shift();
        wake();
      };
      listeners.add(listen);
      stream.onAbort(() => {
        listeners.delete(listen);
        wake();
      });
      while (!stream.aborted) {
        if (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        const batch = waiting;
        waiting = [];
        if (batch.length > 0) await stream.writeSSE({ data: JSON.stringify(batch) });
      }
    }),
  );
  app.get("*", (context) => {
    const path = context.req.path === "/" ? "/index.html" : context.req.path;
    const file = join(appDirectory, normalize(decodeURIComponent(path)));
    if (!file.startsWith(`${appDirectory}/`) || !existsSync(file) || !statSync(file).isFile()) return context.text("Not here.", 404);
    context.header("Content-Type", contentTypes[extname(file)] ?? "application/octet-stream");
    context.header("Cache-Control", "no-cache");
    return context.body(Readable.toWeb(createReadStream(file)) as ReadableStream);
  });
  const listening = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
    const started = serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, () => resolve(started));
    started.once("error", reject);
  });
  // The app by itself syncs with where it came from, without switches.
  const upgraded = new Set<Duplex>();
  listening.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgraded.add(socket);
    socket.on("error", () => socket.destroy());
    if (r0 === undefined) {
      upgraded.delete(socket);
      return void socket.destroy();
    }
    const upstream = connect({ port: r0.listening.port, host: "127.0.0.1", noDelay: true });
    upstream.on("error", () => socket.destroy());
    const headers = [];
    for (let at = 0; at < request.rawHeaders.length; at += 2) headers.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
    upstream.write(`${request.method} ${request.url} HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`);
    upstream.write(head);
    socket.pipe(upstream).pipe(socket);
    socket.on("close", () => {
      upgraded.delete(socket);
      upstream.destroy();
    });
    upstream.on("close", () => socket.destroy());
  });
  return {
    url: `http://localhost:${(listening.address() as AddressInfo).port}`,
    async close() {
      await switching;
      await r0?.server.close();
      await Promise.all([...relays.values()].map((relay) => relay.close()));
      await new Promise<void>((resolve) => {
        listening.close(() => resolve());
        for (const socket of upgraded) socket.destroy();
        if ("closeAllConnections" in listening) listening.closeAllConnections();
      });
    },
  };
}
