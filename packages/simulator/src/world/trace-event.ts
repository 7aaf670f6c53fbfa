/** What an observer of a run is told: the same that the trace says, in parts instead of words. */
import type { PlannedFault, PlannedOperation } from "../plan/plan.ts";

/** What became of a message. `lost`: its link broke, or its receiver was gone, before it arrived. */
export type MessageFate = "arrived" | "cut" | "swallowed" | "lost";

export interface MessageEvent {
  readonly type: "message";
  readonly sender: string;
  readonly receiver: string;
  /** One connection. */
  readonly link: string;
  readonly sentMs: number;
  /** When it arrived, or would have. The event itself comes then, or as soon as its fate is known. */
  readonly arrivedMs: number;
  readonly fate: MessageFate;
  readonly bytes: number;
  /** The message in words: "push 3 transactions", "pushed up to 7", "page of 2 changes". */
  readonly says: string;
}

/** `machine`: a device's name, or that of an instance of r0. */
export type Told =
  | { readonly type: "start"; readonly machine: string }
  | { readonly type: "open"; readonly machine: string }
  | { readonly type: "death"; readonly machine: string; readonly power: boolean; readonly diskOperation: number; readonly downMs: number }
  | { readonly type: "operation"; readonly machine: string; readonly operation: PlannedOperation }
  /** What the operation did, in the app's own words. */
  | { readonly type: "did"; readonly machine: string; readonly operation: string; readonly words: string }
  /** Its device was down: nobody did anything. */
  | { readonly type: "missed"; readonly operation: PlannedOperation }
  | { readonly type: "acknowledged"; readonly machine: string; readonly operation: string }
  | { readonly type: "unwritten"; readonly machine: string; readonly operation: string; readonly why: string }
  | { readonly type: "answered"; readonly machine: string; readonly operation: string; readonly status: string; readonly code: string }
  /** How far r0 is in a space at this moment. */
  | { readonly type: "head"; readonly space: string; readonly sequence: number }
  /** What a replica says of itself: how much waits, and its place in each space. */
  | { readonly type: "status"; readonly machine: string; readonly pending: number; readonly sequences: Readonly<Record<string, number>> }
  /** A value has lost to another. `place`: of a field, or of an item in it. */
  | { readonly type: "conflict"; readonly machine: string; readonly place: string; readonly loser: string; readonly winner: string }
  | { readonly type: "fault"; readonly fault: PlannedFault }
  | { readonly type: "opened"; readonly machine: string; readonly link: string }
  | { readonly type: "closed"; readonly machine: string; readonly link: string; readonly why: string }
  | MessageEvent
  /** Everything heals from here on. */
  | { readonly type: "peace" }
  | { readonly type: "failure"; readonly checker: string; readonly detail: string }
  /** A line of the trace that has no form of its own. */
  | { readonly type: "note"; readonly text: string };

export type TraceEvent = Told & { readonly atMs: number };
