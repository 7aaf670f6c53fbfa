/** What `openReplica` takes. */
import type { AnySchema, SpaceId } from "@holdfast/core";
import type { CycleEffect, CycleEvent, CycleLimits, CycleState, Runtime, SqlitePort, TransportPort } from "@holdfast/core/engine";
import type { EphemeralReason } from "./status.ts";
import type { ReplicaLimits } from "./limits.ts";

export interface ReplicaOptions<S extends AnySchema> {
  readonly schema: S;
  /** The spaces to follow, beside those that the file follows already. */
  readonly spaces?: readonly SpaceId[];
  /** A token for r0; asked again whenever one is needed. `refused`: the last one was not accepted. Without it the token is empty. */
  readonly auth?: (request: { readonly refused: boolean }) => Promise<string> | string;
  /** Who the file belongs to. Without it, the first welcome says so, and a file of somebody who has signed out does not open. */
  readonly user?: string;
  readonly limits?: Partial<ReplicaLimits>;
  /** Deadlines, heartbeats and backoff of the sync cycle. */
  readonly sync?: Partial<CycleLimits>;
  /** Errors of the app's own listeners and effects, where nobody awaits them. Written to the console otherwise. */
  readonly onError?: (error: unknown) => void;
}

export interface CycleStep {
  readonly before: CycleState;
  readonly event: CycleEvent;
  readonly after: CycleState;
  readonly effects: readonly CycleEffect[];
}

/** The host's side, filled in by each entry point. */
export interface ReplicaPorts {
  /** Opens the file, new or not; throws `HoldfastError` of origin `disk`. */
  readonly openSqlite: () => SqlitePort;
  /** Undefined: the replica stays by itself. */
  readonly transport: TransportPort | undefined;
  readonly runtime: Runtime;
  /** Of deflate-raw bytes; throws beyond `bytesMax`. */
  readonly inflate: (bytes: Uint8Array, bytesMax: number) => Uint8Array;
  /** Runs something after the host's waiting events: `setImmediate` and its like. */
  readonly defer: (run: () => void) => void;
  /** Whether the host keeps the file until it is asked to remove it. */
  readonly persistent: boolean;
  /** Why there is no disk: everything is in memory, and `status().durability` says so. */
  readonly ephemeral?: EphemeralReason;
  /** Told of every step of the sync machine, for tools that watch an engine from inside: it cannot change anything. */
  readonly observe?: (step: CycleStep) => void;
}
