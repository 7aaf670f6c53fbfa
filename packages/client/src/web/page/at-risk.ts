/**
 * Writes that r0 has not had for long, in a store that the browser may remove (F46): a person can still do something about it. By the wall
 * clock, since it goes on over reloads; a clock that is wrong makes the warning early or late, and by no more than `atRiskMs` late.
 */
import type { Runtime } from "@holdfast/core/engine";

export class AtRisk {
  readonly #runtime: Runtime;
  readonly #atRiskMs: number;
  readonly #changed: () => void;
  #pendingSince: number | undefined;
  #cancel: (() => void) | undefined;
  /** Wall clock (ms) of the oldest write that is at risk. */
  since: number | undefined;

  /** `changed`: time alone has made it so. */
  constructor(runtime: Runtime, atRiskMs: number, changed: () => void) {
    this.#runtime = runtime;
    this.#atRiskMs = atRiskMs;
    this.#changed = changed;
  }

  /** `pendingSince`: of the oldest write that r0 has not answered. */
  heard(pendingSince: number | undefined, persistent: boolean): void {
    const waiting = persistent ? undefined : pendingSince;
    if (waiting !== undefined && waiting === this.#pendingSince) return;
    this.#pendingSince = waiting;
    this.since = undefined;
    this.stop();
    if (waiting === undefined) return;
    const leftMs = Math.min(waiting + this.#atRiskMs - this.#runtime.wallMs(), this.#atRiskMs);
    if (leftMs <= 0) this.since = waiting;
    else
      this.#cancel = this.#runtime.setTimer(leftMs, () => {
        this.since = waiting;
        this.#changed();
      });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
