/** What a session needs of the instance it runs in. */
import type { CursorCodec, FaultCode, Notice, Present, ReplicaId, Runtime, SpaceId, WireKey } from "@holdfast/core/engine";
import type { Access, Awaitable, LogEntry, Principal } from "../options.ts";
import type { ServerEvent } from "../observe.ts";
import type { RateCost } from "../overload/rate-gate.ts";
import { type Refused, refusedTexts } from "../overload/refused.ts";
import type { Job } from "../pipeline/lanes.ts";
import type { PageSource } from "../stream/read-page.ts";

/** News of one space, for all who follow it. */
export interface PokeRound {
  /** In order, each following on the one before; only the first may come without its changes. At least one. */
  readonly parts: readonly Notice[];
  /** Whoever has to ask does so after a random part of this. 0: at once. */
  readonly withinMs: number;
  /** Pokes of this round by what they depend on, so that a thousand followers cost one encoding (F71). */
  readonly encoded: Map<number, Uint8Array>;
}

/** A session, as the instance knows it. */
export interface SessionHandle {
  readonly replica: ReplicaId | undefined;
  readonly opening: Uint8Array | undefined;
  poke(round: PokeRound): void;
  /** As carried. */
  tellPresence(carried: Uint8Array): void;
  /** Looked at once in a while: expired, or silent for too long? */
  check(nowMs: number): void;
  /** Resolves when everything received has been answered. */
  settled(): Promise<void>;
  /** Tells why, and closes. */
  end(fault: SessionFault): void;
  close(): void;
}

export interface SessionHost extends PageSource {
  readonly epoch: ReplicaId;
  readonly runtime: Runtime;
  readonly schemaVersion: number;
  /** What a space's clock is at least, also of one that a backup did not know: what is written from now on is told from what was before (trap 6). */
  readonly lamportMin: number;
  readonly keys: readonly WireKey[];
  readonly authenticate: (token: string) => Awaitable<Principal | null>;
  readonly accessOf: (principal: Principal, space: SpaceId) => Awaitable<Access>;
  readonly codecOf: (space: SpaceId) => CursorCodec;
  readonly log: (entry: LogEntry) => void;
  /** Undefined: it waits for its turn. */
  readonly submit: (space: SpaceId, job: Job) => Refused | undefined;
  /** Budgets of operations and bytes; undefined where nothing is bounded, so that a push does not wait for the answer. */
  readonly rate: ((cost: RateCost) => Promise<Refused | undefined>) | undefined;
  /** A place in the pool of first syncs, or of those who catch up; what it gives ends the stay. */
  readonly enterPull: (kind: PullKind) => Promise<(() => void) | Refused>;
  readonly observe: (event: ServerEvent) => void;
  /** One live session a replica: an older one is half-open, or will be. True: it is another copy's, and lives (`openings.ts`). */
  readonly greeted: (session: SessionHandle, replica: ReplicaId, principal: Principal) => boolean;
  /** What a welcome says of coming back: 0 for a conversation that holds no connection. */
  readonly reconnectWithinMs: () => number;
  /** A message has come after the welcome. */
  readonly heard: (session: SessionHandle) => void;
  /** Shown to who else follows the space; undefined: nothing any more. */
  readonly show: (session: SessionHandle, space: SpaceId, present: Present) => void;
  /** Who is there now, for who has just come; undefined: nothing is ever shown here. */
  readonly presenceOf: (space: SpaceId) => Uint8Array | undefined;
  readonly follow: (session: SessionHandle, space: SpaceId) => void;
  readonly unfollow: (session: SessionHandle, space: SpaceId) => void;
  readonly ended: (session: SessionHandle) => void;
}

export type PullKind = "first-sync" | "catch-up";

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

export function refusedFault({ reason, retryAfterMs }: Refused): SessionFault {
  return new SessionFault("overloaded", refusedTexts[reason], retryAfterMs);
}
