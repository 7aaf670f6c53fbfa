/**
 * Apple's push service: a background notification, which wakes the app for some seconds and shows nothing. Built after Apple's reference ("Sending
 * notification requests to APNs", "Establishing a token-based connection"); tried against a server that answers as that says, and not against
 * Apple's. APNs speaks HTTP/2 alone: pass a `fetch` that does, as undici's with `allowH2: true`.
 */
import { sign } from "node:crypto";
import type { PushAnswer, PushGateway, WakeUp } from "../wake/push-gateway.ts";
import { retryAfterMsOf } from "../wake/retry-after.ts";

export interface ApnsSubscription {
  /** In hexadecimal. */
  readonly deviceToken: string;
}

export interface ApnsOptions {
  /** The app's bundle id. */
  readonly topic: string;
  readonly teamId: string;
  readonly keyId: string;
  /** The key's `.p8` file, as PEM. */
  readonly privateKey: string;
  readonly ttlSeconds?: number;
  /** `https://api.sandbox.push.apple.com` for builds of development. */
  readonly origin?: string;
  readonly fetch: typeof fetch;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Apple takes a token for an hour, and refuses one that is renewed more often than every twenty minutes. */
const tokenMsMax = 40 * 60_000;

export function apnsGateway(options: ApnsOptions): PushGateway<ApnsSubscription> {
  const { topic, ttlSeconds = 86_400, origin = "https://api.push.apple.com", now = Date.now } = options;
  let token: { readonly text: string; readonly sinceMs: number } | undefined;
  return {
    async send({ deviceToken }, wakeUp) {
      const nowMs = now();
      if (token === undefined || nowMs - token.sinceMs > tokenMsMax) token = { text: providerToken(options, nowMs), sinceMs: nowMs };
      const response = await options.fetch(`${origin}/3/device/${encodeURIComponent(deviceToken)}`, {
        method: "POST",
        headers: {
          authorization: `bearer ${token.text}`,
          "apns-topic": topic,
          "apns-push-type": "background",
          // Background notifications must have it.
          "apns-priority": "5",
          "apns-expiration": String(Math.floor(nowMs / 1_000) + ttlSeconds),
          "apns-collapse-id": "holdfast",
          "content-type": "application/json",
        },
        body: JSON.stringify(payloadOf(wakeUp)),
      });
      return answerOf(response.status, response.headers, await response.text());
    },
  };
}

function payloadOf({ spaces }: WakeUp): unknown {
  return { aps: { "content-available": 1 }, holdfast: { spaces } };
}

/** A JSON Web Token, ES256. */
function providerToken({ keyId, teamId, privateKey }: ApnsOptions, nowMs: number): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "ES256", kid: keyId })}.${part({ iss: teamId, iat: Math.floor(nowMs / 1_000) })}`;
  const signature = sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

function answerOf(status: number, headers: Headers, body: string): PushAnswer {
  if (status === 200) return { type: "sent" };
  const detail = `APNs answered ${status}: ${body.slice(0, 200)}`;
  // Unregistered, ExpiredToken; BadDeviceToken is a token of another environment, or none.
  if (status === 410 || /"(BadDeviceToken|DeviceTokenNotForTopic|Unregistered|ExpiredToken)"/.test(body)) return { type: "gone" };
  if (status === 429 || status >= 500) return { type: "later", retryAfterMs: retryAfterMsOf(headers.get("retry-after")), detail };
  return { type: "refused", detail };
}
