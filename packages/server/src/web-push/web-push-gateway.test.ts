import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from "node:crypto";
import { once } from "node:events";
import { Agent, createServer, type Server } from "node:https";
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import webPush from "web-push";
import { localCertificate, localKey } from "../testing/local-certificate.ts";
import { webPushGateway, type WebPushSubscription } from "./web-push-gateway.ts";

/** What a push service does, as far as a sender sees it. */
interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

let server: Server;
let agent: Agent;
let port: number;
const received: Received[] = [];
let answer: { readonly status: number; readonly headers?: Record<string, string> } = { status: 201 };
beforeEach(async () => {
  received.length = 0;
  answer = { status: 201 };
  agent = new Agent({ ca: localCertificate });
  server = createServer({ key: localKey, cert: localCertificate }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ method: request.method, path: request.url, headers: request.headers, body: Buffer.concat(chunks) });
      response.writeHead(answer.status, answer.headers).end("as told");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  agent.destroy();
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

/** A browser's end: its keys, and what it does with a message (RFC 8291 and 8188). */
function browser(): { readonly subscription: WebPushSubscription; open(body: Buffer): unknown } {
  const own = createECDH("prime256v1");
  const publicKey = own.generateKeys();
  const auth = randomBytes(16);
  const subscription = {
    endpoint: `https://localhost:${port}/push/device-1`,
    keys: { p256dh: publicKey.toString("base64url"), auth: auth.toString("base64url") },
  };
  return {
    subscription,
    open(body) {
      const [salt, idLength] = [body.subarray(0, 16), body[20] as number];
      const senderKey = body.subarray(21, 21 + idLength);
      const sealed = body.subarray(21 + idLength);
      const derive = (key: Buffer, from: Buffer, info: Buffer, length: number): Buffer =>
        Buffer.from(hkdfSync("sha256", key, from, info, length));
      const info = Buffer.concat([Buffer.from("WebPush: info\0"), publicKey, senderKey]);
      const secret = derive(own.computeSecret(senderKey), auth, info, 32);
      const key = derive(secret, salt, Buffer.from("Content-Encoding: aes128gcm\0"), 16);
      const nonce = derive(secret, salt, Buffer.from("Content-Encoding: nonce\0"), 12);
      const decipher = createDecipheriv("aes-128-gcm", key, nonce);
      decipher.setAuthTag(sealed.subarray(-16));
      const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
      // The last record ends in 2 and padding.
      return JSON.parse(plain.subarray(0, plain.lastIndexOf(2)).toString());
    },
  };
}

const vapidKeys = webPush.generateVAPIDKeys();
const vapid = { subject: "mailto:ops@example.com", ...vapidKeys };
const gatewayOf = (change: Partial<Parameters<typeof webPushGateway>[0]> = {}) =>
  webPushGateway({ vapid, agent, sendMsMax: 2_000, ...change });

describe("Web Push", () => {
  it("[PSH9] reaches the browser's endpoint sealed for that browser and signed by this server, and says where, not what", async () => {
    const { subscription, open } = browser();
    expect(await gatewayOf({ ttlSeconds: 600, urgency: "high" }).send(subscription, { spaces: ["user:42"] })).toEqual({ type: "sent" });
    const [only] = received as [Received];
    expect(only).toMatchObject({ method: "POST", path: "/push/device-1" });
    expect(only.headers).toMatchObject({ ttl: "600", urgency: "high", topic: "holdfast", "content-encoding": "aes128gcm" });
    expect(open(only.body)).toEqual({ holdfast: 1, spaces: ["user:42"] });
    const [, token = "", key = ""] = /^vapid t=([^,]+), k=(.+)$/.exec(only.headers.authorization ?? "") ?? [];
    expect(key).toBe(vapid.publicKey);
    const [header = "", claims = "", signature = ""] = token.split(".");
    const point = Buffer.from(key, "base64url");
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString("base64url"));
    const publicKey = createPublicKey({ key: { kty: "EC", crv: "P-256", x: x as string, y: y as string }, format: "jwk" });
    const isSigned = verify(
      "sha256",
      Buffer.from(`${header}.${claims}`),
      { key: publicKey, dsaEncoding: "ieee-p1363" },
      Buffer.from(signature, "base64url"),
    );
    expect(isSigned).toBe(true);
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({ aud: `https://localhost:${port}`, sub: vapid.subject });
  });

  it("[PSH8][PSH9] each answer of a push service is what it means", async () => {
    const { subscription } = browser();
    const gateway = gatewayOf();
    const ask = async (status: number, headers?: Record<string, string>): Promise<unknown> => {
      answer = { status, ...(headers === undefined ? {} : { headers }) };
      return gateway.send(subscription, { spaces: [] });
    };
    expect(await ask(404)).toEqual({ type: "gone" });
    expect(await ask(410)).toEqual({ type: "gone" });
    expect(await ask(429, { "Retry-After": "120" })).toMatchObject({ type: "later", retryAfterMs: 120_000 });
    const inTwoMinutes = await ask(503, { "Retry-After": new Date(Date.now() + 120_000).toUTCString() });
    expect((inTwoMinutes as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(110_000);
    expect(await ask(500)).toMatchObject({ type: "later", retryAfterMs: undefined });
    expect(await ask(413)).toMatchObject({ type: "refused", detail: expect.stringContaining("413") });
    expect(await ask(403)).toMatchObject({ type: "refused" });
  });

  it("[PSH8] a service that cannot be reached is tried later, keys that are none never", async () => {
    const { subscription } = browser();
    expect(await gatewayOf().send({ ...subscription, endpoint: "https://localhost:1/nobody" }, { spaces: [] })).toMatchObject({
      type: "later",
    });
    // A certificate that nobody trusts.
    const stranger = new Agent();
    expect(await gatewayOf({ agent: stranger }).send(subscription, { spaces: [] })).toMatchObject({ type: "later" });
    stranger.destroy();
    const broken = { ...subscription, keys: { ...subscription.keys, p256dh: "AAAA" } };
    expect(await gatewayOf().send(broken, { spaces: [] })).toMatchObject({ type: "refused" });
    expect(received).toEqual([]);
  });
});
