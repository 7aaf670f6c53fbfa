/**
 * r0 as a capacity: one queue, served in order at a constant rate, bounded, and refusing at once what does not fit. Since the order is that
 * of arrival, a request's end is known when it arrives, and the whole queue is one number: when the last one in it will be done.
 */
import type { Random } from "../random.ts";
import type { RetryAfter, ServerCapacity } from "./fleet-config.ts";

export class ServerQueue {
  readonly #capacity: ServerCapacity;
  readonly #perRequestMs: number;
  #freeAtMs = 0;

  constructor(capacity: ServerCapacity) {
    this.#capacity = capacity;
    this.#perRequestMs = 1_000 / capacity.requestsPerSecond;
  }

  /** When the answer leaves, or undefined: refused, there are too many already. Arrivals come in the order of time. */
  offer(nowMs: number): number | undefined {
    const waiting = Math.max(0, this.#freeAtMs - nowMs) / this.#perRequestMs;
    return waiting + 1 > this.#capacity.queueMax ? undefined : this.accept(nowMs);
  }

  /** Of a session that stands already: r0 does not refuse a pull, it makes it wait. */
  accept(nowMs: number): number {
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + this.#perRequestMs;
    return Math.ceil(this.#freeAtMs) + this.#capacity.serviceMs;
  }
}

/** As r0's HTTP listener draws it (`listen.ts` in the server): from one to three times the limit, in whole seconds, as the header is. */
export function retryAfterMs(mode: RetryAfter, capacity: ServerCapacity, random: Random): number | undefined {
  switch (mode) {
    case "none":
      return undefined;
    case "same":
      return Math.ceil((2 * capacity.retryAfterMs) / 1_000) * 1_000;
    case "jittered":
      return Math.ceil((capacity.retryAfterMs * (1 + 2 * random.next())) / 1_000) * 1_000;
  }
}
