import { expect, it } from "vitest";
import { createTestClock } from "../testing/test-clock.ts";
import { createSlots } from "./slots.ts";

it("[PGS7] locks are had in the order of asking, and who has waited for too long goes without", async () => {
  const clock = createTestClock();
  const slots = createSlots(clock.runtime, 2);
  const order: string[] = [];
  const take = (name: string, waitMsMax: number) => slots.take(waitMsMax).then((had) => void order.push(`${name} ${had}`));
  void take("a", 10);
  void take("b", 10);
  void take("c", 100);
  void take("d", 10);
  void take("e", 100);
  clock.advance(10);
  await Promise.resolve();
  slots.give();
  await Promise.resolve();
  slots.give();
  await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual(["a true", "b true", "d false", "c true", "e true"]);
  slots.give();
  slots.give();
  expect(await slots.take(0)).toBe(true);
});
