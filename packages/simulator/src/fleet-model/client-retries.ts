/**
 * What each client of the fleet does after a failure, composed as the engine's link does it (`failAttempt` and `tryNow` in core's
 * `cycle-link.ts`): record the failure, sleep, ask the breaker, and if it is open wait for it and a little longer. Nothing between a failure
 * and the next attempt depends on anybody else, so that both are known at once, and a request costs the model one event.
 * A test drives core's `stepCycle` beside it and compares each attempt.
 */
import { backoffWindowMs } from "@holdfast/core/engine";
import type { Random } from "../random.ts";
import { BreakerTable } from "./breaker-table.ts";
import type { FleetConfig } from "./fleet-config.ts";
import { attemptsAfter, retrySleepMs } from "./retry-sleep.ts";

export class ClientRetries {
  readonly #config: FleetConfig;
  readonly #random: Random;
  readonly #attempts: Uint32Array;
  readonly #breakers: BreakerTable | undefined;

  constructor(config: FleetConfig, random: Random) {
    this.#config = config;
    this.#random = random;
    this.#attempts = new Uint32Array(config.clients);
    this.#breakers = config.breaker === undefined ? undefined : new BreakerTable(config.clients, config.breaker);
  }

  /** When the client sends next, in whole milliseconds. `ofSession`: a session was lost, rather than an attempt in vain. */
  afterFailure(client: number, nowMs: number, retryAfterMs: number | undefined, ofSession = false): number {
    const { strategy, backoff, fixedMs, reconnectWithinMs } = this.#config;
    this.#breakers?.recordFailure(client, nowMs);
    const failure = {
      nowMs,
      attempts: this.#attempts[client] as number,
      random: this.#random.next(),
      retryAfterMs,
      windowMsMin: ofSession ? reconnectWithinMs : 0,
    };
    const attempts = attemptsAfter(strategy, failure, backoff);
    this.#attempts[client] = attempts;
    let atMs = nowMs + retrySleepMs(strategy, failure, backoff, fixedMs);
    if (this.#breakers === undefined) return atMs;
    for (let waitMs = this.#breakers.admitMs(client, atMs); waitMs > 0; waitMs = this.#breakers.admitMs(client, atMs))
      atMs = Math.ceil(atMs + waitMs + this.#random.next() * backoffWindowMs(attempts, backoff));
    return atMs;
  }
}
