/** A dot names one operation for ever: the replica that made it and that replica's gap-free counter in the space. */
import type { ReplicaId } from "./replica-id.ts";

export interface Dot {
  readonly replica: ReplicaId;
  /** From 1, without gaps, within one space. */
  readonly counter: number;
}

export function isSameDot(a: Dot, b: Dot): boolean {
  return a.counter === b.counter && a.replica === b.replica;
}

/** A total order for canonical encodings only; it says nothing about causality. */
export function compareDots(a: Dot, b: Dot): number {
  return a.replica === b.replica ? a.counter - b.counter : a.replica < b.replica ? -1 : 1;
}

/** A map key. */
export function dotToKey(dot: Dot): string {
  return `${dot.replica}:${dot.counter}`;
}
