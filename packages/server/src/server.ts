/** A server, as its program sees it. */
import type { AnySchema, SpaceId, WriteTransaction } from "@holdfast/core/engine";
import type { ChangePage, ChangesOptions } from "./feed/follow-changes.ts";
import type { Listening } from "./http/listen.ts";
import type { ServerGauges } from "./observe.ts";
import type { Awaitable } from "./options.ts";
import type { Readiness } from "./overload/readiness.ts";
import type { SessionLink } from "./session/host.ts";
import type { Session } from "./session/session.ts";
import type { StoredReport } from "./stream/inspect-space.ts";

export interface Server<S extends AnySchema> {
  /** Port 0 takes a free one. Resolves when connections are accepted. */
  listen(options: { readonly port: number; readonly host?: string }): Promise<Listening>;
  space(id: SpaceId): ServerSpace<S>;
  /** Every committed change, at least once, for other systems: see `ChangesOptions`. Throws `cursor-expired` where compaction has overtaken the follower. */
  changes(options?: ChangesOptions): AsyncGenerator<ChangePage, void, void>;
  /** SHA-256 of the space's state: equal to a replica's that holds the same operations. */
  digest(space: SpaceId): Promise<string>;
  inspect(space: SpaceId): Promise<SpaceReport>;
  /**
   * At once, what happens by itself in the background: drops the stream but for the last `keep` changes, and collects the tombstones behind
   * them. Who is further behind gets a snapshot.
   */
  compact(space: SpaceId, keep: number): Promise<void>;
  /** A conversation over any link: what `listen` does for sockets, for tests and other hosts. */
  connect(link: SessionLink): Promise<Session>;
  /** Whether a load balancer should send anybody here. */
  readiness(): Promise<Readiness>;
  gauges(): ServerGauges;
  /**
   * Before a planned `close`: `/ready` says no, then no connection is taken, and the devices are sent away one by one over
   * `limits.drainMsMax`, each when its pushes are answered. Resolves when all have gone or the time is up.
   */
  drain(): Promise<void>;
  /** Accepts nothing more, answers what it has taken, tells the clients, and closes the store. */
  close(): Promise<void>;
}

export interface ServerSpace<S extends AnySchema> {
  /** Resolves with the callback's value when it is durable. The callback may run again if a commit that it shared has failed. */
  write<T>(change: (tx: WriteTransaction<S>) => Awaitable<T>): Promise<T>;
}

export interface SpaceReport extends StoredReport {
  /** Since this instance started, over all spaces. */
  readonly counts: ServerCounts;
}

export interface ServerCounts {
  readonly turns: number;
  readonly transactions: number;
  readonly conflicts: number;
  readonly refused: number;
  readonly sessions: number;
}
