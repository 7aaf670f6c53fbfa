/** Replicas in browsers: the page's side. The other, in a worker, is `@holdfast/client/web/worker`. */
import type { AnySchema } from "@holdfast/core";
import { callerError } from "@holdfast/core/engine";
import type { Replica } from "../replica.ts";
import type { WebReplicaOptions } from "./options.ts";
import { openPageReplica } from "./page/page-replica.ts";

export { type TabLimits, tabDefaults } from "./limits.ts";
export type { WebReplicaOptions } from "./options.ts";
export type { WorkerLike } from "./platform.ts";
export type * from "../index.ts";

/**
 * Settles within `openMsMax`: with a replica, which is ephemeral where the browser has no storage (`status().durability`), or with a
 * `HoldfastError`. Throws what a replica's opening throws, and `store-locked` where the tab that has the store does not answer.
 */
export async function openReplica<S extends AnySchema>(options: WebReplicaOptions<S>): Promise<Replica<S>> {
  if (typeof options.name !== "string" || options.name === "")
    throw callerError("invalid-option", "A store needs a name.", "Pass `name`: all tabs with that name share one replica.");
  return openPageReplica(options);
}
