/** Who listens in this process, and to which spaces: common to every bus. */
import type { BusListener, BusSubscription, Notice, SpaceId } from "@holdfast/core/engine";

/** Told when the first listener of a space comes, and when the last one has gone. */
export interface InterestListener {
  readonly wanted: (space: SpaceId) => void;
  readonly unwanted: (space: SpaceId) => void;
}

export class LocalListeners {
  readonly #failed: (error: unknown) => void;
  readonly #interest: InterestListener | undefined;
  readonly #listeners = new Set<BusListener>();
  readonly #bySpace = new Map<SpaceId, Set<BusListener>>();

  /** `failed`: a listener threw, which concerns neither the publisher nor the others. */
  constructor(failed: (error: unknown) => void, interest?: InterestListener) {
    this.#failed = failed;
    this.#interest = interest;
  }

  add(listener: BusListener): BusSubscription {
    this.#listeners.add(listener);
    const followed = new Set<SpaceId>();
    return {
      follow: (space) => {
        if (!this.#listeners.has(listener) || followed.has(space)) return;
        followed.add(space);
        this.#follow(listener, space);
      },
      unfollow: (space) => {
        if (followed.delete(space)) this.#unfollow(listener, space);
      },
      stop: () => {
        this.#listeners.delete(listener);
        for (const space of followed) this.#unfollow(listener, space);
        followed.clear();
      },
    };
  }

  isWanted(space: SpaceId): boolean {
    return this.#bySpace.has(space);
  }

  spaces(): Iterable<SpaceId> {
    return this.#bySpace.keys();
  }

  hear(notice: Notice): void {
    for (const listener of [...(this.#bySpace.get(notice.space) ?? [])]) this.#tell(() => listener.heard(notice));
  }

  whisper(space: SpaceId, bytes: Uint8Array): void {
    for (const listener of [...(this.#bySpace.get(space) ?? [])]) this.#tell(() => listener.whispered?.(space, bytes));
  }

  doubt(spaces: readonly SpaceId[] | undefined): void {
    for (const listener of [...this.#listeners]) this.#tell(() => listener.doubted(spaces));
  }

  clear(): void {
    this.#listeners.clear();
    for (const space of [...this.#bySpace.keys()]) this.#forget(space);
  }

  #follow(listener: BusListener, space: SpaceId): void {
    const listeners = this.#bySpace.get(space);
    if (listeners !== undefined) return void listeners.add(listener);
    this.#bySpace.set(space, new Set([listener]));
    this.#interest?.wanted(space);
  }

  #unfollow(listener: BusListener, space: SpaceId): void {
    const listeners = this.#bySpace.get(space);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#forget(space);
  }

  #forget(space: SpaceId): void {
    this.#bySpace.delete(space);
    this.#interest?.unwanted(space);
  }

  #tell(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#failed(error);
    }
  }
}
