/**
 * Firebase Cloud Messaging, HTTP v1: a data message, which the app's background handler gets and nobody sees. Built after Google's reference of
 * `projects.messages.send`; tried against a server that answers as that says, and not against Google's.
 */
import type { PushAnswer, PushGateway, WakeUp } from "../wake/push-gateway.ts";
import { retryAfterMsOf } from "../wake/retry-after.ts";

export interface FcmSubscription {
  /** The app's registration token. */
  readonly token: string;
}

export interface FcmOptions {
  readonly projectId: string;
  /** An OAuth access token of the scope `firebase.messaging`, as `google-auth-library` gives and renews it. Asked for each message. */
  readonly accessToken: () => Promise<string>;
  /** `high` wakes a phone that dozes, and is counted by Android; `normal` unless told. */
  readonly priority?: "normal" | "high";
  readonly ttlSeconds?: number;
  readonly origin?: string;
  readonly fetch?: typeof fetch;
}

export function fcmGateway(options: FcmOptions): PushGateway<FcmSubscription> {
  const { projectId, accessToken, priority = "normal", ttlSeconds = 86_400, origin = "https://fcm.googleapis.com" } = options;
  const request = options.fetch ?? fetch;
  return {
    async send({ token }, wakeUp) {
      const response = await request(`${origin}/v1/projects/${encodeURIComponent(projectId)}/messages:send`, {
        method: "POST",
        headers: { Authorization: `Bearer ${await accessToken()}`, "Content-Type": "application/json" },
        body: JSON.stringify({ message: messageOf(token, wakeUp, priority, ttlSeconds) }),
      });
      return answerOf(response.status, response.headers, await response.text());
    },
  };
}

/** Values of `data` are text. A later wake-up takes the place of one that waits. */
function messageOf(token: string, { spaces }: WakeUp, priority: "normal" | "high", ttlSeconds: number): unknown {
  return {
    token,
    data: { holdfast: "1", spaces: JSON.stringify(spaces) },
    android: { priority: priority.toUpperCase(), collapse_key: "holdfast", ttl: `${ttlSeconds}s` },
  };
}

function answerOf(status: number, headers: Headers, body: string): PushAnswer {
  if (status >= 200 && status < 300) return { type: "sent" };
  const detail = `FCM answered ${status}: ${body.slice(0, 200)}`;
  // UNREGISTERED: the app is gone. SENDER_ID_MISMATCH: the token is another project's.
  if (status === 404 || /"(UNREGISTERED|SENDER_ID_MISMATCH)"/.test(body)) return { type: "gone" };
  // 401: the next access token may be better.
  if (status === 429 || status >= 500 || status === 401)
    return { type: "later", retryAfterMs: retryAfterMsOf(headers.get("retry-after")), detail };
  return { type: "refused", detail };
}
