/** Folding a text's operations into one update, and what two replicas compare: through a document, since Yjs merges updates in quadratic time. */
import * as Y from "yjs";
import { ByteWriter } from "../base/bytes.ts";
import { isDocLoaded, readDoc, rehomeDoc, textString } from "./text-doc.ts";
import { compactionLimits, emptyText, type TextState, textVector } from "./text-state.ts";
import { advanceClocks, readTextUpdate, type TextClocks, type TextUpdate } from "./text-update.ts";

export function isCompactionDue(state: TextState): boolean {
  if (state.tail.length > compactionLimits.tailEntriesMax) return true;
  let bytes = 0;
  for (const { update } of state.tail) bytes += update.length;
  return bytes > compactionLimits.tailBytesMax;
}

/** The same text with an empty tail. What still waits for an earlier update is kept by Yjs inside the compacted one. */
export function compactText(state: TextState): TextState {
  if (state.tail.length === 0 && state.compacted.length <= 1) return state;
  const [update, clocks] = readDoc(state, (doc) => [Y.encodeStateAsUpdateV2(doc), docClocks(doc)] as const);
  const compacted: TextState = { compacted: [{ covers: textVector(state), clocks, update }], tail: [] };
  rehomeDoc(state, compacted);
  return compacted;
}

function docClocks(doc: Y.Doc): TextClocks {
  return Y.decodeStateVector(Y.encodeStateVector(doc));
}

/** Only of states in which nothing waits. */
const knownClocks = new WeakMap<TextState, TextClocks>();

/** How far each session's edits reach in this state: from its document if one is loaded, else by its stored bytes alone, without Yjs. */
export function clocksOf(state: TextState): TextClocks {
  if (isDocLoaded(state)) return readDoc(state, docClocks);
  const known = knownClocks.get(state);
  if (known !== undefined) return known;
  const { clocks, waiting } = storedClocks(state);
  if (waiting === 0) knownClocks.set(state, clocks);
  return clocks;
}

/** The clocks of the state that one more update makes: so that r0, which loads no documents, reads each update once. */
export function carryClocks(before: TextState, after: TextState, update: Uint8Array): void {
  const clocks = before === emptyText ? new Map<number, number>() : knownClocks.get(before);
  if (clocks === undefined || before === after) return;
  const advanced = advanceClocks(clocks, readTextUpdate(update));
  if (advanced !== undefined) knownClocks.set(after, advanced);
}

function storedClocks(state: TextState): { readonly clocks: TextClocks; readonly waiting: number } {
  let clocks: TextClocks = new Map();
  for (const part of state.compacted) {
    const joined = new Map(clocks);
    for (const [client, clock] of part.clocks) if ((joined.get(client) ?? 0) < clock) joined.set(client, clock);
    clocks = joined;
  }
  // The tail is in dot order, not in causal order: go round until nothing fits any more.
  let waiting: readonly TextUpdate[] = state.tail.map((entry) => readTextUpdate(entry.update));
  while (waiting.length > 0) {
    const stuck: TextUpdate[] = [];
    for (const update of waiting) {
      const after = advanceClocks(clocks, update);
      if (after === undefined) stuck.push(update);
      else clocks = after;
    }
    if (stuck.length === waiting.length) break;
    waiting = stuck;
  }
  return { clocks, waiting: waiting.length };
}

/** Whether the update refers to edits that the state does not have: integrating it would leave it waiting. */
export function textHasGap(state: TextState | undefined, delta: { readonly update: Uint8Array }): boolean {
  return advanceClocks(clocksOf(state ?? emptyText), readTextUpdate(delta.update)) === undefined;
}

/** What two replicas with the same operations agree on, however each of them compacted: the text, and the sorted Yjs state vector. */
export function textCanonical(state: TextState | undefined): Uint8Array {
  const writer = new ByteWriter();
  writer.text(textString(state));
  const clocks = state === undefined ? [] : [...readDoc(state, docClocks)];
  clocks.sort(([a], [b]) => a - b);
  writer.varint(clocks.length);
  for (const [client, clock] of clocks) {
    writer.varint(client);
    writer.varint(clock);
  }
  return writer.finish();
}
