/** Who waits to hear how a write ended: `confirmed` and `decided` promises. They never reject; an answer that came before the question is looked up. */
import { type ReplicaId, type SpaceId, type Value, valueOrNull } from "@holdfast/core/engine";

export type Confirmation =
  | { readonly status: "confirmed" }
  | { readonly status: "refused"; readonly code: string; readonly reason: string }
  | { readonly status: "unknown"; readonly reason: string };

export type Decision =
  | { readonly status: "accepted"; readonly result: Value }
  | { readonly status: "refused"; readonly code: string; readonly reason: string }
  /** It was decided, and nobody knows any more how: the answer is past r0's retention, or the replica was closed or wiped. */
  | { readonly status: "unknown"; readonly reason: string };

/** Names an own transaction, across a change of the replica's id. */
export interface Ticket {
  readonly replica: ReplicaId;
  readonly space: SpaceId;
  readonly counter: number;
}

/** An `Outcome` is one, too. */
type Answer =
  | { readonly type: "refused"; readonly code: string; readonly reason: string }
  | { readonly type: "accepted"; readonly result: Uint8Array }
  | { readonly type: "expired" | "outcome-expired" };

export class Settlements {
  /** By space, then by counter. */
  readonly #waiting = new Map<SpaceId, Map<number, ((answer: Answer | undefined) => void)[]>>();
  readonly #renumbered: { readonly from: ReplicaId; readonly to: ReplicaId; readonly counters: ReadonlyMap<string, number> }[] = [];

  wait(ticket: Ticket, current: ReplicaId, settle: (answer: Answer | undefined) => void): void {
    const counter = this.counterOf(ticket, current);
    const space = this.#waiting.get(ticket.space) ?? new Map<number, ((answer: Answer | undefined) => void)[]>();
    this.#waiting.set(ticket.space, space);
    const list = space.get(counter);
    if (list === undefined) space.set(counter, [settle]);
    else list.push(settle);
  }

  /** The counter that the transaction has now. */
  counterOf(ticket: Ticket, current: ReplicaId): number {
    let { replica, counter } = ticket;
    for (const step of this.#renumbered) {
      if (replica === current || step.from !== replica) continue;
      counter = step.counters.get(`${ticket.space}\u0000${counter}`) ?? counter;
      replica = step.to;
    }
    return counter;
  }

  /** Everything up to `mark` is answered: `answers` says how, where it is not simply confirmed. */
  settle(space: SpaceId, mark: number, answers: ReadonlyMap<number, Answer>): void {
    const waiting = this.#waiting.get(space);
    if (waiting === undefined) return;
    for (const [counter, list] of waiting) {
      if (counter > mark) continue;
      waiting.delete(counter);
      for (const settle of list) settle(answers.get(counter));
    }
  }

  /** One of them, out of turn. */
  answer(space: SpaceId, counter: number, answer: Answer | undefined): void {
    const waiting = this.#waiting.get(space);
    const list = waiting?.get(counter) ?? [];
    waiting?.delete(counter);
    for (const settle of list) settle(answer);
  }

  renumber(from: ReplicaId, to: ReplicaId, counters: ReadonlyMap<string, number>): void {
    this.#renumbered.push({ from, to, counters });
    for (const [space, waiting] of this.#waiting) {
      const moved = new Map<number, ((answer: Answer | undefined) => void)[]>();
      for (const [counter, list] of waiting) moved.set(counters.get(`${space}\u0000${counter}`) ?? counter, list);
      this.#waiting.set(space, moved);
    }
  }

  /** The replica ends: whoever still waits hears that nobody will tell. */
  abandon(): void {
    for (const waiting of this.#waiting.values())
      for (const list of waiting.values()) for (const settle of list) settle({ type: "expired" });
    this.#waiting.clear();
  }
}

export function answerToConfirmation(answer: Answer | undefined): Confirmation {
  if (answer === undefined || answer.type === "accepted") return { status: "confirmed" };
  if (answer.type === "refused") return { status: "refused", code: answer.code, reason: answer.reason };
  return { status: "unknown", reason: unknownReason };
}

export function answerToDecision(answer: Answer | undefined): Decision {
  if (answer?.type === "refused") return { status: "refused", code: answer.code, reason: answer.reason };
  if (answer?.type !== "accepted") return { status: "unknown", reason: unknownReason };
  return { status: "accepted", result: valueOrNull(answer.result) };
}

const unknownReason = "The answer is known no more. See the data.";

export type { Answer };
