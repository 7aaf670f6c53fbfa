/**
 * How far each writing session's edits reach in a text, from its stored bytes: r0 judges an update without loading a document, or Yjs.
 * Kept beside the immutable state and stored with it, so that an update is read once and not with every one that follows.
 */
import { emptyText, type TextState } from "./text-state.ts";
import { advanceClocks, readTextUpdate, type TextClocks, type TextUpdate } from "./text-update.ts";

/** Only of states in which nothing waits. */
const knownClocks = new WeakMap<TextState, TextClocks>();

/** How far each session's edits reach in this state. */
export function clocksOf(state: TextState): TextClocks {
  return settledClocks(state) ?? storedClocks(state).clocks;
}

/** The same; undefined if some update of the state waits for others. */
export function settledClocks(state: TextState): TextClocks | undefined {
  const known = knownClocks.get(state);
  if (known !== undefined) return known;
  const { clocks, waiting } = storedClocks(state);
  if (waiting > 0) return undefined;
  knownClocks.set(state, clocks);
  return clocks;
}

/** Of a state that was stored with its clocks. */
export function rememberClocks(state: TextState, clocks: TextClocks): void {
  knownClocks.set(state, clocks);
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
