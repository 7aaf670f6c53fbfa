/** The replica as its app sees it: names here are those of the API; what they do is in the modules that they call. */
import type { AnySchema, CollectionName, IntentInput, IntentName, Row, SpaceId, WriteTransaction } from "@holdfast/core";
import type { Conflicts, DeadLetters } from "./conflicts.ts";
import type { Inspection } from "./inspection.ts";
import type { ReplicaEventMap, ReplicaEventName } from "./events.ts";
import type { CollectionQuery } from "./query/collection-query.ts";
import type { OpenText } from "./query/open-text.ts";
import type { SqlTag } from "./query/sql.ts";
import type { DeadLetterPayload } from "./store/dead-letters.ts";
import type { ReplicaStatus } from "./status.ts";
import type { Requested, Written } from "./write/write.ts";

export interface CollectionReader<R> extends CollectionQuery<R> {
  /** `undefined` for a record that is not there. */
  get(id: string): Promise<R | undefined>;
  /** A Yjs text in step with the replica. */
  openText(id: string, field: string): Promise<OpenText>;
}

export type SpaceReader<S extends AnySchema> = { readonly [N in CollectionName<S>]: CollectionReader<Row<S, N>> };

export interface Replica<S extends AnySchema> {
  /** This installation's identity; it changes only when another copy of the file has used it (`forked`). */
  readonly id: string;
  /** Resolves when the write is on disk. Throws before anything has changed if it cannot be kept. */
  write<T>(space: SpaceId, run: (tx: WriteTransaction<S>) => T | Promise<T>): Promise<Written<Awaited<T>>>;
  /** Asks r0 to decide; resolves when the request is on disk and shown provisionally. */
  request<N extends IntentName<S>>(space: SpaceId, intent: N, input: IntentInput<S, N>): Promise<Requested>;
  space(space: SpaceId): SpaceReader<S>;
  readonly sql: SqlTag;
  status(): ReplicaStatus;
  readonly conflicts: Conflicts;
  readonly deadLetters: DeadLetters;
  /** Gives back a function that ends it. A first `refused` listener hears of every refusal that no listener has had. */
  on<N extends ReplicaEventName>(name: N, listener: (event: ReplicaEventMap[N]) => void): () => void;
  /** Resolves when every followed space is in step with r0, rejects when the attempt fails. */
  sync(): Promise<ReplicaStatus>;
  follow(space: SpaceId): Promise<void>;
  /** Refused with `limit-reached` while writes are pending, unless they are to be discarded. */
  unfollow(space: SpaceId, options?: { readonly discard?: boolean }): Promise<void>;
  /** Resolves when nothing is in progress: no connection, no timer, no transaction. Writes go on, and wait to be sent. */
  background(): Promise<void>;
  foreground(): Promise<void>;
  /** The host has a network again: connects at once, unless r0 asked to wait. */
  online(): void;
  /** New credentials: leaves `blocked`. */
  signIn(): void;
  /** Ends the replica. `keep`: the file stays, sealed to its user. `discard`: it is emptied; what was pending is given back. */
  signOut(options: {
    readonly pending: "keep" | "discard";
  }): Promise<readonly { readonly space: SpaceId; readonly payload: DeadLetterPayload }[]>;
  /** Of the confirmed state: equal at every replica and at r0 once they are in step. Reads the whole space. */
  digest(space: SpaceId): Promise<string>;
  /** Why the app sees what it sees: what is pending, and who has written a record. */
  readonly inspect: Inspection;
  /** Writes what is queued, and refuses what comes later. */
  close(): Promise<void>;
}
