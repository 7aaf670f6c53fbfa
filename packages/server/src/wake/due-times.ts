/** Things that are due later, each once: one timer for all of them, and a later wish for the same thing changes nothing. */
import type { Runtime } from "@holdfast/core/engine";

export class DueTimes<K> {
  readonly #runtime: Runtime;
  readonly #take: (keys: readonly K[]) => void;
  readonly #dueMs = new Map<K, number>();
  #cancel: (() => void) | undefined;
  #stopped = false;

  /** `take`: what has become due, in one go for all of the same tenth of a second. */
  constructor(runtime: Runtime, take: (keys: readonly K[]) => void) {
    this.#runtime = runtime;
    this.#take = take;
  }

  get size(): number {
    return this.#dueMs.size;
  }

  has(key: K): boolean {
    return this.#dueMs.has(key);
  }

  put(key: K, delayMs: number): void {
    if (this.#stopped || this.#dueMs.has(key)) return;
    this.#dueMs.set(key, this.#runtime.nowMs() + delayMs);
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#dueMs.clear();
  }

  #arm(): void {
    if (this.#cancel !== undefined || this.#dueMs.size === 0) return;
    this.#cancel = this.#runtime.setTimer(tickMs, () => {
      this.#cancel = undefined;
      const nowMs = this.#runtime.nowMs();
      const due = [...this.#dueMs].filter(([, dueMs]) => dueMs <= nowMs).map(([key]) => key);
      for (const key of due) this.#dueMs.delete(key);
      if (due.length > 0) this.#take(due);
      this.#arm();
    });
  }
}

const tickMs = 100;
