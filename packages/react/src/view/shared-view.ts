/**
 * A value that many components watch and one source feeds. The source runs while somebody watches, and a moment longer: an effect that
 * StrictMode, hot reload or a change of page ends and begins again must not close and open it each time.
 *
 *   created ─► watched ⇄ lingering ─► ended (and, if somebody watches again, watched from the beginning)
 *      └── nobody came within `heldMs` ─► ended
 */
export const viewLimits = {
  /** How long a source runs after its last watcher has gone, in ms. */
  lingerMs: 1_000,
  /** How long a view that a render has made waits for that render to be shown, in ms. React may throw a suspended render away. */
  heldMs: 10_000,
} as const;

export interface View<T> {
  readonly subscribe: (listener: () => void) => () => void;
  readonly read: () => T;
  /** For a server's rendering, which has no source. */
  readonly readInitial: () => T;
}

export interface ViewSource<T> {
  readonly initial: T;
  /** Gives back what ends it. `set` after the end is without effect. */
  start(set: (value: T) => void): () => void;
  /** Told when the view begins and ends to be of use, for whoever keeps a list of them. */
  used?(isUsed: boolean): void;
}

export class SharedView<T> implements View<T> {
  readonly #source: ViewSource<T>;
  readonly #listeners = new Set<() => void>();
  #value: T;
  #end: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(source: ViewSource<T>) {
    this.#source = source;
    this.#value = source.initial;
    this.#endAfter(viewLimits.heldMs);
  }

  readonly read = (): T => this.#value;
  readonly readInitial = (): T => this.#source.initial;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    clearTimeout(this.#timer);
    this.#source.used?.(true);
    this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#endAfter(viewLimits.lingerMs);
    };
  };

  /** Starts before anybody watches, for a render that suspends until there is a value. */
  hold(): void {
    if (this.#listeners.size === 0) this.#endAfter(viewLimits.heldMs);
    this.#start();
  }

  #start(): void {
    if (this.#end !== undefined) return;
    let isOver = false;
    let end: (() => void) | undefined;
    this.#end = () => {
      isOver = true;
      end?.();
    };
    try {
      end = this.#source.start((value) => {
        if (!isOver) this.#set(value);
      });
    } catch (error) {
      this.#end = undefined;
      throw error;
    }
  }

  #set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  #endAfter(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#source.used?.(false);
      this.#end?.();
      this.#end = undefined;
      this.#value = this.#source.initial;
    }, delayMs);
    // Under Node (a server's rendering, a test) a view keeps no process alive.
    (this.#timer as { unref?: () => void }).unref?.();
  }
}
