import { describe, expect, it } from "vitest";
import { loadSqlite } from "../disk/load-sqlite.ts";
import { drawPlan } from "../plan/draw-plan.ts";
import { simulate } from "../simulate.ts";
import type { MessageEvent, TraceEvent } from "./trace-event.ts";

const sqlite = await loadSqlite();

/** Plans of seconds, with some weather. */
const seeds = Array.from({ length: 300 }, (_, index) => index + 1)
  .filter((seed) => drawPlan(seed).config.durationMs <= 20_000)
  .slice(0, 8);

describe("looking on at a run", () => {
  it("[SIM61] changes nothing: the trace is the same, byte for byte", async () => {
    for (const seed of seeds) {
      const alone = await simulate(drawPlan(seed), { sqlite });
      const observed = await simulate(drawPlan(seed), { sqlite, observe: () => undefined, print: () => undefined });
      expect(observed.hash, `seed ${seed}`).toBe(alone.hash);
    }
  });

  it("[SIM61] tells every message with its words and its fate, and what people and machines do", async () => {
    const events: TraceEvent[] = [];
    for (const seed of seeds) await simulate(drawPlan(seed), { sqlite, observe: (event) => events.push(event) });
    const messages = events.filter((event): event is MessageEvent & TraceEvent => event.type === "message");
    expect(messages.length).toBeGreaterThan(100);
    for (const { says, sentMs, arrivedMs, atMs, sender, receiver } of messages) {
      expect(says).not.toMatch(/^unreadable/);
      expect(arrivedMs).toBeGreaterThanOrEqual(sentMs);
      expect(atMs).toBeGreaterThanOrEqual(sentMs);
      expect(sender).not.toBe(receiver);
    }
    const said = (pattern: RegExp): boolean => messages.some(({ says }) => pattern.test(says));
    for (const words of [
      /^hello from \w{4}, /,
      /^welcome, space-0 at \d+/,
      /^push \d+ transactions? \(/,
      /pushed up to \d+/,
      /poke at \d+/,
    ])
      expect(said(words), String(words)).toBe(true);
    expect(new Set(messages.map(({ fate }) => fate))).toEqual(new Set(["arrived", "cut", "swallowed", "lost"]));
    const types = new Set(events.map(({ type }) => type));
    for (const type of ["start", "open", "death", "operation", "acknowledged", "answered", "fault", "opened", "closed", "peace"] as const)
      expect(types, type).toContain(type);
  });
});
