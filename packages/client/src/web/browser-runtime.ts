/** A browser's clocks, randomness and timers. */
import { HoldfastError } from "@holdfast/core";
import type { Runtime } from "@holdfast/core/engine";

interface CryptoLike {
  getRandomValues(bytes: Uint8Array): Uint8Array;
}

export const browserRuntime: Runtime = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  randomBytes(length) {
    const { crypto } = globalThis as unknown as { readonly crypto?: CryptoLike };
    if (crypto === undefined)
      throw new HoldfastError("store-unsafe", "This browser has no source of randomness.", {
        origin: "caller",
        retry: false,
        advice: "Use a browser that has `crypto.getRandomValues`.",
      });
    return crypto.getRandomValues(new Uint8Array(length));
  },
  random: () => Math.random(),
  setTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
