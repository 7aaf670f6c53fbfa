/** Node's clocks, randomness and timers. */
import { randomBytes } from "node:crypto";
import type { Runtime } from "@holdfast/core/engine";

export const nodeRuntime: Runtime = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  randomBytes: (length) => new Uint8Array(randomBytes(length)),
  random: () => Math.random(),
  setTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
