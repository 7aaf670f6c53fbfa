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
  wireLimits,
} from "@holdfast/core/engine";

export interface HttpLimits {
  /** From the request to the last byte of its reply. */
  readonly exchangeMsMax: number;
  /** The longest `Retry-After` that is believed. */
  readonly retryAfterMsMax: number;
}

export const contentType = "application/x-holdfast";

/** `servesMs`: for so long, then it ends where nothing is in flight, so that a socket can be tried again. */
export function connectHttp(url: string, runtime: Runtime, limits: HttpLimits, events: ConnectionEvents, servesMs?: number): Connection {
  const abort = new AbortController();
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
    const reply = await exchange(url, body, runtime, limits, abort.signal);
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
      abort.abort();
    },
  };
}

type Reply = { readonly type: "reply"; readonly messages: readonly Uint8Array[] } | TransportFault;

async function exchange(url: string, body: Uint8Array, runtime: Runtime, limits: HttpLimits, closing: AbortSignal): Promise<Reply> {
  const deadline = new AbortController();
  const cancel = runtime.setTimer(limits.exchangeMsMax, () => deadline.abort());
  try {
    const response = await fetch(url, {
      method: "POST",
      body: body as Uint8Array<ArrayBuffer>,
      headers: { "Content-Type": contentType, Accept: contentType },
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.any([deadline.signal, closing]),
    });
    return await readReply(response, limits);
  } catch (error) {
    if (deadline.signal.aborted) return { type: "timeout", detail: `no reply in ${limits.exchangeMsMax} ms` };
    // Cut in the middle is not the same as never reached: what was sent may have been too much for the far side (F10).
    const code = error instanceof Error ? (error.cause as { code?: unknown } | undefined)?.code : undefined;
    return { type: cutCodes.has(code) ? "closed" : "unreachable", detail: describe(error) };
  } finally {
    cancel();
  }
}

const cutCodes: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

/** A status says little (F19): only our content type, complete and readable, is a reply. */
async function readReply(response: Response, limits: HttpLimits): Promise<Reply> {
  if (response.status === 429 || response.status >= 500) {
    await response.body?.cancel();
    return {
      type: "unavailable",
      detail: `status ${response.status}`,
      retryAfterMs: retryAfterMs(response.headers.get("retry-after"), limits),
    };
  }
  const found = response.headers.get("content-type") ?? "none";
  if (response.status !== 200 || found.split(";")[0]?.trim() !== contentType) {
    await response.body?.cancel();
    return { type: "not-a-server", detail: `status ${response.status} with content of type ${found}` };
  }
  const body = await readBounded(response);
  if (body === undefined) return { type: "not-a-server", detail: `a reply of more than ${wireLimits.bodyBytesMax} bytes` };
  const frames = decodeFrames(body);
  // Cut off on the way: nothing of it counts.
  return frames.ok ? { type: "reply", messages: frames.value } : { type: "closed", detail: `a reply that is not whole: ${frames.fault}` };
}

async function readBounded(response: Response): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += (part as Uint8Array).length;
    if (length > wireLimits.bodyBytesMax) return undefined;
    parts.push(part as Uint8Array);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
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
