/** A clock on the wall: it may be wrong, jump, stand still, run backwards or fast. Nothing that the engine decides may depend on it. */
import { startWallMs } from "./world.ts";

export class WallClock {
  #rate = 1;
  /** What it showed, and the true time at which it did. */
  #shownMs = startWallMs;
  #atMs = 0;

  /** Whole milliseconds, as every host gives them. */
  read(nowMs: number): number {
    return Math.max(0, Math.floor(this.#exact(nowMs)));
  }

  jump(byMs: number, nowMs: number): void {
    this.#settle(nowMs);
    this.#shownMs += byMs;
  }

  /** 1 is right; 0 stands still; less runs backwards. */
  run(rate: number, nowMs: number): void {
    this.#settle(nowMs);
    this.#rate = rate;
  }

  #exact(nowMs: number): number {
    return this.#shownMs + (nowMs - this.#atMs) * this.#rate;
  }

  #settle(nowMs: number): void {
    this.#shownMs = this.#exact(nowMs);
    this.#atMs = nowMs;
  }
}
