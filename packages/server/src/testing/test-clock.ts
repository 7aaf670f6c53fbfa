/** A clock that stands until a test moves it. Randomness is a counter: bytes differ, and repeat from run to run. */
import type { Runtime } from "@holdfast/core/engine";

export interface TestClock {
  readonly runtime: Runtime;
  /** Moves both clocks in one jump, and runs what is due then, in order, once. */
  advance(ms: number): void;
}

export function createTestClock(): TestClock {
  let nowMs = 0;
  let drawn = 0;
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>();
  return {
    runtime: {
      nowMs: () => nowMs,
      wallMs: () => 1_700_000_000_000 + nowMs,
      random: () => 0.5,
      randomBytes: (length) => Uint8Array.from({ length }, () => (drawn++ * 37) & 0xff),
      setTimer(delayMs, run) {
        const timer = { atMs: nowMs + delayMs, run };
        timers.add(timer);
        return () => timers.delete(timer);
      },
    },
    advance(ms) {
      nowMs += ms;
      const due = [...timers].filter((timer) => timer.atMs <= nowMs).sort((a, b) => a.atMs - b.atMs);
      for (const timer of due) if (timers.delete(timer)) timer.run();
    },
  };
}
