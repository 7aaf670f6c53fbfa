import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apnsGateway } from "./apns-gateway.ts";
import { fcmGateway } from "./fcm-gateway.ts";

/** A server that answers as the services' references say. Over HTTP/1.1, which Apple's does not speak. */
let server: Server;
let origin: string;
const received: { readonly request: string; readonly headers: IncomingHttpHeaders; readonly body: unknown }[] = [];
let answer: { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown } = { status: 200 };
beforeEach(async () => {
  received.length = 0;
  answer = { status: 200 };
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      received.push({ request: `${request.method} ${request.url}`, headers: request.headers, body: JSON.parse(body) });
      response.writeHead(answer.status, answer.headers).end(answer.body === undefined ? "" : JSON.stringify(answer.body));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

describe("FCM", () => {
  const gateway = () => fcmGateway({ projectId: "notes-1", accessToken: async () => "ya29.token", origin });

  it("[PSH10] is asked as its reference says: a data message that nobody sees, newest only", async () => {
    expect(await gateway().send({ token: "device-token" }, { spaces: ["user:42", "team:7"] })).toEqual({ type: "sent" });
    expect(received).toMatchObject([
      {
        request: "POST /v1/projects/notes-1/messages:send",
        headers: { authorization: "Bearer ya29.token", "content-type": "application/json" },
        body: {
          message: {
            token: "device-token",
            data: { holdfast: "1", spaces: '["user:42","team:7"]' },
            android: { priority: "NORMAL", collapse_key: "holdfast", ttl: "86400s" },
          },
        },
      },
    ]);
  });

  it("[PSH8][PSH10] each of its answers is what it means", async () => {
    const ask = async (status: number, errorCode?: string, headers: Record<string, string> = {}): Promise<unknown> => {
      answer = { status, headers, body: { error: { code: status, details: errorCode === undefined ? [] : [{ errorCode }] } } };
      return gateway().send({ token: "t" }, { spaces: [] });
    };
    expect(await ask(404, "UNREGISTERED")).toEqual({ type: "gone" });
    expect(await ask(403, "SENDER_ID_MISMATCH")).toEqual({ type: "gone" });
    expect(await ask(429, "QUOTA_EXCEEDED", { "Retry-After": "60" })).toMatchObject({ type: "later", retryAfterMs: 60_000 });
    expect(await ask(503, "UNAVAILABLE")).toMatchObject({ type: "later" });
    expect(await ask(401, "THIRD_PARTY_AUTH_ERROR")).toMatchObject({ type: "later" });
    expect(await ask(400, "INVALID_ARGUMENT")).toMatchObject({ type: "refused" });
  });
});

describe("APNs", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  let nowMs = 1_795_000_000_000;
  const gatewayOf = () =>
    apnsGateway({
      ...{ topic: "com.example.notes", teamId: "TEAM123456", keyId: "KEY1234567", origin, fetch, now: () => nowMs },
      privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    });

  it("[PSH10] is asked as its reference says: a background notification, signed by the team's key, newest only", async () => {
    expect(await gatewayOf().send({ deviceToken: "00fc13ad" }, { spaces: ["user:42"] })).toEqual({ type: "sent" });
    expect(received).toMatchObject([
      {
        request: "POST /3/device/00fc13ad",
        headers: {
          "apns-topic": "com.example.notes",
          "apns-push-type": "background",
          "apns-priority": "5",
          "apns-collapse-id": "holdfast",
          "apns-expiration": String(1_795_000_000 + 86_400),
        },
        body: { aps: { "content-available": 1 }, holdfast: { spaces: ["user:42"] } },
      },
    ]);
    const [header = "", claims = "", signature = ""] = (received[0]?.headers.authorization ?? "").replace("bearer ", "").split(".");
    const key = { key: createPublicKey(publicKey.export({ type: "spki", format: "pem" })), dsaEncoding: "ieee-p1363" as const };
    expect(verify("sha256", Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, "base64url"))).toBe(true);
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());
    expect([read(header), read(claims)]).toEqual([
      { alg: "ES256", kid: "KEY1234567" },
      { iss: "TEAM123456", iat: 1_795_000_000 },
    ]);
  });

  it("[PSH10] keeps its token for as long as Apple wants it kept, and renews it before Apple refuses it", async () => {
    const gateway = gatewayOf();
    for (const passedMs of [0, 30 * 60_000, 20 * 60_000]) {
      nowMs += passedMs;
      await gateway.send({ deviceToken: "00" }, { spaces: [] });
    }
    const [first, second, third] = received.map(({ headers }) => headers.authorization);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it("[PSH8][PSH10] each of its answers is what it means", async () => {
    const ask = async (status: number, reason: string): Promise<unknown> => {
      answer = { status, body: { reason } };
      return gatewayOf().send({ deviceToken: "00" }, { spaces: [] });
    };
    expect(await ask(410, "Unregistered")).toEqual({ type: "gone" });
    expect(await ask(400, "BadDeviceToken")).toEqual({ type: "gone" });
    expect(await ask(429, "TooManyRequests")).toMatchObject({ type: "later" });
    expect(await ask(503, "ServiceUnavailable")).toMatchObject({ type: "later" });
    expect(await ask(403, "InvalidProviderToken")).toMatchObject({
      type: "refused",
      detail: expect.stringContaining("InvalidProviderToken"),
    });
  });
});
