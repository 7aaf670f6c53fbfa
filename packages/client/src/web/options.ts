/** What `openReplica` takes in a browser. */
import type { AnySchema } from "@holdfast/core";
import type { ReplicaOptions } from "../options.ts";
import type { TabLimits } from "./limits.ts";
import type { WorkerLike } from "./platform.ts";

export interface WebReplicaOptions<S extends AnySchema> extends ReplicaOptions<S> {
  /** The store, one of the origin's. Every tab that names it works with the same replica. */
  readonly name: string;
  /** r0's address, `http:` or `https:`. Without it the replica stays by itself. */
  readonly server?: string;
  /** Makes the app's own worker, whose file calls `serveReplica` with the same schema. Called again when one has ended. */
  readonly worker: () => WorkerLike;
  /** Whether the browser is asked to keep the store until the user removes it. Some ask the user. `ask` by default. */
  readonly persist?: "ask" | "never";
  /** A cookie of some 50 bytes that tells a lost store from a new one. `none`: it is not written, and nobody can tell. */
  readonly marker?: "cookie" | "none";
  readonly tabLimits?: Partial<TabLimits>;
}
