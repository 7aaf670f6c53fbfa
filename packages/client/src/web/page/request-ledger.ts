/**
 * A tab's requests until they are answered. Each keeps its number for ever, and with it what the store knew when it was first sent
 * (`RequestKey`): sent to an owner that dies, it is sent to the next as the same request.
 */
import type { Call, TabMessage } from "../protocol/messages.ts";

export interface Settle {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

interface Entry extends Settle {
  readonly call: Call;
  /** Undefined: never sent. */
  since: number | undefined;
}

export class RequestLedger {
  #entries = new Map<number, Entry>();
  #next = 1;

  get size(): number {
    return this.#entries.size;
  }

  add(call: Call, settle: Settle): number {
    const number = this.#next++;
    this.#entries.set(number, { call, ...settle, since: undefined });
    return number;
  }

  /** `ordinal`: of the attachment over which it is sent; only the first counts. */
  toMessage(number: number, ordinal: number): TabMessage | undefined {
    const entry = this.#entries.get(number);
    if (entry === undefined) return undefined;
    entry.since ??= ordinal;
    return { type: "call", number, answeredBelow: this.#answeredBelow(), since: entry.since, call: entry.call };
  }

  /** Everything without an answer, in order. */
  unanswered(): readonly number[] {
    return [...this.#entries.keys()];
  }

  /** Undefined for what has its answer already: two owners may both answer. */
  take(number: number): Settle | undefined {
    const entry = this.#entries.get(number);
    this.#entries.delete(number);
    return entry;
  }

  takeAll(): readonly Settle[] {
    const all = [...this.#entries.values()];
    this.#entries = new Map();
    return all;
  }

  /** Insertion is in order of numbers: the first is the lowest. */
  #answeredBelow(): number {
    const first = this.#entries.keys().next();
    return first.done === true ? this.#next : first.value;
  }
}
