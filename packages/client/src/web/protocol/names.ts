/** Names that all tabs of one store agree on. */
import type { SchemaIdentity } from "./decide-attach.ts";

/** Held by the owner of the store for as long as it has the files open. */
export const ownerLock = (store: string): string => `holdfast:${store}:owner`;
/** Held by a tab while it is awake: an owner that is granted it knows that the tab is gone. */
export const tabLock = (store: string, tab: string): string => `holdfast:${store}:tab:${tab}`;
/** Held by a worker while it lives: its page is granted it when the worker has died. */
export const workerLock = (store: string, worker: string): string => `holdfast:${store}:worker:${worker}`;
/** Of all tabs. */
export const rollCallChannel = (store: string): string => `holdfast:${store}`;
/** Between one tab and the owner. */
export const tabChannel = (store: string, tab: string): string => `holdfast:${store}:tab:${tab}`;

/** From a page to its own worker, before and beside what it says to the owner. */
export type WorkerCommand =
  | {
      readonly type: "start";
      readonly store: string;
      readonly tab: string;
      readonly worker: string;
      readonly schema: SchemaIdentity;
      readonly options: WorkerOptions;
    }
  | { readonly type: "seek"; readonly tab: string }
  | { readonly type: "stop" };

/** What of `openReplica`'s options can be copied to another thread. */
export interface WorkerOptions {
  readonly server: string | undefined;
  readonly user: string | undefined;
  readonly limits: object | undefined;
  readonly sync: object | undefined;
  readonly tabLimits: object | undefined;
}
