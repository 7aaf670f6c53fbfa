/**
 * What a tab and the owner of its store say to one another. The tab is a page; the owner is a worker: the page's own, or another tab's.
 * Both are of one origin, and may be of two versions of one app: what does not read as a message is no message.
 */
import type { Mutation, SpaceId } from "@holdfast/core/engine";
import type { ReplicaEventName } from "../../events.ts";
import type { QueryPlan } from "../../query/collection-query.ts";
import type { PendingWrite, RecordReport } from "../../inspection.ts";
import type { ReplicaStatus } from "../../status.ts";
import type { Conflict } from "../../store/conflict-log.ts";
import type { DeadLetter } from "../../store/dead-letters.ts";
import type { Ticket } from "../../write/settlements.ts";
import type { RecordRead } from "../../write/submit.ts";
import type { ErrorData } from "./error-data.ts";
import type { Splice } from "./splice.ts";

/** Both sides must say the same. */
export const tabProtocol = 1;

interface CallBodies {
  write: { readonly space: SpaceId; readonly mutations: readonly Mutation[]; readonly reads: readonly RecordRead[] };
  request: { readonly space: SpaceId; readonly intent: string; readonly input: unknown };
  /** For a write's callback: the visible state. */
  record: { readonly space: SpaceId; readonly collection: string; readonly id: string };
  get: { readonly space: SpaceId; readonly collection: string; readonly id: string };
  all: { readonly space: SpaceId; readonly collection: string; readonly plan: QueryPlan };
  count: { readonly space: SpaceId; readonly collection: string; readonly plan: QueryPlan };
  sql: { readonly parts: readonly string[]; readonly values: readonly unknown[] };
  confirmed: { readonly ticket: Ticket };
  decided: { readonly ticket: Ticket };
  restore: { readonly id: number };
  dismiss: { readonly id: number };
  retry: { readonly id: number };
  discard: { readonly id: number };
  follow: { readonly space: SpaceId };
  unfollow: { readonly space: SpaceId; readonly discard: boolean };
  sync: object;
  "sign-in": object;
  "sign-out": { readonly pending: "keep" | "discard" };
  digest: { readonly space: SpaceId };
  pending: { readonly space: SpaceId };
  report: { readonly space: SpaceId; readonly collection: string; readonly id: string };
}

export type CallName = keyof CallBodies;
export type Call = { readonly [N in CallName]: { readonly type: N } & CallBodies[N] }[CallName];
export type CallOf<N extends CallName> = Extract<Call, { readonly type: N }>;

export type LiveCall =
  | { readonly type: "rows"; readonly space: SpaceId; readonly collection: string; readonly plan: QueryPlan }
  | { readonly type: "sql"; readonly parts: readonly string[]; readonly values: readonly unknown[] }
  /** The visible state of one record, for a text that is open. */
  | { readonly type: "record"; readonly space: SpaceId; readonly collection: string; readonly id: string };

export type TabMessage =
  | {
      readonly type: "attach";
      readonly tab: string;
      readonly protocol: number;
      readonly schemaHash: string;
      readonly schemaVersion: number;
      readonly spaces: readonly SpaceId[];
      readonly background: boolean;
    }
  /** See `RequestKey`. */
  | { readonly type: "call"; readonly number: number; readonly answeredBelow: number; readonly since: number; readonly call: Call }
  | { readonly type: "subscribe"; readonly feed: number; readonly query: LiveCall }
  | { readonly type: "unsubscribe"; readonly feed: number }
  /** The feed's last message was taken: the next may come. */
  | { readonly type: "taken"; readonly feed: number }
  /** Whether anybody on the page listens to the event. */
  | { readonly type: "listen"; readonly name: ReplicaEventName; readonly on: boolean }
  | { readonly type: "hint"; readonly hint: Hint }
  | { readonly type: "background"; readonly on: boolean }
  | { readonly type: "token"; readonly number: number; readonly token: string | undefined; readonly detail: string }
  | { readonly type: "detach" };

/** What the browser says of the network and the page: believed of nothing, and a reason to look. */
export type Hint = "online" | "offline" | "visible";

export type SentRow = Readonly<Record<string, unknown>> & { readonly id: string };

export type OwnerMessage =
  | {
      readonly type: "attached";
      /** Of the store's last request: see `RequestKey.since`. */
      readonly ordinal: number;
      readonly replica: string;
      readonly status: ReplicaStatus;
      /** Of the oldest write that r0 has not answered: wall clock, ms. */
      readonly pendingSince: number | undefined;
      readonly conflicts: readonly Conflict[];
      readonly deadLetters: readonly DeadLetter[];
    }
  | { readonly type: "rejected"; readonly error: ErrorData }
  | { readonly type: "reply"; readonly number: number; readonly value: unknown }
  | { readonly type: "failure"; readonly number: number; readonly error: ErrorData }
  | { readonly type: "rows"; readonly feed: number; readonly splice: Splice; readonly rows: readonly SentRow[] }
  /** The first of the rows of the `rows` that follows: of a result that is too large for one post. */
  | { readonly type: "rows-ahead"; readonly feed: number; readonly rows: readonly SentRow[] }
  | { readonly type: "sql"; readonly feed: number; readonly rows: readonly unknown[] }
  | { readonly type: "record"; readonly feed: number; readonly bytes: Uint8Array }
  | { readonly type: "feed-failed"; readonly feed: number; readonly error: ErrorData }
  | { readonly type: "event"; readonly name: ReplicaEventName; readonly event: unknown }
  | { readonly type: "status"; readonly replica: string; readonly status: ReplicaStatus; readonly pendingSince: number | undefined }
  | { readonly type: "lists"; readonly conflicts: readonly Conflict[]; readonly deadLetters: readonly DeadLetter[] }
  | { readonly type: "token-wanted"; readonly number: number; readonly refused: boolean }
  | { readonly type: "report"; readonly error: ErrorData };

/** What the owner answers to each call. */
export interface Replies {
  write: { readonly type: "done"; readonly ticket: Ticket | undefined } | { readonly type: "stale" };
  request: Ticket;
  record: Uint8Array;
  get: unknown;
  all: readonly unknown[];
  count: number;
  sql: readonly unknown[];
  confirmed: unknown;
  decided: unknown;
  restore: Ticket | undefined;
  dismiss: undefined;
  retry: { readonly kind: "write" | "request"; readonly ticket: Ticket | undefined };
  discard: undefined;
  follow: undefined;
  unfollow: undefined;
  sync: ReplicaStatus;
  "sign-in": undefined;
  "sign-out": readonly { readonly space: SpaceId; readonly payload: unknown }[];
  digest: string;
  pending: readonly PendingWrite[];
  report: RecordReport;
}

/** On the store's common channel: who owns it, and who asks. */
export type RollCall =
  | { readonly type: "seek"; readonly tab: string }
  /** `term`: drawn by the owner when it became one. */
  | { readonly type: "owner"; readonly term: string };

/** One post. `term`: of the owner that says it, or that is spoken to. */
export interface Envelope<Message> {
  readonly protocol: number;
  readonly term: string;
  readonly messages: readonly Message[];
}
