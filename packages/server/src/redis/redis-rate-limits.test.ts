import { startTestRedis, type TestRedis, testPrefix, useTestRedis } from "@holdfast/conformance/redis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { memoryRateLimits } from "../rate-limits/memory-rate-limits.ts";
import type { RateLimits } from "../rate-limits/rate-limits.ts";
import { redisRateLimits } from "./redis-rate-limits.ts";

const budget = { name: "pushes", points: 5, perSeconds: 60 };
const opened: RateLimits[] = [];
afterEach(async () => {
  for (const limits of opened.splice(0)) await limits.close();
});
const open = (limits: RateLimits): RateLimits => {
  opened.push(limits);
  return limits;
};

/** How many of so many takes are allowed. */
async function allowedOf(limits: readonly RateLimits[], key: string, takes: number): Promise<number> {
  const counters = limits.map((each) => each.counter(budget));
  let allowed = 0;
  for (let take = 0; take < takes; take++) if ((await counters[take % counters.length]?.take(key))?.allowed === true) allowed++;
  return allowed;
}

describe("rate limits in memory", () => {
  it("[RDS5] a budget is each key's own, takes of several points count as such, and a refusal says for how long", async () => {
    const counter = open(memoryRateLimits()).counter(budget);
    expect(await counter.take("ann", 4)).toEqual({ allowed: true, retryAfterMs: 0 });
    expect(await counter.take("ann", 2)).toEqual({ allowed: false, retryAfterMs: expect.any(Number) });
    const { retryAfterMs } = await counter.take("ann");
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    expect((await counter.take("bob")).allowed).toBe(true);
  });
});

describe("rate limits in Redis", () => {
  let shared: Awaited<ReturnType<typeof useTestRedis>>;
  let redis: TestRedis | undefined;
  beforeAll(async () => {
    shared = await useTestRedis();
  });
  afterAll(async () => {
    await shared.dispose();
    await redis?.kill();
  });
  const ready = async (limits: RateLimits): Promise<void> => {
    // A take that Redis has counted is seen by another instance.
    const probe = limits.counter({ name: "probe", points: 1, perSeconds: 60 });
    await expect.poll(async () => (await probe.take("probe")).allowed, { timeout: 5_000 }).toBe(false);
  };

  it("[RDS5] one budget holds for all instances together", async () => {
    const prefix = testPrefix();
    const limits = [0, 1, 2].map(() => open(redisRateLimits({ url: shared.url, prefix })));
    for (const each of limits) await ready(each);
    expect(await allowedOf(limits, "ann", 30)).toBe(5);
    expect(await allowedOf(limits, "bob", 3)).toBe(3);
  });

  it("[RDS5][F08] a Redis that is absent makes nobody wait, and each instance counts for itself", async () => {
    redis = await startTestRedis();
    const { url } = redis;
    await redis.kill();
    const limits = [0, 1].map(() => open(redisRateLimits({ url, prefix: testPrefix() })));
    const beganMs = performance.now();
    expect(await allowedOf(limits, "ann", 30)).toBe(10);
    expect(performance.now() - beganMs).toBeLessThan(200);
  });

  it("[RDS5][F08] one that stops answering costs one take its deadline, and is used again when it answers", async () => {
    await redis?.start();
    const prefix = testPrefix();
    const limits = open(redisRateLimits({ url: redis?.url ?? "", prefix, limits: { takeMsMax: 100, awayMs: 300 } }));
    await ready(limits);
    redis?.suspend();
    const beganMs = performance.now();
    expect(await allowedOf([limits], "ann", 20)).toBe(5);
    const tookMs = performance.now() - beganMs;
    expect(tookMs).toBeGreaterThanOrEqual(95);
    expect(tookMs).toBeLessThan(250);
    redis?.resume();
    const other = open(redisRateLimits({ url: redis?.url ?? "", prefix }));
    await ready(other);
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(await allowedOf([limits, other], "cid", 30)).toBe(5);
  });
});
