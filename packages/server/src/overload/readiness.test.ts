import { expect, it } from "vitest";
import { createReadiness } from "./readiness.ts";

it("[OVL10] asks the store twice a second at most, however many balancers ask, and again after it did not answer", async () => {
  let nowMs = 0;
  let asked = 0;
  let works = false;
  const meta = () => (asked++, works ? Promise.resolve({} as never) : Promise.reject(new Error("away")));
  const ready = createReadiness({
    store: { meta },
    runtime: { nowMs: () => nowMs, setTimer: () => () => undefined },
    readyMsMax: 100,
    closing: () => false,
    load: { isOverloaded: () => false, isFailing: () => false },
  });
  const all = await Promise.all(Array.from({ length: 10 }, () => ready()));
  expect(all).toEqual(all.map(() => ({ ready: false, reasons: ["the store does not answer"] })));
  works = true;
  nowMs = 499;
  expect((await ready()).ready).toBe(false);
  expect(asked).toBe(1);
  nowMs = 500;
  expect((await ready()).ready).toBe(true);
  expect(asked).toBe(2);
});
