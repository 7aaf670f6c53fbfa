/**
 * The same conversation over HTTP, for networks that let no WebSocket through: what is sent in one turn goes in one request, behind
 * the hello, because to r0 each request is a conversation of its own. A reply counts whole or not at all.
 */
import {
  type Connection,
  type ConnectionEvents,
  decodeFrames,
  encodeFrames,
  type Runtime,
  type TransportFault,
  bodyBytesMax,
} from "@holdfast/core/engine";

/** One request and its reply: the platform's `fetch`, or what stands for it where `fetch` gives no bytes (React Native). */
export type PostBytes = (request: PostRequest) => Promise<PostReply>;

export interface PostRequest {
  readonly url: string;
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly signal: AbortSignal;
}

export interface PostReply {
  readonly status: number;
  header(name: string): string | null;
  /** Undefined beyond `bytesMax`. Called at most once. */
  body(bytesMax: number): Promise<Uint8Array | undefined>;
  /** Instead of `body`: the rest is not wanted. */
  discard(): void;
}

export interface HttpLimits {
  /** From the request to the last byte of its reply. */
  readonly exchangeMsMax: number;
  /** The longest `Retry-After` that is believed. */
  readonly retryAfterMsMax: number;
}

export const contentType = "application/x-holdfast";

/** `servesMs`: for so long, then it ends where nothing is in flight, so that a socket can be tried again. */
export function connectHttp(
  url: string,
  post: PostBytes,
  runtime: Runtime,
  limits: HttpLimits,
  events: ConnectionEvents,
  servesMs?: number,
): Connection {
  let inFlight: AbortController | undefined;
  /** The hello, and follows after it: what every request begins with. */
  let preamble: Uint8Array[] = [];
  let waiting: Uint8Array[] = [];
  let busy = false;
  let planned: (() => void) | undefined;
  let ended = false;

  const fail = (fault: TransportFault): void => {
    if (ended) return;
    ended = true;
    cancelService();
    events.closed(fault);
  };
  const flush = async (): Promise<void> => {
    planned = undefined;
    if (busy || ended || waiting.length === 0) return;
    busy = true;
    const isFirst = preamble.length === 0;
    const messages = waiting;
    waiting = [];
    if (isFirst) preamble = messages.slice(0, 1);
    const body = encodeFrames(isFirst ? messages : [...preamble, ...messages]);
    inFlight = new AbortController();
    const reply = await exchange(url, post, body, runtime, limits, inFlight);
    inFlight = undefined;
    busy = false;
    if (ended) return;
    if (reply.type !== "reply") return fail(reply);
    events.exchange?.();
    for (const message of reply.messages) {
      if (ended) return;
      events.message(message);
    }
    if (waiting.length > 0) plan();
    else if (isOver) fail({ type: "closed", detail: "time to try the socket again" });
  };
  // A turn later: what one step of the machine sends goes together.
  const plan = (): void => {
    planned ??= runtime.setTimer(0, () => void flush());
  };
  let isOver = false;
  const cancelService =
    servesMs === undefined
      ? () => {}
      : runtime.setTimer(servesMs, () => {
          isOver = true;
          if (!busy && waiting.length === 0) fail({ type: "closed", detail: "time to try the socket again" });
        });
  const cancelOpening = runtime.setTimer(0, () => {
    if (!ended) events.opened();
  });
  return {
    send(message) {
      if (ended) return;
      waiting.push(message);
      plan();
    },
    close() {
      ended = true;
      cancelOpening();
      cancelService();
      planned?.();
      inFlight?.abort();
    },
  };
}

type Reply = { readonly type: "reply"; readonly messages: readonly Uint8Array[] } | TransportFault;

async function exchange(
  url: string,
  post: PostBytes,
  body: Uint8Array,
  runtime: Runtime,
  limits: HttpLimits,
  abort: AbortController,
): Promise<Reply> {
  let late = false;
  const cancel = runtime.setTimer(limits.exchangeMsMax, () => {
    late = true;
    abort.abort();
  });
  try {
    // Not a header: a page of another origin would have to be allowed to send it.
    const asked = runtime.random().toString(36).slice(2);
    const reply = await post({ url: `${url}?exchange=${asked}`, body, contentType, signal: abort.signal });
    const told = reply.header("holdfast-exchange");
    if (told === null || told === asked) return await readReply(reply, limits);
    reply.discard();
    return { type: "stale-intermediary", detail: "the reply was r0's to another request: something on the way keeps replies" };
  } catch (error) {
    if (late) return { type: "timeout", detail: `no reply in ${limits.exchangeMsMax} ms` };
    // Cut in the middle is not the same as never reached: what was sent may have been too much for the far side (F10).
    const code = error instanceof Error ? (error.cause as { code?: unknown } | undefined)?.code : undefined;
    return { type: cutCodes.has(code) ? "closed" : "unreachable", detail: describe(error) };
  } finally {
    cancel();
  }
}

const cutCodes: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

/** A status says little (F19): only our content type, complete and readable, is a reply. */
async function readReply(reply: PostReply, limits: HttpLimits): Promise<Reply> {
  if (reply.status === 429 || reply.status >= 500) {
    reply.discard();
    return {
      type: "unavailable",
      detail: `status ${reply.status}`,
      retryAfterMs: retryAfterMs(reply.header("retry-after"), limits),
    };
  }
  // By the server, or by a proxy with a bound of its own: the same request would be refused for ever. Like a connection that such a request has
  // ended, so that the batch is halved until what is too large stands alone, and is named (F10, F16).
  if (reply.status === 413) {
    reply.discard();
    return { type: "closed", detail: "status 413: the request is too large for something on the way" };
  }
  const found = reply.header("content-type") ?? "none";
  if (reply.status !== 200 || found.split(";")[0]?.trim() !== contentType) {
    reply.discard();
    return { type: "not-a-server", detail: `status ${reply.status} with content of type ${found}` };
  }
  const body = await reply.body(bodyBytesMax);
  if (body === undefined) return { type: "not-a-server", detail: `a reply of more than ${bodyBytesMax} bytes` };
  const frames = decodeFrames(body);
  // Cut off on the way: nothing of it counts.
  return frames.ok ? { type: "reply", messages: frames.value } : { type: "closed", detail: `a reply that is not whole: ${frames.fault}` };
}

/** Seconds, or a date of HTTP; anything else is no advice. */
function retryAfterMs(header: string | null, limits: HttpLimits): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), limits.retryAfterMsMax) : undefined;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
