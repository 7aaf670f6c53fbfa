/**
 * One thing at a time: the lock under which everything that changes a replica runs. Writes that wait together share one commit
 * (group commit); jobs (a page, an acknowledgement, a fork) run alone, in the order in which they came.
 */
import { HoldfastError } from "@holdfast/core";
import type { Runtime } from "@holdfast/core/engine";

export interface QueuedWrite {
  /** Runs the callback and stages its effect; throws to refuse this write alone. */
  readonly stage: () => void | Promise<void>;
  /** After the commit. */
  readonly committed: () => void;
  readonly failed: (error: unknown) => void;
}

export interface WriteBatch {
  /** Commits what was staged since the last call; throws if the disk did not take it. */
  readonly commit: () => void | Promise<void>;
  /** Drops what was staged: the commit failed. */
  readonly drop: (error: unknown) => void;
  /** After the promises of the batch: live queries. */
  readonly announce: () => void;
}

export interface QueueLimits {
  readonly writesPerCommitMax: number;
  readonly callbackMsMax: number;
  /** Work goes on so long without letting the host's other events in. */
  readonly turnMsMax: number;
}

type Item =
  | { readonly type: "write"; readonly write: QueuedWrite }
  | {
      readonly type: "job";
      readonly run: () => void | Promise<void>;
      readonly resolve: () => void;
      readonly reject: (error: unknown) => void;
    };

export class WorkQueue {
  readonly #runtime: Runtime;
  readonly #batch: WriteBatch;
  readonly #limits: QueueLimits;
  readonly #defer: (run: () => void) => void;
  #items: Item[] = [];
  #head = 0;
  #draining: Promise<void> | undefined;
  /** When the host's events were last let in. */
  #turnMs = 0;

  constructor(runtime: Runtime, batch: WriteBatch, limits: QueueLimits, defer: (run: () => void) => void) {
    this.#runtime = runtime;
    this.#defer = defer;
    this.#batch = batch;
    this.#limits = limits;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  write(write: QueuedWrite): void {
    this.#push({ type: "write", write });
  }

  /** Resolves when the job has run; rejects with what it threw. */
  job(run: () => void | Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => this.#push({ type: "job", run, resolve, reject }));
  }

  /** Resolves when everything that is queued now, and what it queues, is done. */
  async idle(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining;
  }

  #push(item: Item): void {
    this.#items.push(item);
    this.#draining ??= this.#drain();
  }

  #take(): Item | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) {
      this.#items = [];
      this.#head = 0;
      return undefined;
    }
    this.#items[this.#head++] = undefined as unknown as Item;
    return item;
  }

  async #drain(): Promise<void> {
    // Two turns of the microtask queue: writers whose promises were resolved together ask again together, and share a commit.
    await Promise.resolve();
    await Promise.resolve();
    await this.#letOthersIn();
    try {
      for (let item = this.#take(); item !== undefined; item = this.#take()) {
        if (item.type === "job") await this.#runJob(item);
        else await this.#runWrites(item.write);
        await this.#letOthersIn();
      }
    } finally {
      this.#draining = undefined;
    }
  }

  /** Writers that ask again as soon as they are answered would keep timers and sockets waiting for ever: promises come before both. */
  #letOthersIn(): Promise<void> | undefined {
    const nowMs = this.#runtime.nowMs();
    if (nowMs - this.#turnMs < this.#limits.turnMsMax) return undefined;
    return new Promise((resolve) =>
      this.#defer(() => {
        this.#turnMs = this.#runtime.nowMs();
        resolve();
      }),
    );
  }

  async #runJob(item: Extract<Item, { type: "job" }>): Promise<void> {
    try {
      await item.run();
      item.resolve();
    } catch (error) {
      item.reject(error);
    }
  }

  async #runWrites(first: QueuedWrite): Promise<void> {
    const staged: QueuedWrite[] = [];
    let write: QueuedWrite | undefined = first;
    for (; write !== undefined; write = this.#nextWrite(staged.length)) {
      try {
        const staging = write.stage();
        if (staging !== undefined) await this.#within(staging);
        staged.push(write);
      } catch (error) {
        write.failed(error);
      }
      // The last of the queue: those who were resolved together may be one turn behind.
      if (this.length === 0) await Promise.resolve();
    }
    if (staged.length === 0) return;
    try {
      const committing = this.#batch.commit();
      if (committing !== undefined) await committing;
    } catch (error) {
      this.#batch.drop(error);
      for (const each of staged) each.failed(error);
      return;
    }
    for (const each of staged) each.committed();
    this.#batch.announce();
  }

  #nextWrite(stagedCount: number): QueuedWrite | undefined {
    const next = this.#items[this.#head];
    if (next?.type !== "write" || stagedCount >= this.#limits.writesPerCommitMax) return undefined;
    this.#take();
    return next.write;
  }

  /** A callback that never settles would hold the lock for ever. */
  #within(staging: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#runtime.setTimer(this.#limits.callbackMsMax, () =>
        reject(
          new HoldfastError("timeout", `The write's callback did not settle in ${this.#limits.callbackMsMax} ms.`, {
            origin: "caller",
            retry: true,
            advice: "Await nothing slow inside a write: all others wait for it.",
          }),
        ),
      );
      staging.then(
        () => {
          cancel();
          resolve();
        },
        (error: unknown) => {
          cancel();
          reject(error);
        },
      );
    });
  }
}
