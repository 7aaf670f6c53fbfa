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

export interface WorkQueue {
  readonly length: number;
  write(write: QueuedWrite): void;
  /** Resolves when the job has run; rejects with what it threw. */
  job(run: () => void | Promise<void>): Promise<void>;
  /** Resolves when everything that is queued now, and what it queues, is done. */
  idle(): Promise<void>;
}

export function createWorkQueue(runtime: Runtime, batch: WriteBatch, limits: QueueLimits, defer: (run: () => void) => void): WorkQueue {
  let items: Item[] = [];
  let head = 0;
  let draining: Promise<void> | undefined;
  /** When the host's events were last let in. */
  let turnMs = 0;

  function push(item: Item): void {
    items.push(item);
    draining ??= drain();
  }

  function take(): Item | undefined {
    const item = items[head];
    if (item === undefined) {
      items = [];
      head = 0;
      return undefined;
    }
    items[head++] = undefined as unknown as Item;
    return item;
  }

  async function drain(): Promise<void> {
    // Two turns of the microtask queue: writers whose promises were resolved together ask again together, and share a commit.
    await Promise.resolve();
    await Promise.resolve();
    await letOthersIn();
    try {
      for (let item = take(); item !== undefined; item = take()) {
        if (item.type === "job") await runJob(item);
        else await runWrites(item.write);
        await letOthersIn();
      }
    } finally {
      draining = undefined;
    }
  }

  /** Writers that ask again as soon as they are answered would keep timers and sockets waiting for ever: promises come before both. */
  function letOthersIn(): Promise<void> | undefined {
    const nowMs = runtime.nowMs();
    if (nowMs - turnMs < limits.turnMsMax) return undefined;
    return new Promise((resolve) =>
      defer(() => {
        turnMs = runtime.nowMs();
        resolve();
      }),
    );
  }

  async function runJob(item: Extract<Item, { type: "job" }>): Promise<void> {
    try {
      await item.run();
      item.resolve();
    } catch (error) {
      item.reject(error);
    }
  }

  async function runWrites(first: QueuedWrite): Promise<void> {
    const staged: QueuedWrite[] = [];
    let write: QueuedWrite | undefined = first;
    for (; write !== undefined; write = nextWrite(staged.length)) {
      try {
        const staging = write.stage();
        if (staging !== undefined) await within(staging);
        staged.push(write);
      } catch (error) {
        write.failed(error);
      }
      // The last of the queue: those who were resolved together may be one turn behind.
      if (items.length === head) await Promise.resolve();
    }
    if (staged.length === 0) return;
    try {
      const committing = batch.commit();
      if (committing !== undefined) await committing;
    } catch (error) {
      batch.drop(error);
      for (const each of staged) each.failed(error);
      return;
    }
    for (const each of staged) each.committed();
    batch.announce();
  }

  function nextWrite(stagedCount: number): QueuedWrite | undefined {
    const next = items[head];
    if (next?.type !== "write" || stagedCount >= limits.writesPerCommitMax) return undefined;
    take();
    return next.write;
  }

  /** A callback that never settles would hold the lock for ever. */
  function within(staging: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = runtime.setTimer(limits.callbackMsMax, () =>
        reject(
          new HoldfastError("timeout", `The callback did not settle in ${limits.callbackMsMax} ms.`, {
            origin: "caller",
            retry: true,
            advice: "Await nothing slow in a write.",
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
  return {
    get length() {
      return items.length - head;
    },
    write: (write) => push({ type: "write", write }),
    job: (run) => new Promise((resolve, reject) => push({ type: "job", run, resolve, reject })),
    async idle() {
      while (draining !== undefined) await draining;
    },
  };
}
