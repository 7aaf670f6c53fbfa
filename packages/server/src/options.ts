/** What an app tells r0. */
import type {
  AnySchema,
  Bus,
  IntentName,
  IntentOutput,
  Runtime,
  ServerStore,
  SpaceId,
  Value,
  WriteTransaction,
} from "@holdfast/core/engine";
import type { Decision } from "./decision.ts";
import type { ServerLimits } from "./limits.ts";
import type { ServerEvent } from "./observe.ts";
import type { Rates } from "./overload/rate-gate.ts";
import type { RateLimits } from "./rate-limits/rate-limits.ts";

export type Awaitable<T> = T | Promise<T>;

/** Who is at the other end. The app may add what its callbacks need. */
export interface Principal {
  /** Stable for ever: replicas are bound to it. */
  readonly id: string;
  /** Milliseconds since 1970: the session ends then, unless a fresh token came. */
  readonly expiresAtMs?: number | undefined;
}

export type Access = "none" | "read" | "write";

/** One operation, as an authorization rule sees it. */
export interface OperationView {
  readonly space: SpaceId;
  readonly collection: string;
  readonly record: string;
  /** `create` is the first operation on a record that r0 does not hold. */
  readonly type: "create" | "change" | "delete";
  /** Empty for an operation on the record itself. */
  readonly field: string;
  readonly kind: string;
  /** The values in it: a register's new value, a set's or list's elements. */
  readonly values: readonly Value[];
}

/** The record before the operation, with what this transaction has already done to it; `undefined` if it is not there. */
export type RecordView = Readonly<Record<string, Value>> & { readonly id: string };

export interface Authorize<P extends Principal> {
  readonly space: (principal: P, space: SpaceId) => Awaitable<Access>;
  readonly operation?: (principal: P, operation: OperationView, record: RecordView | undefined) => Awaitable<Decision>;
}

/** Decides one kind of intent. No other change of the space comes in between; what `tx` writes happens if it accepts. */
export type Arbiter<S extends AnySchema, P extends Principal, N extends IntentName<S>> = (
  tx: WriteTransaction<S>,
  input: IntentOutput<S, N>,
  principal: P,
) => Awaitable<Decision>;

export type Arbiters<S extends AnySchema, P extends Principal> = { readonly [N in IntentName<S>]: Arbiter<S, P, N> };

export interface LogEntry {
  readonly level: "info" | "warn" | "error";
  readonly event: string;
  readonly detail: string;
  readonly error?: unknown;
}

/**
 * `accept`: it comes back, under its own dots. `quarantine`: it stays pending on the devices, which push nothing more in that space until the
 * operator has chosen one of the others. `refuse`: each such transaction is refused, as `restored-without`: a dead letter on its device, which
 * its user may repeat.
 */
export type RestoredPolicy = "accept" | "quarantine" | "refuse";

export interface ServerOptions<S extends AnySchema, P extends Principal> {
  readonly schema: S;
  readonly store: ServerStore;
  /** A principal, or null for a token that is not valid. Throwing means "cannot tell now": the client tries again. */
  readonly authenticate: (token: string) => Awaitable<P | null>;
  readonly authorize: Authorize<P>;
  /** One for each intent of the schema. */
  readonly arbiters?: Arbiters<S, P>;
  readonly bus?: Bus;
  readonly limits?: Partial<ServerLimits>;
  /** In a store that was restored from a backup: what becomes of what devices wrote before they heard of that. `accept` unless told. */
  readonly restored?: RestoredPolicy;
  /** What a principal, a space and the whole may send; nothing is bounded unless told. */
  readonly rates?: Rates;
  /** Where that is counted: in this instance's memory by default, so that each instance allows as much. The server closes it. */
  readonly rateLimits?: RateLimits;
  readonly runtime?: Runtime;
  readonly log?: (entry: LogEntry) => void;
  /** Told of everything that happens, as it happens: `createMetrics` counts it for Prometheus. */
  readonly observe?: (event: ServerEvent) => void;
  /** Wakes devices that are asleep when something has changed for them: `wakeUps({ gateway, … })`. */
  readonly push?: WakeUps<P>;
  /** Runs after what has arrived was read; `setImmediate` by default. */
  readonly defer?: (run: () => void) => void;
}

/** Made by `wakeUps`. */
export interface WakeUps<P extends Principal> {
  readonly start: (host: WakerHost) => Waker<P>;
}

export interface WakerHost {
  readonly runtime: Runtime;
  readonly rateLimits: RateLimits;
  readonly callbackMsMax: number;
  readonly log: (entry: LogEntry) => void;
}

export interface Waker<P extends Principal> {
  /** A session has begun; what it gives back is called when that ends. */
  arrived(principal: P): () => void;
  /** Something was committed here. */
  changed(space: SpaceId): void;
  stop(): Promise<void>;
}
