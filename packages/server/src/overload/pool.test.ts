import { describe, expect, it } from "vitest";
import { createTestClock } from "../testing/test-clock.ts";
import { createPool } from "./pool.ts";

describe("a pool", () => {
  it("[OVL5] gives places in the order of asking, and each only once, however often it is given back", async () => {
    const { runtime } = createTestClock();
    const pool = createPool({ placesMax: 1, waitingMax: 2, waitMsMax: 1_000 }, runtime);
    const first = await pool.enter();
    const order: string[] = [];
    const second = pool.enter().then((leave) => (order.push("second"), leave));
    const third = pool.enter().then((leave) => (order.push("third"), leave));
    expect(await pool.enter()).toBeUndefined();
    expect([pool.taken, pool.waiting]).toEqual([1, 2]);
    first?.();
    first?.();
    (await second)?.();
    (await third)?.();
    expect(order).toEqual(["second", "third"]);
    expect([pool.taken, pool.waiting]).toEqual([0, 0]);
  });

  it("[OVL5] who has waited for too long goes, and leaves no gap in the line", async () => {
    const clock = createTestClock();
    const pool = createPool({ placesMax: 1, waitingMax: 5, waitMsMax: 1_000 }, clock.runtime);
    const leave = await pool.enter();
    const late = pool.enter();
    clock.advance(500);
    const patient = pool.enter();
    clock.advance(500);
    expect(await late).toBeUndefined();
    leave?.();
    expect(typeof (await patient)).toBe("function");
    expect([pool.taken, pool.waiting]).toEqual([1, 0]);
  });
});
