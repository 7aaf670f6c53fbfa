/**
 * The worker of an app that lives in a browser, in a file of the app's own, because its schema holds code:
 *
 *     import { serveReplica } from "@holdfast/client/web/worker";
 *     serveReplica({ schema });
 *
 * Each tab has one. It waits for the store's lock; the one that has it opens the store and serves all tabs (TAB1).
 */
import { type AnySchema, HoldfastError } from "@holdfast/core";
import type { Runtime } from "@holdfast/core/engine";
import { browserRuntime } from "./browser-runtime.ts";
import { tabDefaults } from "./limits.ts";
import { Owner } from "./owner/owner.ts";
import { locksOf } from "./platform.ts";
import { errorToData } from "./protocol/error-data.ts";
import { ownerLock, type WorkerCommand, workerLock } from "./protocol/names.ts";
import { loadSqlite } from "./storage/load-sqlite.ts";
import { openStorage, type Storage } from "./storage/open-storage.ts";
import { callerError } from "@holdfast/core/engine";

export { browserRuntime } from "./browser-runtime.ts";
export { loadSqlite } from "./storage/load-sqlite.ts";
export type { SyncAccessHandle } from "./platform.ts";
export { openStorage, type Storage, storageOver } from "./storage/open-storage.ts";
export { createStatements, type Statements } from "./storage/statements.ts";
export { type StoreFile, storeFiles, type StoreHandles } from "./storage/opfs-vfs.ts";

export interface ServeOptions<S extends AnySchema> {
  readonly schema: S;
  /** Clocks, randomness and timers, for tests and demonstrations. */
  readonly runtime?: Runtime;
}

type StartCommand = Extract<WorkerCommand, { readonly type: "start" }>;

interface WorkerScope {
  postMessage(message: unknown): void;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
}

/** Called once, at the top of the worker's file. */
export function serveReplica<S extends AnySchema>({ schema, runtime = browserRuntime }: ServeOptions<S>): void {
  const scope = globalThis as unknown as WorkerScope;
  const sqlite = loadSqlite();
  sqlite.catch(() => undefined);
  let owner: Owner<S> | undefined;
  let tab = "";
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });

  const own = async (command: StartCommand, opened?: Storage): Promise<void> => {
    const { store, options } = command;
    const limits = { ...tabDefaults, ...options.tabLimits };
    try {
      const storage = opened ?? (await openStorage(await sqlite, store, runtime, limits.storageMsMax));
      const next = new Owner({
        schema,
        store,
        runtime,
        storage,
        options,
        limits,
        ownTab: tab,
        postToPage: (message) => scope.postMessage(message),
        outdated: () => void leave(),
        ended: finish,
      });
      try {
        await next.open();
      } catch (error) {
        storage.release();
        throw error;
      }
      owner = next;
    } catch (error) {
      scope.postMessage({ type: "failed", error: errorToData(error) });
      return;
    }
    await finished;
    await owner.close();
  };
  /** Where a browser has no locks: the files themselves can be had by one alone. */
  const ownByTrying = async (command: StartCommand): Promise<void> => {
    const limits = { ...tabDefaults, ...command.options.tabLimits };
    for (;;) {
      try {
        return await own(command, await openStorage(await sqlite, command.store, runtime, limits.storageMsMax));
      } catch (error) {
        if (!(error instanceof HoldfastError) || error.code !== "store-locked") throw error;
      }
    }
  };
  const leave = (): void => {
    scope.postMessage({
      type: "failed",
      error: errorToData(callerError("store-mismatch", "A tab with a newer version of the app has taken the store.", "Reload this page.")),
    });
    finish();
  };

  scope.onmessage = ({ data }) => {
    const command = data as WorkerCommand | { readonly protocol: number };
    if ("protocol" in command) {
      owner?.receive(tab, command);
      return;
    }
    if (command.type === "stop") {
      finish();
      if (owner === undefined) scope.postMessage({ type: "stopped" });
      return;
    }
    if (command.type === "seek") {
      if (owner !== undefined) scope.postMessage({ type: "owner", term: owner.term });
      return;
    }
    tab = command.tab;
    const locks = locksOf();
    const begun = (): void => scope.postMessage({ type: "started" });
    // Held as long as we live, so that the page learns when we do not; it asks for it only when it has been told that we hold it.
    if (locks === undefined) begun();
    else
      void locks
        .request(workerLock(command.store, command.worker), {}, () => {
          begun();
          return new Promise<never>(() => undefined);
        })
        .catch(() => undefined);
    const owning = locks === undefined ? ownByTrying(command) : locks.request(ownerLock(command.store), {}, () => own(command));
    void owning
      .catch((error: unknown) => scope.postMessage({ type: "failed", error: errorToData(error) }))
      .then(() => scope.postMessage({ type: "stopped" }));
  };
}
