/**
 * The client's sync cycle as data: its state, events and effects. `step-cycle.ts` is the machine.
 *
 *     stopped ─start─► waiting ─retry─► connecting ─opened─► greeting ─welcome─► live
 *                        ▲                  │                   │                 │
 *                        └──────── closed, deadline, fault ◄────┴─────────────────┘      blocked: needs the app (auth, version, user)
 *
 * What must survive a kill is not in here: cursors, the change log, marks and chains are rows, written by the effects
 * `apply-pushed` and `apply-page` in one SQLite transaction each (paper 5.2, the two transactional points). After a restart
 * the shell builds the state from these rows with `createCycle`, and the machine goes on.
 */
import type { BackoffState } from "../resilience/backoff.ts";
import type { BreakerLimits, BreakerState } from "../resilience/circuit-breaker.ts";
import type { SpaceId } from "../operation/operation.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import type { TransportFault } from "../ports/ports.ts";
import type { ClientMessage, Cursor, ServerMessage } from "../wire/messages.ts";

/** What the store knows of a space: rows, not memory. */
export interface SpaceFacts {
  readonly space: SpaceId;
  readonly cursor: Cursor;
  /** The position that the cursor stands for; 0 before the first page. */
  readonly sequence: number;
  /** The highest counter durably used here by this replica. */
  readonly counter: number;
  /** Every own operation up to here is answered by r0 and settled on disk. */
  readonly settledThrough: number;
  /** A snapshot is being received: pages so far are set aside until the last. */
  readonly bootstrapping: boolean;
  /** r0 said so last; `none` also before the first welcome. */
  readonly access: "unknown" | "none" | "read" | "write";
  /**
   * The replica is about to take a new id, since another copy of its file lives (trap 4). `asking`: what is pending is offered under the old
   * id, and nothing is pulled. `parted`: r0 has said how far it has it, and the rest waits for the new id.
   */
  readonly parting?: "asking" | "parted" | undefined;
  /**
   * r0 has come back from a backup. What is pending may build on what r0 lost, of this replica or of others, and reads have to go on over what it
   * builds on: so it is said again first, and the snapshot that takes the place of the old state is asked for when nothing is pending any more.
   */
  readonly resaying?: boolean;
}

export interface SpaceCycle extends SpaceFacts {
  /** r0's head as last heard. */
  readonly head: number;
  /** This session's welcome for the space is on disk. */
  readonly welcomed: boolean;
  /** Asked and answered in this session, and not doubted since (anti-entropy, a dependency elsewhere). */
  readonly pulled: boolean;
  /** A poke did not follow on what is here: pull at once, whatever else is being applied. */
  readonly behind: boolean;
  /** What is said again has not come to an end for long, though r0 takes it: an app that writes without a pause. The snapshot waits no longer. */
  readonly overdue: boolean;
  /** What r0 has said to wait for another device: the first counter of it; 0 for none. */
  readonly awaits: number;
  /** Parting: r0 knows more under the old id than a cut batch had reached, so that all of what is pending is offered in one. */
  readonly offersAll: boolean;
  readonly push: PushInFlight | undefined;
  readonly pull: PullInFlight | undefined;
  /** Effects with the shell whose `applied` has not come back, oldest first: the shell answers them in this order. */
  readonly applies: readonly ApplyKind[];
  /** Not before this moment is the next push sent: the last one failed. */
  readonly pushNotBeforeMs: number;
  /** Not before this moment is a head asked for that a poke has named to many at once; any other reason to ask does not wait. */
  readonly pullNotBeforeMs: number;
  readonly poison: Poison | undefined;
  /** A transaction that other spaces must reach first holds its page back: space → sequence. */
  readonly waitingFor: ReadonlyMap<SpaceId, number>;
}

export type ApplyKind = "welcome" | "pushed" | "page" | "withdraw";

export interface PushInFlight {
  readonly request: number;
  readonly sinceMs: number;
  /** Transactions in the batch; undefined until the shell has read the log. */
  readonly transactions: number | undefined;
  readonly through: number;
}

export interface PullInFlight {
  readonly request: number;
  readonly sinceMs: number;
  /** What was asked from, and the head that r0 had named by then: a page may not bring less. */
  readonly cursor: Cursor;
  readonly head: number;
  /** Sent before something was heard that its answer may not know: it proves nothing of the head. */
  readonly doubted: boolean;
  /** Of what the space waits for: what r0 does not have either. The answer is not held back by it. */
  readonly released: ReadonlyMap<SpaceId, number>;
}

/** Pushes of the first unanswered transaction that failed while r0 was otherwise well: at either cap it is withdrawn (F10). */
export interface Poison {
  readonly counter: number;
  /** Connections that died on it. */
  readonly closures: number;
  /** Times that r0 said so itself. Counted apart: a bad link must not make of r0's first hiccup the last. */
  readonly failures: number;
  /** The next batch holds at most so many transactions: halved at each failure, until the poison stands alone. */
  readonly batchMax: number;
  /** It failed as a batch of one, or r0 named it: it is this transaction, not one behind it. */
  readonly alone: boolean;
  /** r0 said so itself, rather than that the link died on it. */
  readonly named: boolean;
}

export type Connectivity =
  | { readonly kind: "stopped" }
  /** `notBeforeMs`: r0's `Retry-After`; hurrying does not shorten it. */
  | { readonly kind: "waiting"; readonly untilMs: number; readonly notBeforeMs: number; readonly reason: WaitReason }
  | { readonly kind: "token"; readonly sinceMs: number }
  | { readonly kind: "connecting"; readonly sinceMs: number; readonly token: string }
  | { readonly kind: "greeting"; readonly sinceMs: number }
  | {
      readonly kind: "live";
      /** As the welcome named it. */
      readonly epoch: string;
      readonly sinceMs: number;
      readonly heardMs: number;
      readonly pingSentMs: number | undefined;
      readonly heartbeatMs: number;
      /** As the welcome said: who loses this session sleeps up to so long. */
      readonly reconnectWithinMs: number;
    }
  /** Nothing is sent until the app acts: new credentials, an update, the right user. */
  | { readonly kind: "blocked"; readonly reason: BlockReason };

/** `changed`: r0 is not, or does not allow, what it had said in this session. */
export type WaitReason = TransportFault["type"] | "overloaded" | "server-error" | "token-failed" | "circuit-open" | "forked" | "changed";
export type BlockReason = "unauthenticated" | "wrong-principal" | "client-too-old" | "server-too-old";

export interface CycleState {
  readonly replica: ReplicaId;
  /** This opening of the file: see `hello`. */
  readonly opening: Uint8Array | undefined;
  readonly principal: string;
  readonly schemaVersion: number;
  readonly link: Connectivity;
  readonly nextRequest: number;
  readonly spaces: ReadonlyMap<SpaceId, SpaceCycle>;
  readonly backoff: BackoffState;
  readonly breaker: BreakerState;
  /** Tokens refused in a row: the first asks for a fresh one, the second blocks (F40). */
  readonly tokensRefused: number;
  readonly pushBytesMax: number;
}

export interface CycleLimits {
  readonly connectMsMax: number;
  readonly requestMsMax: number;
  readonly tokenMsMax: number;
  readonly heartbeatMs: number;
  /** A peer that is silent for so long after a ping is gone (trap 15). */
  readonly pongMsMax: number;
  /** With nothing else going on, pull this often, jittered by half: finds what a lost poke would have told. */
  readonly antiEntropyMs: number;
  readonly pushTransactionsMax: number;
  readonly pageBytesMax: number;
  readonly poisonAttemptsMax: number;
  /** A batch of one on which the connection died so often is withdrawn too: a link that fails is more likely than a poison, so this is larger. */
  readonly poisonClosuresMax: number;
  /** Stay connected so long before the backoff counts as successful (F42). */
  readonly stableMs: number;
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
  readonly breaker: BreakerLimits;
}

export type TimerName = "retry" | "deadline" | "heartbeat" | "anti-entropy";

/** `nowMs` is monotonic; `random` uniform in [0, 1), drawn by the shell for this event alone. */
export type CycleEvent = { readonly nowMs: number; readonly random: number } & (
  | { readonly type: "start" }
  | { readonly type: "stop" }
  | { readonly type: "hurry" } // sync(), foreground
  /** The host says that it has a network again. */
  | { readonly type: "online" }
  | { readonly type: "background" }
  | { readonly type: "foreground" }
  | { readonly type: "timer"; readonly name: TimerName }
  | { readonly type: "token"; readonly token: string }
  | { readonly type: "token-failed"; readonly detail: string }
  | { readonly type: "opened" }
  | { readonly type: "closed"; readonly fault: TransportFault }
  | { readonly type: "message"; readonly message: ServerMessage }
  /** Local transactions up to `counter` are durable. */
  | { readonly type: "written"; readonly space: SpaceId; readonly counter: number }
  | { readonly type: "follow"; readonly facts: SpaceFacts }
  | { readonly type: "unfollow"; readonly space: SpaceId }
  /** The shell read the log for effect `push` and sent it; `transactions: 0` when there was nothing to send. */
  | { readonly type: "sent"; readonly space: SpaceId; readonly request: number; readonly through: number; readonly transactions: number }
  /** The shell has made an `apply-…` or `withdraw` effect durable (or found it stale): the rows as they are now. */
  | { readonly type: "applied"; readonly facts: SpaceFacts; readonly waitingFor: ReadonlyMap<SpaceId, number> }
  /** The replica took a new id (fork): all spaces' rows as they are now. */
  | { readonly type: "forked"; readonly replica: ReplicaId; readonly facts: readonly SpaceFacts[] }
  /** New credentials from the app: leaves `blocked`. */
  | { readonly type: "credentials" }
);

export type CycleEffect =
  | { readonly type: "fetch-token"; readonly refused: boolean }
  | { readonly type: "connect" }
  | { readonly type: "disconnect" }
  | { readonly type: "send"; readonly message: ClientMessage }
  /** Read pending transactions after `after` (at most so many, so large), send them as one push, and answer with `sent`. */
  | {
      readonly type: "push";
      readonly space: SpaceId;
      readonly request: number;
      readonly after: number;
      readonly transactionsMax: number;
      readonly bytesMax: number;
    }
  /** `offersMore`: this space's `offersAll` is set by it, and another answer follows. */
  | { readonly type: "apply-pushed"; readonly message: Extract<ServerMessage, { type: "pushed" }>; readonly offersMore: boolean }
  /** `released`: the first change that other spaces hold back is not held back by these: space → sequence. */
  | {
      readonly type: "apply-page";
      readonly message: Extract<ServerMessage, { type: "page" | "poke" }>;
      readonly released?: ReadonlyMap<SpaceId, number>;
    }
  /** Save what a welcome said: principal, epoch, access, marks. Answered by `applied` for each space, or by `forked`. */
  | { readonly type: "apply-welcome"; readonly message: Extract<ServerMessage, { type: "welcome" }> }
  /** Set the poison transaction aside as a dead letter and put a `void` in its place. */
  | { readonly type: "withdraw"; readonly space: SpaceId; readonly counter: number; readonly reason: string }
  /** r0 lets nobody of this user write under this replica id: take a new one. */
  | { readonly type: "fork" }
  | { readonly type: "set-timer"; readonly name: TimerName; readonly delayMs: number }
  | { readonly type: "clear-timer"; readonly name: TimerName }
  | {
      readonly type: "announce";
      readonly event: "auth-required" | "upgrade-required" | "wrong-principal" | "no-access";
      readonly detail: string;
      readonly space?: SpaceId;
    };
