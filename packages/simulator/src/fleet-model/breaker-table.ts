/**
 * The circuit breakers of all clients in typed arrays: core's `admitCall` and `recordOutcome` decide, and only what they return is kept here
 * packed, some thirty bytes a client instead of a few hundred as objects.
 *
 * Only failures are recorded: a client that succeeds has left the model. So a closed breaker holds fewer than `outcomesMin` outcomes, all
 * of them failures, since that many open it at any failure rate.
 */
import { admitCall, assert, type BreakerLimits, type BreakerOutcome, type BreakerState, recordOutcome } from "@holdfast/core/engine";

const [closed, open, halfOpen] = [0, 1, 2];

export class BreakerTable {
  readonly #limits: BreakerLimits;
  readonly #kinds: Uint8Array;
  /** Of an open one: until when. Of one half open: how many probes have succeeded. Of a closed one: how many outcomes it holds. */
  readonly #values: Float64Array;
  readonly #outcomes: Float64Array;

  constructor(clients: number, limits: BreakerLimits) {
    this.#limits = limits;
    this.#kinds = new Uint8Array(clients);
    this.#values = new Float64Array(clients);
    this.#outcomes = new Float64Array(clients * limits.outcomesMin);
  }

  /** How long the client's call must wait now: 0 when it may go. */
  admitMs(client: number, nowMs: number): number {
    if (this.#kinds[client] === closed) return 0;
    const admitted = admitCall(this.read(client), nowMs);
    if (admitted.waitMs === 0) this.#write(client, admitted.state);
    return admitted.waitMs;
  }

  recordFailure(client: number, nowMs: number): void {
    this.#write(client, recordOutcome(this.read(client), true, nowMs, this.#limits));
  }

  read(client: number): BreakerState {
    const value = this.#values[client] as number;
    switch (this.#kinds[client]) {
      case open:
        return { kind: "open", untilMs: value };
      case halfOpen:
        return { kind: "half-open", succeeded: value };
      default: {
        const outcomes: BreakerOutcome[] = [];
        const first = client * this.#limits.outcomesMin;
        for (let index = first; index < first + value; index++) outcomes.push({ atMs: this.#outcomes[index] as number, failed: true });
        return { kind: "closed", outcomes };
      }
    }
  }

  #write(client: number, state: BreakerState): void {
    switch (state.kind) {
      case "open":
        this.#kinds[client] = open;
        this.#values[client] = state.untilMs;
        return;
      case "half-open":
        this.#kinds[client] = halfOpen;
        this.#values[client] = state.succeeded;
        return;
      case "closed": {
        assert(state.outcomes.length < this.#limits.outcomesMin, "a closed breaker holds fewer failures than open it");
        this.#kinds[client] = closed;
        this.#values[client] = state.outcomes.length;
        for (const [index, { atMs }] of state.outcomes.entries()) this.#outcomes[client * this.#limits.outcomesMin + index] = atMs;
      }
    }
  }
}
