/**
 * The WebSocket, and HTTP where it does not open. A socket that fails to open is followed at once by an exchange over HTTP on the
 * same attempt; if that works, HTTP serves for a while, and then the socket is tried again.
 */
import { type Connection, type ConnectionEvents, type Runtime, type TransportPort, wireLimits } from "@holdfast/core/engine";
import { callerError } from "@holdfast/core/engine";
import { connectHttp, type HttpLimits } from "./http.ts";
import { connectWebSocket, type WebSocketLimits } from "./websocket.ts";

export interface TransportLimits extends HttpLimits, WebSocketLimits {
  /** After a socket did not open and HTTP worked, HTTP alone is used for so long; doubled each time in a row, up to the maximum. */
  readonly httpOnlyMs: number;
  readonly httpOnlyMsMax: number;
}

export const transportDefaults: TransportLimits = {
  openMsMax: 8_000,
  bufferedBytesMax: 16 << 20,
  messageBytesMax: wireLimits.messageBytesMax,
  exchangeMsMax: 25_000,
  retryAfterMsMax: 3_600_000,
  httpOnlyMs: 5_000,
  httpOnlyMsMax: 300_000,
};

export interface TransportOptions {
  /** `http:` or `https:`, with the path that r0 is mounted at, if any. */
  readonly server: string;
  readonly runtime: Runtime;
  readonly limits?: Partial<TransportLimits>;
  /** `auto` tries the socket first. */
  readonly mode?: "auto" | "socket" | "http";
}

export function createTransport({ server, runtime, limits: changed, mode = "auto" }: TransportOptions): TransportPort {
  const limits = { ...transportDefaults, ...changed };
  const urls = urlsOf(server);
  let failures = 0;
  const httpOnlyMs = (): number => Math.min(limits.httpOnlyMsMax, limits.httpOnlyMs * 2 ** Math.min(failures, 16));
  let socketNotBeforeMs = Number.NEGATIVE_INFINITY;
  return {
    connect(events) {
      const restMs = socketNotBeforeMs - runtime.nowMs();
      if (mode === "http") return connectHttp(urls.http, runtime, limits, events);
      if (mode === "auto" && restMs > 0) return connectHttp(urls.http, runtime, limits, events, restMs);
      let current: Connection;
      let ended = false;
      current = connectWebSocket(urls.socket, runtime, limits, {
        ...events,
        opened() {
          failures = 0;
          events.opened();
        },
        failedToOpen(fault) {
          if (ended) return;
          if (mode === "socket") return events.closed(fault);
          const servesMs = httpOnlyMs();
          current = connectHttp(
            urls.http,
            runtime,
            limits,
            {
              ...events,
              message: listening(events, () => {
                failures++;
                socketNotBeforeMs = runtime.nowMs() + servesMs;
              }),
            },
            servesMs,
          );
        },
      });
      return {
        send: (message) => current.send(message),
        close() {
          ended = true;
          current.close();
        },
      };
    },
  };
}

/** Calls `first` before the first message. */
function listening(events: ConnectionEvents, first: () => void): (bytes: Uint8Array) => void {
  let heard = false;
  return (bytes) => {
    if (!heard) first();
    heard = true;
    events.message(bytes);
  };
}

interface Urls {
  readonly http: string;
  readonly socket: string;
}

const syncPath = "/v1/sync";

function urlsOf(server: string): Urls {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw callerError(
      "invalid-option",
      `"${server}" is not the address of a server.`,
      "Use an address that begins with https:// or http://.",
    );
  const http = new URL(url);
  http.pathname = `${url.pathname.replace(/\/$/, "")}${syncPath}`;
  http.search = "";
  http.hash = "";
  const socket = new URL(http);
  socket.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return { http: http.href, socket: socket.href };
}
