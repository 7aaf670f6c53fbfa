import { describe, expect, it } from "vitest";
import { memoryRateLimits } from "../rate-limits/memory-rate-limits.ts";
import { createRateGate, type RateCost } from "./rate-gate.ts";

const cost = (change: Partial<RateCost> = {}): RateCost => ({ principal: "ann", space: "s", operations: 1, bytes: 10, ...change });

describe("rates", () => {
  it("[OVL4] count operations and bytes for the principal, the space and the whole, the narrowest first", async () => {
    const rates = { perSeconds: 60, principal: { operations: 10 }, space: { operations: 15 }, instance: { bytes: 1_000 } };
    const gate = createRateGate(rates, memoryRateLimits(), { random: () => 0.5 });
    const take = async (change: Partial<RateCost>): Promise<string | undefined> => (await gate?.take(cost(change)))?.reason;
    expect(await take({ operations: 10 })).toBeUndefined();
    expect(await take({})).toBe("rate-principal");
    expect(await take({ space: "t" })).toBe("rate-principal");
    expect(await take({ principal: "ben", operations: 5 })).toBeUndefined();
    expect(await take({ principal: "cat" })).toBe("rate-space");
    expect(await take({ principal: "dan", space: "u", bytes: 975 })).toBeUndefined();
    expect(await take({ principal: "eve", space: "v" })).toBe("rate-instance");
  });

  it("[OVL4][F16] a push that is larger than its budget passes in a window of its own", async () => {
    const gate = createRateGate({ perSeconds: 60, principal: { bytes: 100 } }, memoryRateLimits(), { random: () => 0.5 });
    expect(await gate?.take(cost({ bytes: 1_000_000 }))).toBeUndefined();
    expect((await gate?.take(cost()))?.reason).toBe("rate-principal");
    expect(await gate?.take(cost({ principal: "ben" }))).toBeUndefined();
  });

  it("[OVL3][T16] says when there is room again, and not to everybody the same", async () => {
    let drawn = 0;
    const gate = createRateGate({ perSeconds: 10, instance: { operations: 1 } }, memoryRateLimits(), { random: () => drawn++ / 10 });
    await gate?.take(cost());
    const told = await Promise.all(Array.from({ length: 10 }, async () => (await gate?.take(cost()))?.retryAfterMs ?? 0));
    expect(Math.min(...told)).toBeGreaterThan(9_000);
    expect(Math.max(...told) - Math.min(...told)).toBeGreaterThan(3_000);
  });

  it("[OVL4] nothing is asked where nothing is bounded", () => {
    expect(createRateGate(undefined, memoryRateLimits(), { random: () => 0 })).toBeUndefined();
    expect(createRateGate({ principal: {} }, memoryRateLimits(), { random: () => 0 })).toBeUndefined();
  });
});
