/**
 * The state of a text: a grow-only set of Yjs updates, the old ones compacted into one. The join is a union of sets, so it needs no Yjs
 * and the laws hold by construction; integrating an update twice, or two in either order, is what Yjs promises.
 */
import { compareBytes } from "../base/bytes.ts";
import type { Dot } from "../causality/dot.ts";
import { compareDots } from "../causality/dot.ts";
import { joinVectors, vectorContains, vectorCovers, type VersionVector } from "../causality/version-vector.ts";
import type { TextClocks } from "./text-update.ts";

export interface TextState {
  /** Mostly one or none; more where two replicas compacted different things. None covers another. */
  readonly compacted: readonly CompactedText[];
  /** In dot order; none that a compacted text covers. */
  readonly tail: readonly TextEntry[];
}

export interface CompactedText {
  /**
   * By replica, the highest dot of this text's operations that went into it. A replica's operations are applied in counter order (trap 2), so
   * all its earlier ones are in it too: only a state that was built by `apply` may be compacted.
   */
  readonly covers: VersionVector;
  /** The Yjs state vector of `update`: says without Yjs whether an update fits. */
  readonly clocks: TextClocks;
  /** A Yjs update, version 2. */
  readonly update: Uint8Array;
}

export interface TextEntry {
  readonly dot: Dot;
  /** A Yjs update, version 1, that passed `readTextUpdate`. */
  readonly update: Uint8Array;
}

export const emptyText: TextState = { compacted: [], tail: [] };

/** When the tail is folded into the compacted text. Different replicas may do so at different times. */
export const compactionLimits = {
  /** From here on, once the tail has a fourth of the compacted bytes: folding costs as much as the whole text is long. */
  tailEntriesMax: 256,
  /** At once. */
  tailBytesMax: 65_536,
} as const;

const countEvery = 32;

/** Asked after each entry; counts bytes only now and then, or where that entry is a long one. */
export function isCompactionDue(state: TextState, last: Uint8Array): boolean {
  if (state.tail.length % countEvery !== 0 && last.length < 4_096) return false;
  let bytes = 0;
  for (const { update } of state.tail) bytes += update.length;
  if (bytes > compactionLimits.tailBytesMax) return true;
  let compacted = 0;
  for (const { update } of state.compacted) compacted += update.length;
  return state.tail.length > compactionLimits.tailEntriesMax && bytes * 4 > compacted;
}

export function hasEntry(state: TextState, dot: Dot): boolean {
  if (state.compacted.some((part) => vectorContains(part.covers, dot))) return true;
  const at = placeInTail(state.tail, dot);
  const before = state.tail[at - 1];
  return before !== undefined && compareDots(before.dot, dot) === 0;
}

/** Behind the last entry that is not later. */
function placeInTail(tail: readonly TextEntry[], dot: Dot): number {
  let low = 0;
  let high = tail.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareDots((tail[middle] as TextEntry).dot, dot) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The highest dot of each replica in the text. */
export function textVector(state: TextState): VersionVector {
  let vector: VersionVector = new Map();
  for (const part of state.compacted) vector = joinVectors(vector, part.covers);
  const seen = new Map(vector);
  for (const { dot } of state.tail) if ((seen.get(dot.replica) ?? 0) < dot.counter) seen.set(dot.replica, dot.counter);
  return seen;
}

export function addEntry(state: TextState, entry: TextEntry): TextState {
  if (hasEntry(state, entry.dot)) return state;
  const tail = state.tail.slice();
  tail.splice(placeInTail(tail, entry.dot), 0, entry);
  return { compacted: state.compacted, tail };
}

export function joinTexts(a: TextState, b: TextState): TextState {
  if (a === b) return a;
  const compacted = joinCompacted(a.compacted, b.compacted);
  const tail: TextEntry[] = [];
  let i = 0;
  let j = 0;
  while (i < a.tail.length || j < b.tail.length) {
    const left = a.tail[i];
    const right = b.tail[j];
    const order = left === undefined ? 1 : right === undefined ? -1 : compareDots(left.dot, right.dot);
    const entry = (order <= 0 ? left : right) as TextEntry;
    if (order <= 0) i++;
    if (order >= 0) j++;
    if (!compacted.some((part) => vectorContains(part.covers, entry.dot))) tail.push(entry);
  }
  return { compacted, tail };
}

/** Those that no other covers; of two that cover the same, the one with the lesser bytes. */
function joinCompacted(a: readonly CompactedText[], b: readonly CompactedText[]): readonly CompactedText[] {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  const kept: CompactedText[] = [];
  for (const part of [...a, ...b]) {
    if (kept.some((other) => covers(other, part))) continue;
    for (let i = kept.length - 1; i >= 0; i--) if (covers(part, kept[i] as CompactedText)) kept.splice(i, 1);
    kept.push(part);
  }
  return kept.sort((x, y) => compareBytes(x.update, y.update));
}

function covers(a: CompactedText, b: CompactedText): boolean {
  if (a === b) return true;
  if (!vectorCovers(a.covers, b.covers)) return false;
  return !vectorCovers(b.covers, a.covers) || compareBytes(a.update, b.update) <= 0;
}
