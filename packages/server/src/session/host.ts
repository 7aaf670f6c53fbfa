/** What a session needs of the instance it runs in. */
import type { CursorCodec, FaultCode, Notice, ReplicaId, Runtime, SpaceId, WireKey } from "@holdfast/core/engine";
import type { Access, Awaitable, LogEntry, Principal } from "../options.ts";
import type { Job } from "../pipeline/lanes.ts";
import type { PageSource } from "../stream/read-page.ts";

/** A session, as the instance knows it. */
export interface SessionHandle {
  readonly replica: ReplicaId | undefined;
  readonly opening: Uint8Array | undefined;
  poke(notice: Notice, encoded: Map<number, Uint8Array>): void;
  /** Looked at once in a while: expired, or silent for too long? */
  check(nowMs: number): void;
  /** Tells why, and closes. */
  end(fault: SessionFault): void;
  close(): void;
}

export interface SessionHost extends PageSource {
  readonly epoch: ReplicaId;
  readonly runtime: Runtime;
  readonly schemaVersion: number;
  readonly keys: readonly WireKey[];
  readonly authenticate: (token: string) => Awaitable<Principal | null>;
  readonly accessOf: (principal: Principal, space: SpaceId) => Awaitable<Access>;
  readonly codecOf: (space: SpaceId) => CursorCodec;
  readonly log: (entry: LogEntry) => void;
  /** False: too many wait already. */
  readonly submit: (space: SpaceId, job: Job) => boolean;
  /** One live session a replica: an older one is half-open, or will be. True: it is another copy's, and lives (`openings.ts`). */
  readonly greeted: (session: SessionHandle, replica: ReplicaId) => boolean;
  /** A message has come after the welcome. */
  readonly heard: (session: SessionHandle) => void;
  readonly follow: (session: SessionHandle, space: SpaceId) => void;
  readonly unfollow: (session: SessionHandle, space: SpaceId) => void;
  readonly ended: (session: SessionHandle) => void;
}

/** The bytes' way out. */
export interface SessionLink {
  send(carried: Uint8Array): void;
  /** What the other end has not taken yet. */
  bufferedBytes(): number;
  close(): void;
}

/** Ends a request or the session, told as a `fault`. */
export class SessionFault extends Error {
  override readonly name = "SessionFault";
  readonly code: FaultCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: FaultCode, message: string, retryAfterMs?: number) {
    super(message);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}
