/** A tab's own worker: started, ended, and found dead. Each is another one: what an earlier one still says is nobody's business. */
import { HoldfastError } from "@holdfast/core";
import type { Runtime } from "@holdfast/core/engine";
import { locksOf, type WorkerLike } from "../platform.ts";
import { type ErrorData, errorToData } from "../protocol/error-data.ts";
import { type WorkerCommand, workerLock } from "../protocol/names.ts";

export interface TabWorkerParts {
  readonly store: string;
  readonly tab: string;
  readonly create: () => WorkerLike;
  readonly start: Pick<Extract<WorkerCommand, { readonly type: "start" }>, "schema" | "options">;
  readonly owner: (term: string) => void;
  readonly envelope: (data: unknown) => void;
  readonly failed: (error: ErrorData) => void;
  readonly begun: () => void;
  readonly died: () => void;
}

interface Running {
  readonly worker: WorkerLike;
  readonly name: string;
  readonly abort: AbortController;
  started: boolean;
  stopped: (() => void) | undefined;
}

export class TabWorker {
  readonly #parts: TabWorkerParts;
  #running: Running | undefined;
  #count = 0;

  constructor(parts: TabWorkerParts) {
    this.#parts = parts;
  }

  start(): void {
    const { create, failed, store, tab, start } = this.#parts;
    if (this.#running !== undefined) return;
    let worker: WorkerLike;
    try {
      worker = create();
    } catch (error) {
      failed(notStarted(error));
      return;
    }
    const running: Running = { worker, name: `${tab}-${++this.#count}`, abort: new AbortController(), started: false, stopped: undefined };
    this.#running = running;
    worker.addEventListener("message", (event: { readonly data: unknown }) => {
      if (this.#running === running) this.#hear(running, event.data);
    });
    // A worker whose script does not load says so; one that has started answers for its errors itself.
    worker.addEventListener("error", (event: { readonly message?: string }) => {
      if (this.#running === running && !running.started) failed(notStarted(event.message ?? "its script did not load"));
    });
    this.post({ type: "start", store, tab, worker: running.name, ...start } satisfies WorkerCommand);
  }

  #hear(running: Running, data: unknown): void {
    if (typeof data !== "object" || data === null) return;
    if ("protocol" in data) return this.#parts.envelope(data);
    const message = data as { readonly type: string; readonly term?: string; readonly error?: ErrorData };
    if (message.type === "started") {
      running.started = true;
      this.#parts.begun();
      this.#watch(running);
    } else if (message.type === "owner") this.#parts.owner(message.term ?? "");
    else if (message.type === "failed" && message.error !== undefined) this.#parts.failed(message.error);
    else if (message.type === "stopped") running.stopped?.();
  }

  /** It holds this lock while it lives. */
  #watch(running: Running): void {
    void locksOf()
      ?.request(workerLock(this.#parts.store, running.name), { signal: running.abort.signal }, () => {
        if (this.#running === running) this.#parts.died();
      })
      .catch(() => undefined);
  }

  post(message: unknown): void {
    this.#running?.worker.postMessage(message);
  }

  seek(): void {
    this.post({ type: "seek", tab: this.#parts.tab } satisfies WorkerCommand);
  }

  /** At once: what it has acknowledged is on disk, and what it has not will be asked of the next. */
  end(): void {
    const running = this.#running;
    this.#running = undefined;
    running?.abort.abort();
    running?.worker.terminate();
  }

  /** Lets it close the store first. */
  async stop(runtime: Runtime, msMax: number): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    await new Promise<void>((resolve) => {
      const cancel = runtime.setTimer(msMax, resolve);
      running.stopped = () => {
        cancel();
        resolve();
      };
      this.post({ type: "stop" } satisfies WorkerCommand);
    });
    this.end();
  }
}

function notStarted(cause: unknown): ErrorData {
  return errorToData(
    new HoldfastError("store-failed", `The replica's worker did not start: ${cause instanceof Error ? cause.message : String(cause)}.`, {
      origin: "caller",
      retry: true,
      advice: "Look whether the worker's file is served, and cached for when there is no network.",
      cause,
    }),
  );
}
