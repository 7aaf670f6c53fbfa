/** Says once in a while what goes wrong all the time: a Redis that is away must not fill a disk. */
import type { LogEntry } from "../options.ts";

export class RareLog {
  readonly #log: (entry: LogEntry) => void;
  readonly #everyMs: number;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #held = 0;

  constructor(log: (entry: LogEntry) => void, everyMs: number) {
    this.#log = log;
    this.#everyMs = everyMs;
  }

  warn(event: string, detail: string, error?: unknown): void {
    const nowMs = performance.now();
    if (nowMs - this.#sinceMs < this.#everyMs) {
      this.#held++;
      return;
    }
    const more = this.#held > 0 ? ` (and ${this.#held} more since the last of these lines)` : "";
    this.#sinceMs = nowMs;
    this.#held = 0;
    this.#log({ level: "warn", event, detail: `${detail}${more}`, ...(error === undefined ? {} : { error }) });
  }
}
