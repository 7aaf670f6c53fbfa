/**
 * The WebSocket, and HTTP where it does not open. A socket that fails to open is followed at once by an exchange over HTTP on the
 * same attempt; if that works, HTTP serves for a while, and then the socket is tried again.
 */
import { type Connection, type ConnectionEvents, type Runtime, type TransportPort, inflatedBytesMax } from "@holdfast/core/engine";
import { callerError } from "@holdfast/core/engine";
import { connectHttp, type HttpLimits, type PostBytes } from "./http.ts";
import { postWithFetch } from "./post-fetch.ts";
import { connectWebSocket, type WebSocketLimits } from "./websocket.ts";

export interface TransportLimits extends HttpLimits, WebSocketLimits {
  /** After a socket did not open and HTTP worked, HTTP alone is used for so long; doubled each time in a row, up to the maximum. */
  readonly httpOnlyMs: number;
  readonly httpOnlyMsMax: number;
}

export const transportDefaults: TransportLimits = {
  openMsMax: 8_000,
  bufferedBytesMax: 16 << 20,
  // A page holds a record at least, and one may be large and not deflate.
  messageBytesMax: inflatedBytesMax,
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
  /** Takes the place of the platform's `fetch`. */
  readonly post?: PostBytes;
}

export function createTransport({
  server,
  runtime,
  limits: changed,
  mode = "auto",
  post = postWithFetch,
}: TransportOptions): TransportPort {
  const limits = { ...transportDefaults, ...changed };
  const urls = urlsOf(server);
  let failures = 0;
  const httpOnlyMs = (): number => Math.min(limits.httpOnlyMsMax, limits.httpOnlyMs * 2 ** Math.min(failures, 16));
  let socketNotBeforeMs = Number.NEGATIVE_INFINITY;
  return {
    connect(events) {
      const restMs = socketNotBeforeMs - runtime.nowMs();
      if (mode === "http") return connectHttp(urls.http, post, runtime, limits, events);
      if (mode === "auto" && restMs > 0) return connectHttp(urls.http, post, runtime, limits, events, restMs);
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
            post,
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

/** Taken apart as text: React Native's `URL` has no setters. */
function urlsOf(server: string): Urls {
  const [, secure, host, path] = /^http(s?):\/\/([^\s/?#]+)([^\s?#]*)(?:[?#]\S*)?$/i.exec(server) ?? [];
  if (secure === undefined || host === undefined || path === undefined)
    throw callerError(
      "invalid-option",
      `"${server}" is not the address of a server.`,
      "Use an address that begins with https:// or http://.",
    );
  const rest = `${secure.toLowerCase()}://${host}${path.replace(/\/$/, "")}${syncPath}`;
  return { http: `http${rest}`, socket: `ws${rest}` };
}
