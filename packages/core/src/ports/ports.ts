/** What the shells must provide. Types only: the core never calls a clock, a timer, a socket or a disk. */

export type SqlValue = null | number | bigint | string | Uint8Array;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/**
 * SQLite, synchronously: a step of the engine is atomic. Statements are cached by their text.
 * Integers beyond 2^53 are bound and read as bigint, never rounded: `all` gives a bigint for those and a number for the rest.
 * Faults are thrown as `HoldfastError` of origin `disk`.
 */
export interface SqlitePort {
  run(sql: string, parameters?: readonly SqlValue[]): void;
  all(sql: string, parameters?: readonly SqlValue[]): readonly SqlRow[];
  /** BEGIN IMMEDIATE … COMMIT, synced before it returns; ROLLBACK and rethrow if `body` throws. Not re-entrant. */
  transaction<T>(body: () => T): T;
  close(): void;
}

/** Everything that differs from run to run comes from here, so that the simulator can own it. */
export interface Runtime {
  /** Monotonic; only differences mean anything. */
  nowMs(): number;
  /** The wall clock: shown to people, never compared. */
  wallMs(): number;
  /** Cryptographic; throws where the host has none. */
  randomBytes(length: number): Uint8Array;
  /** Uniform in [0, 1): jitter. */
  random(): number;
  setTimer(delayMs: number, run: () => void): () => void;
}

/** What a transport says about its link; every way to fail is a value. */
export type TransportFault =
  | { readonly type: "unreachable"; readonly detail: string }
  | { readonly type: "timeout"; readonly detail: string }
  /** The far side is not a Holdfast server: a captive portal, an HTML page with status 200 (F19). */
  | { readonly type: "not-a-server"; readonly detail: string }
  /** A cache on the way gives what r0 said to an earlier request, whatever r0 says of keeping (F09). */
  | { readonly type: "stale-intermediary"; readonly detail: string }
  /** 429, 5xx. */
  | { readonly type: "unavailable"; readonly detail: string; readonly retryAfterMs: number | undefined }
  | { readonly type: "closed"; readonly detail: string };

/** One conversation over one connection. Each call of `send` is one message; order is kept; nothing is promised about arrival. */
export interface Connection {
  send(message: Uint8Array): void;
  close(): void;
}

export interface ConnectionEvents {
  opened(): void;
  message(bytes: Uint8Array): void;
  /** Exactly once, also after a failed opening, and never after our own `close`. */
  closed(fault: TransportFault): void;
  /** Over HTTP, before the messages of each reply: to r0 every request is a conversation of its own, and what the handshake taught begins anew. */
  exchange?(): void;
}

export interface TransportPort {
  /** Never throws and never settles synchronously. */
  connect(events: ConnectionEvents): Connection;
}
