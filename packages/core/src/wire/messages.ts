/**
 * The protocol's messages, decoded. `wire.proto` is the contract; `codec.ts` reads and writes it, every read bounded.
 * One conversation: the client says `hello`, r0 answers `welcome`, then `push`, `pull` and `ping` in any order, each answered;
 * `poke` comes unasked. Over HTTP one request body holds such a conversation, one message after another, and so does the reply.
 */
import type { ReplicaId } from "../causality/replica-id.ts";
import type { Sequenced, SpaceId, Transaction } from "../operation/operation.ts";

/** Opaque to the client: r0's epoch, the space and a position. */
export type Cursor = Uint8Array;

export type ClientMessage =
  | {
      readonly type: "hello";
      readonly protocol: number;
      readonly protocolMin: number;
      readonly capabilities: readonly string[];
      readonly token: string;
      readonly replica: ReplicaId;
      /** The principal whose writes this replica holds, once known (trap 13); empty before. */
      readonly principal: string;
      readonly schemaVersion: number;
      readonly spaces: readonly HelloSpace[];
      /**
       * Random bytes of this opening of the replica's file, kept in memory alone: by them r0 tells a device that connects again from a copy of
       * its file (trap 4). Absent: not said.
       */
      readonly opening?: Uint8Array | undefined;
      /** Counted by the client: every welcome of the conversation names it, and none of another is taken for one. Absent: not said. */
      readonly request?: number;
    }
  /** Also while live: spaces that are followed from now on. Answered by a `welcome` for these. */
  | { readonly type: "follow"; readonly spaces: readonly HelloSpace[] }
  | { readonly type: "unfollow"; readonly spaces: readonly SpaceId[] }
  | {
      readonly type: "push";
      readonly request: number;
      readonly space: SpaceId;
      /** The chain before the first transaction: see `operation/chain.ts`. */
      readonly chain: Uint8Array;
      /** Outcomes up to this counter are on the replica's disk: r0 may forget recorded refusals up to it. */
      readonly settledThrough: number;
      readonly transactions: readonly Transaction[];
      /** Of the epoch under which it was sent (`epochTagOf`). Absent: not said. */
      readonly epochTag?: number;
    }
  | {
      readonly type: "pull";
      readonly request: number;
      readonly space: SpaceId;
      /** Empty: from nothing. */
      readonly cursor: Cursor;
      /** Own operations up to this counter are confirmed on the replica's disk: r0 need not send them back (trap 24). */
      readonly ownThrough: number;
      readonly bytesMax: number;
    }
  | { readonly type: "ping"; readonly nonce: number }
  /** A fresh token within a live session. */
  | { readonly type: "authenticate"; readonly token: string };

export interface HelloSpace {
  readonly space: SpaceId;
  readonly cursor: Cursor;
  /** The highest counter that this replica has durably used in the space. */
  readonly counter: number;
}

export type ServerMessage =
  | {
      readonly type: "welcome";
      readonly protocol: number;
      readonly capabilities: readonly string[];
      readonly epoch: string;
      readonly principal: string;
      readonly schemaVersion: number;
      /** What one push may hold. */
      readonly pushBytesMax: number;
      readonly heartbeatMs: number;
      /** Whoever loses this session sleeps up to so long at first: r0 knows how many would come back together (F42). Absent: as the client sees fit. */
      readonly reconnectWithinMs?: number;
      readonly spaces: readonly WelcomeSpace[];
      /** The keys of r0's schema, so that batches of this conversation need not spell them out (`WireSession`); absent: none. */
      readonly keys?: readonly WireKey[];
      /** Two openings of this replica's file are alive: this one is to take a new id, once r0 has answered what it has pending. */
      readonly copied?: boolean;
      /** As the hello said. */
      readonly request?: number;
    }
  | {
      readonly type: "pushed";
      readonly request: number;
      readonly space: SpaceId;
      /** r0 has answered every operation of this replica up to here. */
      readonly mark: number;
      readonly chain: Uint8Array;
      readonly head: number;
      /** Only what is not simply confirmed; in counter order. */
      readonly outcomes: readonly Outcome[];
      /** The head before this push's first change. Only a replica that stands exactly there may take `cursor`: r0 cannot know whether a poke was applied. */
      readonly after: number;
      /** Set when nothing but this push's changes lies between `after` and the head: it may move there (no pull needed). Else empty. */
      readonly cursor: Cursor;
      /** Why the transactions behind the mark were not answered; absent when all were. */
      readonly stopped: PushStop | undefined;
    }
  | {
      readonly type: "page";
      readonly request: number;
      readonly space: SpaceId;
      /** `reset`: the cursor is unknown or behind the horizon; what follows is a snapshot, and its last page ends it. */
      readonly content: PageContent;
      readonly cursor: Cursor;
      /** With `more: false` exactly the position that `cursor` stands for; a later head is told by a poke that follows. */
      readonly head: number;
      readonly more: boolean;
    }
  | {
      readonly type: "poke";
      readonly space: SpaceId;
      readonly head: number;
      /** Many are told the same: each asks after a random part of this (trap 16). Absent: at once. */
      readonly withinMs?: number;
      /** Small changes come along, in sequence order without gaps: usable by a replica that stands right before the first. */
      readonly changes: readonly Sequenced[];
      readonly cursor: Cursor;
    }
  | { readonly type: "pong"; readonly nonce: number }
  | {
      readonly type: "fault";
      /** The request that it answers, or 0 for the session. */
      readonly request: number;
      readonly code: FaultCode;
      readonly message: string;
      readonly retryAfterMs: number | undefined;
    };

/** The server's faults and refusals of whole requests. Codes are strings on the wire, and an unknown one counts as `server-error`. */
export type FaultCode =
  | "unauthenticated"
  | "wrong-principal"
  | "replica-taken"
  | "client-too-old"
  | "server-too-old"
  | "no-access"
  | "overloaded"
  | "too-large"
  | "malformed"
  | "server-error";

export interface WelcomeSpace {
  readonly space: SpaceId;
  readonly access: "none" | "read" | "write";
  readonly head: number;
  /** The highest counter of this replica that r0 has answered. */
  readonly mark: number;
  readonly chain: Uint8Array;
  readonly lamport: number;
  /** Any cursor of this space: later ones of the conversation leave out the prefix that they share with it (`WireSession`); absent: none. */
  readonly cursorBase?: Cursor;
  /**
   * After a restore, for a replica that has no cursor of this epoch: which of its writes r0 has refused, ascending, among the last
   * `recalledCountersMax` counters. Another copy of the file may have said them again, and been told.
   */
  readonly refused?: readonly number[];
}

export interface WireKey {
  readonly collection: string;
  /** Empty for an operation on the record itself. */
  readonly field: string;
  readonly kind: number;
}

export type PageContent =
  | { readonly type: "changes"; readonly changes: readonly Sequenced[] }
  /** States of whole records, to take the place of what the replica has confirmed. `first` begins a snapshot, the page with `more: false` ends it. */
  | { readonly type: "snapshot"; readonly first: boolean; readonly lamport: number; readonly records: readonly SnapshotRecord[] };

export interface SnapshotRecord {
  readonly collection: string;
  readonly record: string;
  /** `encodeRecordState`'s bytes. */
  readonly state: Uint8Array;
}

export type Outcome =
  | { readonly type: "refused"; readonly counter: number; readonly code: string; readonly reason: string }
  /** An intent: what the arbiter returned, an encoded `Value`, and the sequence number of its effect (the head then, if it had none). */
  | { readonly type: "accepted"; readonly counter: number; readonly result: Uint8Array; readonly sequence: number }
  /** The recorded outcome is past its retention: it was decided, and r0 no longer knows how. */
  | { readonly type: "outcome-expired"; readonly counter: number };

export type PushStop =
  /** Counters are missing before the first transaction: push again from the mark. */
  | { readonly type: "gap" }
  /**
   * Two histories share this replica id: take a new one (trap 4). Of this push, `mark` and `chain` apart, r0 has everything up to `through`, as
   * the outcomes say, and nothing behind it: `through` is the counter before the push if it has none.
   */
  | { readonly type: "forked"; readonly through: number }
  /** r0 could not decide this transaction now. Others of other replicas go on. */
  | { readonly type: "failed"; readonly counter: number; readonly detail: string; readonly retryAfterMs: number | undefined }
  /** It builds on what r0 had and lost (trap 6), and another device may bring back. Nothing is wrong with it: r0 decides how long that is waited for. */
  | { readonly type: "awaits"; readonly counter: number; readonly retryAfterMs: number };
