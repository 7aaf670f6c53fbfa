/** Rate limits of an instance that is alone. */
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { RateLimits, RateTaken } from "./rate-limits.ts";

export function memoryRateLimits(): RateLimits {
  return {
    counter({ name, points, perSeconds }) {
      const limiter = new RateLimiterMemory({ keyPrefix: name, points, duration: perSeconds });
      return { take: (key, taken = 1) => limiter.consume(key, taken).then(rateTaken, rateRefused) };
    },
    close: async () => {},
  };
}

export function rateTaken(): RateTaken {
  return { allowed: true, retryAfterMs: 0 };
}

/** The library rejects with the counter's state when a budget is used up, and with an error when it could not count: that lets through. */
export function rateRefused(refused: unknown): RateTaken {
  return refused instanceof RateLimiterRes ? { allowed: false, retryAfterMs: Math.max(1, Math.ceil(refused.msBeforeNext)) } : rateTaken();
}
