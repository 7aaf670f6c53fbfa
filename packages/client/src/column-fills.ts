/**
 * After a change of schema columns are filled in the background, slice by slice (`store/fill.ts`). A disk that is full or fails ends an attempt,
 * never the process: it is tried again, and meanwhile nobody reads columns that are half filled.
 */
import { HoldfastError } from "@holdfast/core";
import { everything } from "./apply/outcome.ts";
import type { ReplicaContext } from "./context.ts";
import { fillSlice } from "./store/fill.ts";
import type { WorkQueue } from "./write/work-queue.ts";

export interface ColumnFills {
  /** For one read: undefined when the columns are filled. Rejects with what the disk said, from a failed attempt to the next. Empty: all collections. */
  attempted(collection: string): Promise<void> | undefined;
  /** For a live query: resolves when the columns are filled, however often the disk fails first, or when the replica ends. */
  filled(collection: string): Promise<void>;
  stop(): void;
}

interface Fill {
  attempt: Promise<void>;
  readonly done: Promise<void>;
}

/** `stop` hears of a defect. */
export function fillColumns(
  context: ReplicaContext,
  queue: WorkQueue,
  collections: readonly string[],
  stop: (defect: unknown) => void,
): ColumnFills {
  const fills = new Map<string, Fill>();
  const pauses = new Set<() => void>();
  for (const collection of collections) begin(collection);

  function begin(collection: string): void {
    const fill: Fill = { attempt: fillOnce(collection), done: Promise.resolve().then(() => persist(collection, fill)) };
    // Heard by whoever reads meanwhile; maybe by nobody.
    fill.attempt.catch(ignore);
    fills.set(collection, fill);
  }

  async function persist(collection: string, fill: Fill): Promise<void> {
    for (;;) {
      try {
        await fill.attempt;
        fills.delete(collection);
        return;
      } catch (error) {
        if (!(error instanceof HoldfastError && error.origin === "disk")) return stop(error);
      }
      await pause();
      if (context.phase !== "open") return;
      fill.attempt = fillOnce(collection);
      fill.attempt.catch(ignore);
    }
  }

  async function fillOnce(collection: string): Promise<void> {
    let done = false;
    while (!done && context.phase === "open")
      await queue.job(() => void (done = fillSlice(context.store, collection, context.limits.fillSliceRowsMax)));
  }

  function pause(): Promise<void> {
    if (context.phase !== "open") return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        pauses.delete(end);
        resolve();
      };
      const cancel = context.runtime.setTimer(context.limits.fillRetryMs, end);
      pauses.add(end);
    });
  }

  const chosen = (collection: string): readonly Fill[] => {
    if (collection === everything) return [...fills.values()];
    const fill = fills.get(collection);
    return fill === undefined ? [] : [fill];
  };
  return {
    attempted(collection) {
      const waiting = chosen(collection);
      return waiting.length === 0 ? undefined : Promise.all(waiting.map(({ attempt }) => attempt)).then(ignore);
    },
    filled: (collection) => Promise.all(chosen(collection).map(({ done }) => done)).then(ignore),
    stop() {
      for (const end of pauses) end();
    },
  };
}

function ignore(): void {}
