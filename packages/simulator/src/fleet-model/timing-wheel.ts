/**
 * The event queue of the fleet model: a wheel of one-millisecond slots, each a list threaded through one array, because a client has exactly
 * one event ahead of it. Putting and taking cost the same at a thousand clients and at a million, and nothing is allocated.
 * What is due further ahead than one turn stays in its slot for another.
 */
import { assert } from "@holdfast/core/engine";

/** Two minutes and some: longer than the usual sleep, short enough to stay in the processor's cache. */
const slots = 2 ** 17;
const none = -1;

export class TimingWheel {
  readonly #next: Int32Array;
  readonly #dueMs: Float64Array;
  readonly #head = new Int32Array(slots).fill(none);
  readonly #tail = new Int32Array(slots).fill(none);
  #nowMs = -1;
  #waiting = 0;

  constructor(items: number) {
    this.#next = new Int32Array(items).fill(none);
    this.#dueMs = new Float64Array(items);
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** In whole milliseconds, after the moment that is being taken. Items of one moment come in the order in which they were put. */
  put(item: number, dueMs: number): void {
    assert(Number.isInteger(dueMs) && dueMs > this.#nowMs, "an event is put at a whole moment that is still to come");
    this.#dueMs[item] = dueMs;
    this.#append(item, dueMs % slots);
    this.#waiting++;
  }

  /** Takes the events of each moment in turn, up to and including `untilMs` or until there are none. */
  run(untilMs: number, take: (item: number, nowMs: number) => void): void {
    while (this.#waiting > 0 && this.#nowMs < untilMs) {
      this.#nowMs++;
      const slot = this.#nowMs % slots;
      let item = this.#head[slot] as number;
      if (item === none) continue;
      this.#head[slot] = none;
      this.#tail[slot] = none;
      while (item !== none) {
        const next = this.#next[item] as number;
        if (this.#dueMs[item] === this.#nowMs) {
          this.#waiting--;
          take(item, this.#nowMs);
        } else this.#append(item, slot);
        item = next;
      }
    }
  }

  #append(item: number, slot: number): void {
    this.#next[item] = none;
    const tail = this.#tail[slot] as number;
    if (tail === none) this.#head[slot] = item;
    else this.#next[tail] = item;
    this.#tail[slot] = item;
  }
}
