/** An app's edit of a text, as a delta: whole code points, within bounds, nothing that a store or a peer would not keep (F17, F63). */
import * as Y from "yjs";
import { decodeSafely } from "../base/bytes.ts";
import { isWellFormedText, utf8Length } from "../base/utf8.ts";
import type { FieldChange } from "./change.ts";
import { type Planned, type PlanOrigin, refuseChange } from "./lattice.ts";
import { clocksOf } from "./text-clocks.ts";
import { editDoc, mayHavePairs, readDoc, textLength, textString } from "./text-doc.ts";
import type { TextState } from "./text-state.ts";
import { advanceClocks, readTextUpdate, type TextId, textLimits, type TextUpdate } from "./text-update.ts";

export interface TextDelta {
  /** A Yjs update, version 1. */
  readonly update: Uint8Array;
}

type Refused = Extract<Planned<TextDelta>, { ok: false }>;

export function planText(state: TextState, change: FieldChange, origin: PlanOrigin): Planned<TextDelta> {
  switch (change.type) {
    case "text-insert":
      return planInsert(state, change.at, change.text, origin);
    case "text-delete":
      return planDelete(state, change.at, change.length, origin);
    case "text-update":
      return planUpdate(state, change.update);
    default:
      return refuseChange("text");
  }
}

function planInsert(state: TextState, at: number, text: string, origin: PlanOrigin): Planned<TextDelta> {
  if (!isWellFormedText(text)) return invalid("The inserted text holds NUL or half a surrogate pair.");
  if (!isIndex(at, textLength(state))) return outOfRange(state, at);
  if (text === "") return { ok: true, delta: undefined };
  if (isTooLong(state, utf8Length(text))) return tooLarge();
  const place = snap(state, at, 1);
  return { ok: true, delta: { update: editDoc(state, origin.textSession, (edited) => edited.insert(place, text)) } };
}

function planDelete(state: TextState, at: number, length: number, origin: PlanOrigin): Planned<TextDelta> {
  const shown = textLength(state);
  if (!isIndex(at, shown)) return outOfRange(state, at);
  if (!isIndex(length, shown - at)) return outOfRange(state, at + length);
  if (length === 0) return { ok: true, delta: undefined };
  const from = snap(state, at, -1);
  const to = snap(state, at + length, 1);
  return { ok: true, delta: { update: editDoc(state, origin.textSession, (edited) => edited.delete(from, to - from)) } };
}

/** An editor has made the edit already, in a document of its own: it may be as wrong as anything from outside. */
function planUpdate(state: TextState, update: Uint8Array): Planned<TextDelta> {
  const read = decodeSafely(() => readTextUpdate(update));
  if (!read.ok) return invalid(`The update is not an edit of one plain text: ${read.fault}.`);
  if (read.value.structs.length === 0 && read.value.deletions.length === 0) return { ok: true, delta: undefined };
  if (advanceClocks(clocksOf(state), read.value) === undefined) return invalid("The update refers to edits that this text does not have.");
  if (splitsPair(state, read.value)) return invalid("The update splits a surrogate pair.");
  let bytes = 0;
  for (const struct of read.value.structs) bytes += struct.text === undefined ? 0 : utf8Length(struct.text);
  return isTooLong(state, bytes) ? tooLarge() : { ok: true, delta: { update } };
}

function isIndex(index: number, max: number): boolean {
  return Number.isInteger(index) && index >= 0 && index <= max;
}

/** Outward: an insertion inside a pair goes behind it, a deletion takes the whole pair. */
function snap(state: TextState, at: number, step: 1 | -1): number {
  if (!mayHavePairs(state)) return at;
  const text = textString(state);
  const isInside = isHigh(text.charCodeAt(at - 1)) && isLow(text.charCodeAt(at));
  return isInside ? at + step : at;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** No unit takes more than three bytes, so only a text near the limit is counted. */
function isTooLong(state: TextState, moreBytes: number): boolean {
  if (textLength(state) * 3 + moreBytes <= textLimits.textBytesMax) return false;
  return utf8Length(textString(state)) + moreBytes > textLimits.textBytesMax;
}

/** Yjs would replace both halves by U+FFFD. An edit may stop between two units of one insertion only where no pair is. */
export function splitsPair(state: TextState, update: TextUpdate): boolean {
  return readDoc(state, (doc) => {
    const between = (client: number, clock: number): boolean =>
      isHigh(unitAt(doc, update, { client, clock: clock - 1 })) && isLow(unitAt(doc, update, { client, clock }));
    for (const { origin, rightOrigin } of update.structs) {
      if (origin !== undefined && between(origin.client, origin.clock + 1)) return true;
      if (rightOrigin !== undefined && between(rightOrigin.client, rightOrigin.clock)) return true;
    }
    return update.deletions.some(({ client, clock, length }) => between(client, clock) || between(client, clock + length));
  });
}

function unitAt(doc: Y.Doc, update: TextUpdate, id: TextId): number {
  if (id.clock < 0) return 0;
  if (id.clock < Y.getState(doc.store, id.client)) {
    const item = Y.getItem(doc.store, Y.createID(id.client, id.clock));
    return item.content instanceof Y.ContentString ? item.content.str.charCodeAt(id.clock - item.id.clock) : 0;
  }
  const own = update.structs.find(
    (struct) => struct.client === id.client && struct.clock <= id.clock && id.clock < struct.clock + struct.length,
  );
  return own?.text?.charCodeAt(id.clock - own.clock) ?? 0;
}

function invalid(reason: string): Refused {
  return { ok: false, code: "invalid-text", reason };
}

function outOfRange(state: TextState, at: number): Refused {
  return { ok: false, code: "out-of-range", reason: `There is no place ${at} in a text of ${textLength(state)} UTF-16 units.` };
}

function tooLarge(): Refused {
  return { ok: false, code: "too-large", reason: `A text holds at most ${textLimits.textBytesMax} bytes of UTF-8.` };
}
