/** Presence end to end: devices on two instances of r0, with Redis between them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPresence, createTransport, nodeRuntime, openReplica, type Presence } from "@holdfast/client/node";
import { startTestRedis } from "@holdfast/conformance/redis";
import { collection, defineSchema, register } from "@holdfast/core";
import { createServer } from "@holdfast/server";
import { redisBus } from "@holdfast/server/redis";
import { sqliteStore } from "@holdfast/server/sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";

const schema = defineSchema({ version: 1, collections: { notes: collection({ title: register(z.string(), "") }) } });
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "holdfast-presence-"));
  closing.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function instanceOf(redis: string, limits = {}): Promise<string> {
  const server = createServer({
    schema,
    store: sqliteStore(join(folder(), "r0.db")),
    bus: redisBus({ url: redis, limits: { reconnectMsMax: 50 } }),
    authenticate: (token) => ({ id: token }),
    authorize: { space: () => "write" },
    limits,
  });
  closing.push(() => server.close());
  return (await server.listen({ port: 0, host: "127.0.0.1" })).url;
}

async function deviceOf(server: string, user: string): Promise<{ readonly presence: Presence; close(): Promise<void> }> {
  const presence = createPresence(nodeRuntime);
  const transport = presence.over(createTransport({ server, runtime: nodeRuntime }));
  const replica = await openReplica({ schema, path: join(folder(), "a.db"), transport, spaces: ["team"], auth: () => user });
  const close = (): Promise<void> => replica.close();
  closing.push(close);
  await replica.sync();
  return { presence, close };
}

const seenBy = (presence: Presence): Record<string, unknown> =>
  Object.fromEntries(presence.others("team").map(({ user, value }) => [user, value]));
const eventually = (presence: Presence) => expect.poll(() => seenBy(presence), { timeout: 15_000, interval: 20 });

describe("presence", () => {
  it("[PRS1][PRS2][PRS6] devices on two instances see each other, what changes, and who leaves", { timeout: 60_000 }, async () => {
    const redis = await startTestRedis();
    closing.push(() => redis.kill());
    const [first, second] = [await instanceOf(redis.url), await instanceOf(redis.url)];
    const [ada, bob] = [await deviceOf(first, "ada"), await deviceOf(second, "bob")];
    const changes: number[] = [];
    const stop = bob.presence.subscribe("team", (others) => changes.push(others.length));
    ada.presence.show("team", { at: 1, name: "Ada" });
    bob.presence.show("team", { at: 9 });
    await eventually(bob.presence).toEqual({ ada: { at: 1, name: "Ada" } });
    await eventually(ada.presence).toEqual({ bob: { at: 9 } });
    for (let at = 2; at <= 200; at++) ada.presence.show("team", { at });
    await eventually(bob.presence).toEqual({ ada: { at: 200 } });
    expect(changes.length, "the newest, not each").toBeLessThan(20);
    stop();
    await ada.close();
    await eventually(bob.presence).toEqual({});
    expect(() => bob.presence.show("team", "x".repeat(2_000))).toThrow(/cannot be shown/);
  });

  it("[PRS3][PRS6][F08] with Redis gone each instance knows its own; with Redis back they find each other again", {
    timeout: 60_000,
  }, async () => {
    const redis = await startTestRedis();
    closing.push(() => redis.kill());
    const limits = { presenceRenewMs: 300 };
    const [first, second] = [await instanceOf(redis.url, limits), await instanceOf(redis.url, limits)];
    const [ada, bob, cid] = [await deviceOf(first, "ada"), await deviceOf(second, "bob"), await deviceOf(first, "cid")];
    for (const [device, at] of [
      [ada, 1],
      [bob, 2],
      [cid, 3],
    ] as const)
      device.presence.show("team", { at });
    await eventually(ada.presence).toEqual({ bob: { at: 2 }, cid: { at: 3 } });
    await redis.kill();
    await eventually(ada.presence).toEqual({ cid: { at: 3 } });
    await redis.start();
    await eventually(ada.presence).toEqual({ bob: { at: 2 }, cid: { at: 3 } });
    await eventually(bob.presence).toEqual({ ada: { at: 1 }, cid: { at: 3 } });
  });
});
