import { describeBus } from "@holdfast/conformance";
import { startTestRedis, type TestRedis, testPrefix, useTestRedis } from "@holdfast/conformance/redis";
import type { Notice } from "@holdfast/core/engine";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { LogEntry } from "../options.ts";
import { openTcpProxy, type TcpProxy } from "../testing/tcp-proxy.ts";
import { redisBus, type RedisBus, type RedisBusOptions } from "./redis-bus.ts";

let shared: Awaited<ReturnType<typeof useTestRedis>>;
beforeAll(async () => {
  shared = await useTestRedis();
});
afterAll(() => shared.dispose());

const until = async (what: string, isSo: () => boolean, msMax = 10_000): Promise<void> => {
  for (const endMs = performance.now() + msMax; !isSo(); await new Promise((resolve) => setTimeout(resolve, 5)))
    if (performance.now() > endMs) throw new Error(`not within ${msMax} ms: ${what}`);
};

const noticeOf = (head: number, space = "s"): Notice => ({ space, head, after: head - 1, author: "", changes: [] });

for (const sharded of [false, true])
  describeBus({ describe, it }, sharded ? "Redis, sharded channels" : "Redis", async () => {
    const prefix = testPrefix();
    const [here, there] = [0, 1].map(() => redisBus({ url: shared.url, prefix, sharded })) as [RedisBus, RedisBus];
    await until("both are connected", () => here.counts().connected && there.counts().connected);
    // A word of its own follows on everything before it, each way.
    let round = 0;
    const settled = async (): Promise<void> => {
      const space = `settled ${++round}`;
      for (const [from, to] of [
        [here, there],
        [there, here],
      ] as const) {
        let [heard, isFollowed] = [false, false];
        const word = to.subscribe({ heard: () => (heard = true), doubted: () => (isFollowed = true) });
        word.follow(space);
        await until("the word's space is followed", () => isFollowed);
        from.publish(noticeOf(1, space));
        // From a closed bus nothing comes any more.
        await until("the word has come", () => heard || !from.counts().connected);
        word.stop();
      }
    };
    return { here, there, settled, dispose: async () => void (await Promise.all([here.close(), there.close()])) };
  });

describe("a Redis that fails", () => {
  const buses: RedisBus[] = [];
  let redis: TestRedis | undefined;
  let proxy: TcpProxy | undefined;
  afterEach(async () => {
    for (const bus of buses.splice(0)) await bus.close();
    await proxy?.close();
    redis?.resume();
    await redis?.kill();
    [proxy, redis] = [undefined, undefined];
  });

  const fast = { reconnectMsMax: 50, heartbeatMs: 50, silenceMsMax: 400, connectMsMax: 300 };
  function open(url: string, change: Partial<RedisBusOptions> = {}): { readonly bus: RedisBus; readonly log: LogEntry[] } {
    const log: LogEntry[] = [];
    const bus = redisBus({ url, limits: fast, log: (entry) => log.push(entry), ...change });
    buses.push(bus);
    return { bus, log };
  }
  function listen(bus: RedisBus, space = "s") {
    const [heads, doubts]: [number[], (readonly string[] | undefined)[]] = [[], []];
    const subscription = bus.subscribe({ heard: ({ head }) => heads.push(head), doubted: (spaces) => doubts.push(spaces) });
    subscription.follow(space);
    return { heads, doubts, subscription };
  }
  const connected = (...some: readonly RedisBus[]) => until("all are connected", () => some.every((bus) => bus.counts().connected));

  it("[RDS1][F08] that is absent at the start costs nothing, and is used from when it is there", async () => {
    redis = await startTestRedis();
    await redis.kill();
    const [{ bus: here, log }, { bus: there }] = [open(redis.url), open(redis.url)];
    const [mine, theirs] = [listen(here), listen(there)];
    for (let head = 1; head <= 200; head++) here.publish(noticeOf(head));
    expect(mine.heads).toHaveLength(200);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(here.counts()).toMatchObject({ dropped: 200, connected: false });
    expect(log.length, "once a minute").toBeLessThanOrEqual(1);
    await redis.start();
    await connected(here, there);
    await until("what was followed before is doubted", () => theirs.doubts.includes(undefined));
    here.publish(noticeOf(201));
    await until("news goes through", () => theirs.heads.includes(201));
  });

  it("[RDS1][RDS3][F08] that is killed and comes back empty: all is doubted, and what could not be sent is told as its newest head", async () => {
    redis = await startTestRedis();
    const [{ bus: here }, { bus: there }] = [open(redis.url), open(redis.url)];
    const theirs = listen(there);
    await connected(here, there);
    await until("followed", () => theirs.doubts.length > 0);
    here.publish(noticeOf(1));
    await until("the first comes", () => theirs.heads.includes(1));
    await redis.kill();
    await until("it is noticed", () => !here.counts().connected && !there.counts().connected);
    theirs.doubts.length = 0;
    for (let head = 2; head <= 50; head++) here.publish(noticeOf(head));
    await redis.start();
    await until("doubted", () => theirs.doubts.includes(undefined));
    await connected(here, there);
    here.publish(noticeOf(51));
    await until("later news", () => theirs.heads.includes(51));
    // The head may have been told before the other end heard again: then the doubt stands for it.
    expect(theirs.heads.filter((head) => head > 1 && head < 50)).toEqual([]);
    expect(here.counts().dropped).toBe(49);
  });

  it("[RDS3][F08] whose publisher alone was cut off: the other hears the newest head as soon as it can be said", async () => {
    redis = await startTestRedis();
    proxy = await openTcpProxy(redis.port);
    const [{ bus: here }, { bus: there }] = [open(`redis://127.0.0.1:${proxy.port}`), open(redis.url)];
    const theirs = listen(there);
    await connected(here, there);
    await until("followed", () => theirs.doubts.length > 0);
    const before = theirs.doubts.length;
    proxy.cut();
    await until("it is noticed", () => !here.counts().connected);
    for (let head = 1; head <= 9; head++) here.publish(noticeOf(head));
    await until("the newest head", () => theirs.heads.includes(9));
    expect(theirs.heads).toEqual([9]);
    expect(theirs.doubts).toHaveLength(before);
  });

  it("[RDS3][T15][F41] that carries nothing while its sockets stand open is noticed, and connected to again", async () => {
    redis = await startTestRedis();
    proxy = await openTcpProxy(redis.port);
    const { bus, log } = open(`redis://127.0.0.1:${proxy.port}`);
    const mine = listen(bus);
    await connected(bus);
    await until("followed", () => mine.doubts.length > 0);
    mine.doubts.length = 0;
    proxy.partition();
    for (let head = 1; head <= 100; head++) bus.publish(noticeOf(head));
    await until("silence is noticed", () => !bus.counts().connected, 3_000);
    expect(log.map(({ event }) => event)).toContain("redis-silent");
    proxy.heal();
    proxy.cut();
    await until("doubted", () => mine.doubts.includes(undefined));
    expect(mine.heads).toHaveLength(100);
  });

  it("[RDS1][T16] what is not answered is bounded, in number and in bytes", async () => {
    redis = await startTestRedis();
    const { bus } = open(redis.url, { limits: { ...fast, silenceMsMax: 60_000, unansweredMax: 10, missedSpacesMax: 5 } });
    await connected(bus);
    redis.suspend();
    for (let head = 1; head <= 1_000; head++) bus.publish(noticeOf(head, `space ${head % 20}`));
    expect(bus.counts()).toMatchObject({ published: 1_000, dropped: 990 });
    redis.resume();
  });

  it("[RDS2] subscribed only for what is followed here, and left a while after nobody follows it", async () => {
    const prefix = testPrefix();
    const { bus } = open(shared.url, { prefix, limits: { ...fast, lingerMs: 100 } });
    await connected(bus);
    const admin = new Redis(shared.url);
    const channels = async (): Promise<readonly string[]> => ((await admin.pubsub("CHANNELS", `${prefix}:space:*`)) as string[]).sort();
    try {
      expect(await channels()).toEqual([]);
      const one = listen(bus, "a");
      const two = listen(bus, "a");
      two.subscription.follow("b");
      await until("followed", () => one.doubts.flat().includes("b"));
      expect(await channels()).toEqual([`${prefix}:space:a`, `${prefix}:space:b`]);
      one.subscription.stop();
      two.subscription.unfollow("b");
      // A device that is back at once finds it still heard.
      expect(await channels()).toHaveLength(2);
      await until("b is left", () => bus.counts().channels === 1);
      expect(await channels()).toEqual([`${prefix}:space:a`]);
    } finally {
      admin.disconnect();
    }
  });

  it("[RDS2] an app's own client gives the connection's settings, and is left as it is", async () => {
    const client = new Redis(shared.url, { db: 3, lazyConnect: true });
    const prefix = testPrefix();
    const bus = redisBus({ client, prefix, limits: fast });
    buses.push(bus);
    const { bus: other } = open(shared.url, { prefix });
    const mine = listen(bus);
    await connected(bus, other);
    await until("followed", () => mine.doubts.length > 0);
    other.publish(noticeOf(4));
    await until("news", () => mine.heads.includes(4));
    expect(client.status).toBe("wait");
    await bus.close();
    expect(await client.ping()).toBe("PONG");
    client.disconnect();
  });

  it("[RDS4] bytes that say nothing, and news of a version to come, are passed over", async () => {
    const prefix = testPrefix();
    const { bus, log } = open(shared.url, { prefix });
    const mine = listen(bus);
    await connected(bus);
    await until("followed", () => mine.doubts.length > 0);
    const admin = new Redis(shared.url);
    await admin.publish(`${prefix}:space:s`, "nonsense");
    await admin.publish(`${prefix}:space:s`, Buffer.alloc(0));
    await admin.publish(`${prefix}:space:s`, Buffer.from([9, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1, 1]));
    admin.disconnect();
    await until("two are unreadable", () => bus.counts().unreadable === 2);
    expect(mine.heads).toEqual([]);
    expect(bus.counts().received).toBe(0);
    expect(log.map(({ event }) => event)).toEqual(["redis-unreadable"]);
  });
});
