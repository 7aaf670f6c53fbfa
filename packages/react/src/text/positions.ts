/** Where a place in a text is after others have changed it. Places count UTF-16 units, as Yjs does. */
import type { TextEdit } from "@holdfast/client";

/** A change as a Yjs event tells it: keep, remove and insert from the beginning on. */
export type Change = readonly { readonly retain?: number; readonly delete?: number; readonly insert?: unknown }[];

/** A caret stays behind what it was behind. What others insert exactly at it comes after it. */
export function moveThrough(change: Change, place: number): number {
  let before = 0;
  let after = 0;
  for (const { retain, delete: removed, insert } of change) {
    if (before >= place) break;
    if (retain !== undefined) {
      const kept = Math.min(retain, place - before);
      before += kept;
      after += kept;
    } else if (removed !== undefined) before += Math.min(removed, place - before);
    else after += lengthOf(insert);
  }
  return after + (place - before);
}

/** Where the unit at `place` is, unless it was removed. */
export function findUnit(change: Change, place: number): number | undefined {
  let before = 0;
  let after = 0;
  for (const { retain, delete: removed, insert } of change) {
    if (retain !== undefined) {
      if (place < before + retain) return after + (place - before);
      before += retain;
      after += retain;
    } else if (removed !== undefined) {
      if (place < before + removed) return undefined;
      before += removed;
    } else after += lengthOf(insert);
  }
  return after + (place - before);
}

/** An edit of the text before `changes`, in the text after them: what others inserted inside of it stays. Removals come last first. */
export function placeEdit(
  changes: readonly Change[],
  { at, removed }: TextEdit,
): { readonly at: number; readonly removals: readonly { readonly at: number; readonly length: number }[] } {
  const removals: { at: number; length: number }[] = [];
  if (changes.length === 0) return { at, removals: removed === 0 ? [] : [{ at, length: removed }] };
  for (let unit = at + removed - 1; unit >= at; unit--) {
    const place = changes.reduce<number | undefined>((found, change) => (found === undefined ? undefined : findUnit(change, found)), unit);
    const last = removals.at(-1);
    if (place === undefined) continue;
    if (last?.at === place + 1) {
      last.at--;
      last.length++;
    } else removals.push({ at: place, length: 1 });
  }
  return { at: changes.reduce((place, change) => moveThrough(change, place), at), removals };
}

/** A caret of the field, which holds `edit`, in the text that holds `edit` and `changes`. */
export function moveCaret(changes: readonly Change[], edit: TextEdit | undefined, caret: number): number {
  const move = (place: number): number => changes.reduce((moved, change) => moveThrough(change, moved), place);
  if (edit === undefined || caret < edit.at) return move(caret);
  const { at, removals } = placeEdit(changes, edit);
  const insertedEnd = edit.at + edit.inserted.length;
  if (caret <= insertedEnd) return at + (caret - edit.at);
  const place = move(caret - edit.inserted.length + edit.removed);
  const gone = removals.reduce((sum, { length }) => sum + length, 0);
  return place + edit.inserted.length - gone;
}

function lengthOf(insert: unknown): number {
  return typeof insert === "string" ? insert.length : 1;
}
