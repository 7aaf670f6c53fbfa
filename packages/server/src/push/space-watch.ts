/**
 * What an instance knows of the heads of the spaces that are followed on it, and how it finds out when nobody tells it (F08). News on the bus are
 * hints: some are lost, and the last of them leaves no gap behind it that would show. So the instance asks the store, for all spaces that are
 * followed here, in batches of one query:
 *
 * - once in `antiEntropyMs`, between half and one and a half of it, so that instances do not ask in step;
 * - within `doubtMsMax` after the bus has said that it may have missed something, also spread, since all instances lose Redis in one moment.
 *
 * Hence the bound: what is committed is told to every follower on every instance within one and a half `antiEntropyMs`, and the reading.
 */
import type { BusListener, Notice, Runtime, ServerStore, SpaceId } from "@holdfast/core/engine";
import type { ServerLimits } from "../limits.ts";
import type { LogEntry } from "../options.ts";

export interface SpaceWatchHost {
  readonly store: Pick<ServerStore, "readSpaces" | "isExclusive">;
  readonly runtime: Runtime;
  readonly limits: Pick<ServerLimits, "antiEntropyMs" | "antiEntropySpacesMax" | "doubtMsMax">;
  /** News that nobody here has heard yet. */
  readonly hand: (notice: Notice) => void;
  readonly log: (entry: LogEntry) => void;
}

export class SpaceWatch implements BusListener {
  readonly #host: SpaceWatchHost;
  /** The highest head that was handed out or found; 0 before. */
  readonly #heads = new Map<SpaceId, number>();
  #doubted: Set<SpaceId> | "all" = new Set();
  readonly #timers = new Set<() => void>();
  #stopped = false;
  #checking = false;
  #isCheckDue = false;

  constructor(host: SpaceWatchHost) {
    this.#host = host;
    // A store that nobody else writes to holds nothing that was not published here.
    if (host.store.isExclusive !== true) this.#repeat();
  }

  follow(space: SpaceId): void {
    if (!this.#heads.has(space)) this.#heads.set(space, 0);
  }

  unfollow(space: SpaceId): void {
    this.#heads.delete(space);
  }

  readonly heard = (notice: Notice): void => {
    const known = this.#heads.get(notice.space);
    // Late, or said twice: whoever follows the space has been told more than that.
    if (known === undefined || notice.head <= known) return;
    this.#heads.set(notice.space, notice.head);
    this.#host.hand(notice);
  };

  readonly doubted = (spaces: readonly SpaceId[] | undefined): void => {
    if (spaces === undefined) this.#doubted = "all";
    else if (this.#doubted !== "all") for (const space of spaces) this.#doubted.add(space);
    if (this.#isCheckDue) return;
    this.#isCheckDue = true;
    this.#after(Math.floor(this.#host.runtime.random() * this.#host.limits.doubtMsMax), () => {
      this.#isCheckDue = false;
      void this.#checkDoubted();
    });
  };

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #repeat(): void {
    const { runtime, limits } = this.#host;
    this.#after(Math.ceil(limits.antiEntropyMs * (0.5 + runtime.random())), () => {
      this.doubted(undefined);
      this.#repeat();
    });
  }

  #after(delayMs: number, run: () => void): void {
    if (this.#stopped) return;
    const cancel = this.#host.runtime.setTimer(delayMs, () => {
      this.#timers.delete(cancel);
      if (!this.#stopped) run();
    });
    this.#timers.add(cancel);
  }

  /** One round at a time: a store that is slow must not be asked ever more. */
  async #checkDoubted(): Promise<void> {
    if (this.#checking) return this.doubted([]);
    this.#checking = true;
    const spaces = this.#doubted === "all" ? [...this.#heads.keys()] : [...this.#doubted];
    this.#doubted = new Set();
    try {
      await this.#check(spaces);
    } catch (error) {
      this.#host.log({ level: "warn", event: "heads-unread", detail: "The heads of followed spaces could not be read.", error });
    }
    this.#checking = false;
  }

  async #check(spaces: readonly SpaceId[]): Promise<void> {
    const { store, limits } = this.#host;
    for (let at = 0; at < spaces.length && !this.#stopped; at += limits.antiEntropySpacesMax) {
      const some = spaces.slice(at, at + limits.antiEntropySpacesMax).filter((space) => this.#heads.has(space));
      if (some.length === 0) continue;
      for (const { space, head } of await store.readSpaces(some)) this.heard({ space, head, after: head, author: "", changes: [] });
    }
  }
}
