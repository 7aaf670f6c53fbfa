/**
 * News on the way to the followers, space by space. The first goes out at once; what comes while it does, or in the same tick, goes out together
 * after it: one poke for each follower instead of several, with the same bytes. Handing a notice to a thousand followers takes time that a commit
 * has not, so the next round of a space waits for as long as the last one took: fan-out leaves half of the processor to everything else, and
 * the busier it is, the more a poke brings.
 */
import type { Notice, Runtime, SpaceId } from "@holdfast/core/engine";
import type { ServerLimits } from "../limits.ts";

export interface PokeQueueHost {
  readonly runtime: Runtime;
  readonly limits: Pick<ServerLimits, "pokePartsMax" | "pokePauseMsMax">;
  readonly defer: (run: () => void) => void;
  /** In order, each following on the one before; only the first may come without its changes. */
  readonly hand: (parts: readonly Notice[]) => void;
}

export class PokeQueue {
  readonly #host: PokeQueueHost;
  /** Spaces whose last round is not over yet, and what has come for them since. */
  readonly #waiting = new Map<SpaceId, readonly Notice[]>();
  readonly #timers = new Set<() => void>();

  constructor(host: PokeQueueHost) {
    this.#host = host;
  }

  take(notice: Notice): void {
    const waiting = this.#waiting.get(notice.space);
    if (waiting !== undefined) this.#waiting.set(notice.space, appendNotice(waiting, notice, this.#host.limits.pokePartsMax));
    else this.#hand(notice.space, [notice]);
  }

  stop(): void {
    for (const cancel of this.#timers) cancel();
    this.#waiting.clear();
  }

  #hand(space: SpaceId, parts: readonly Notice[]): void {
    const { runtime, limits, defer } = this.#host;
    this.#waiting.set(space, []);
    const beganMs = runtime.nowMs();
    try {
      this.#host.hand(parts);
    } finally {
      const tookMs = Math.min(limits.pokePauseMsMax, runtime.nowMs() - beganMs);
      if (tookMs < 1) defer(() => this.#next(space));
      else {
        const cancel = runtime.setTimer(Math.ceil(tookMs), () => {
          this.#timers.delete(cancel);
          this.#next(space);
        });
        this.#timers.add(cancel);
      }
    }
  }

  #next(space: SpaceId): void {
    const waiting = this.#waiting.get(space);
    this.#waiting.delete(space);
    if (waiting !== undefined && waiting.length > 0) this.#hand(space, waiting);
  }
}

/** What does not follow on, comes without its changes, or is too much makes what was before it of no use: whoever needs that has to pull. */
export function appendNotice(parts: readonly Notice[], notice: Notice, partsMax: number): readonly Notice[] {
  const last = parts.at(-1);
  if (last === undefined || last.head !== notice.after || notice.changes.length === 0) return [notice];
  return parts.length < partsMax ? [...parts, notice] : [{ ...notice, after: notice.head, author: "", changes: [] }];
}
