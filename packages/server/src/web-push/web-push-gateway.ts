/** Web Push (RFC 8030, 8188, 8291, 8292) by the `web-push` library: browsers, also with the page closed. The app's service worker is woken. */
import type { Agent } from "node:https";
import webPush from "web-push";
import type { PushAnswer, PushGateway, WakeUp } from "../wake/push-gateway.ts";
import { retryAfterMsOf } from "../wake/retry-after.ts";

/** `PushSubscription.toJSON()` of the browser. */
export interface WebPushSubscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

export interface WebPushOptions {
  /** Of this server, for as long as it has subscriptions: `npx web-push generate-vapid-keys`. */
  readonly vapid: { readonly subject: string; readonly publicKey: string; readonly privateKey: string };
  /** The service keeps a wake-up so long for a device that is off; a day unless told. */
  readonly ttlSeconds?: number;
  /** `high` also wakes a device that saves its battery; `normal` unless told. */
  readonly urgency?: "very-low" | "low" | "normal" | "high";
  readonly sendMsMax?: number;
  /** Connections that are kept, a proxy, a certificate of one's own. */
  readonly agent?: Agent;
}

/** A newer wake-up takes the place of one that has not been delivered. */
const topic = "holdfast";

export function webPushGateway(options: WebPushOptions): PushGateway<WebPushSubscription> {
  const { vapid, ttlSeconds = 86_400, urgency = "normal", sendMsMax = 10_000, agent } = options;
  return {
    async send({ endpoint, keys }, wakeUp) {
      try {
        await webPush.sendNotification({ endpoint, keys: { ...keys } }, JSON.stringify(payloadOf(wakeUp)), {
          vapidDetails: { ...vapid },
          TTL: ttlSeconds,
          topic,
          urgency,
          timeout: sendMsMax,
          ...(agent === undefined ? {} : { agent }),
        });
        return { type: "sent" };
      } catch (error) {
        if (error instanceof webPush.WebPushError) return answerOf(error);
        // The network; or keys that are none, which nothing will mend.
        return error instanceof TypeError || isBadKeys(error)
          ? { type: "refused", detail: String(error) }
          : { type: "later", retryAfterMs: undefined, detail: String(error) };
      }
    },
  };
}

/** What the service worker's `push` event carries. */
function payloadOf({ spaces }: WakeUp): unknown {
  return { holdfast: 1, spaces };
}

function answerOf({ statusCode, headers, body }: InstanceType<typeof webPush.WebPushError>): PushAnswer {
  const detail = `the push service answered ${statusCode}: ${body.slice(0, 200)}`;
  if (statusCode === 404 || statusCode === 410) return { type: "gone" };
  if (statusCode === 429 || statusCode >= 500)
    return { type: "later", retryAfterMs: retryAfterMsOf((headers as Record<string, string | undefined>)["retry-after"]), detail };
  return { type: "refused", detail };
}

/** The library says so in words, before it sends anything. */
function isBadKeys(error: unknown): boolean {
  return error instanceof Error && !("code" in error) && /subscription|p256dh|auth|endpoint/i.test(error.message);
}
