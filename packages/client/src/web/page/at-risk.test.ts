import type { Runtime } from "@holdfast/core/engine";
import { expect, it } from "vitest";
import { AtRisk } from "./at-risk.ts";

const atRiskMs = 600_000;

function createClock(startMs: number) {
  let nowMs = startMs;
  let timers: { readonly dueMs: number; readonly run: () => void }[] = [];
  const runtime = {
    wallMs: () => nowMs,
    setTimer: (delayMs: number, run: () => void) => {
      const timer = { dueMs: nowMs + delayMs, run };
      timers.push(timer);
      return () => (timers = timers.filter((each) => each !== timer));
    },
  } as unknown as Runtime;
  return {
    runtime,
    waiting: () => timers.length,
    pass(ms: number): void {
      nowMs += ms;
      const due = timers.filter(({ dueMs }) => dueMs <= nowMs);
      timers = timers.filter((each) => !due.includes(each));
      for (const { run } of due) run();
    },
  };
}

it("[TAB17][F46] what r0 has not had for long is at risk where the browser may remove the store, until r0 has it", () => {
  const clock = createClock(1_000_000_000);
  let changes = 0;
  const risk = new AtRisk(clock.runtime, atRiskMs, () => changes++);
  risk.heard(undefined, false);
  expect([risk.since, clock.waiting()]).toEqual([undefined, 0]);
  risk.heard(1_000_000_000, false);
  clock.pass(atRiskMs - 1);
  // What is written meanwhile makes the oldest no younger, and begins no new time.
  risk.heard(1_000_000_000, false);
  expect([risk.since, changes]).toEqual([undefined, 0]);
  clock.pass(1);
  expect([risk.since, changes]).toEqual([1_000_000_000, 1]);
  risk.heard(1_000_000_000, false);
  expect(risk.since).toBe(1_000_000_000);
  risk.heard(undefined, false);
  expect([risk.since, clock.waiting()]).toEqual([undefined, 0]);
});

it("[TAB17] a page that opens late is told at once; a store that the browser keeps is at no risk; a clock that was set back delays by atRiskMs at most", () => {
  const clock = createClock(2_000_000_000);
  const risk = new AtRisk(clock.runtime, atRiskMs, () => undefined);
  risk.heard(1_000_000_000, false);
  expect(risk.since).toBe(1_000_000_000);
  risk.heard(1_000_000_000, true);
  expect([risk.since, clock.waiting()]).toEqual([undefined, 0]);
  risk.heard(9_000_000_000_000, false);
  clock.pass(atRiskMs);
  expect(risk.since).toBe(9_000_000_000_000);
  risk.heard(3_000_000_000, false);
  risk.stop();
  clock.pass(10 * atRiskMs);
  expect([risk.since, clock.waiting()]).toEqual([undefined, 0]);
});
