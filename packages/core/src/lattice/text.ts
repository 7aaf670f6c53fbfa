/** `text`: plain text that many edit at once, merged character by character by Yjs. The rules are TXT1 to TXT12 of `docs/spec/sequences.md`. */
import { vectorContains, vectorCovers } from "../causality/version-vector.ts";
import type { Applied, Lattice, Origin } from "./lattice.ts";
import { carryClocks } from "./text-clocks.ts";
import { decodeText, encodeText } from "./text-codec.ts";
import { compactText, textCanonical } from "./text-compaction.ts";
import { textBinding } from "./text-binding.ts";
import { textCalls } from "./text-calls.ts";
import { carryDoc, textString } from "./text-doc.ts";
import { planText, type TextDelta } from "./text-plan.ts";
import { addEntry, emptyText, isCompactionDue, joinTexts, type TextEntry, type TextState } from "./text-state.ts";
import { readTextUpdate } from "./text-update.ts";

export const textLattice: Lattice<TextState, TextDelta> = {
  kind: "text",
  apply: applyText,
  plan: (state, change, origin) => planText(state ?? emptyText, change, origin),
  lift: (delta, origin) => ({ compacted: [], tail: [{ dot: origin.dot, update: delta.update }] }),
  join: joinTexts,
  view: textString,
  encodeState: encodeText,
  decodeState: decodeText,
  encodeDelta: (delta) => delta.update,
  decodeDelta: (bytes) => {
    readTextUpdate(bytes);
    return { update: bytes };
  },
  refer({ compacted, tail }, name) {
    for (const { covers } of compacted) for (const [replica, counter] of covers) name(replica, counter);
    for (const { dot } of tail) name(dot.replica, dot.counter);
  },
  valuesOf: () => [],
  canonical: textCanonical,
  textBinding,
  textCalls,
};

/** Everything merges, so nothing loses; `concurrent` says that somebody else had written without being seen. */
function applyText(known: TextState | undefined, delta: TextDelta, origin: Origin): Applied<TextState> {
  const before = known ?? emptyText;
  const concurrent = holdsUnseen(before, origin);
  const added = addEntry(before, { dot: origin.dot, update: delta.update });
  carryClocks(before, added, delta.update);
  carryDoc(before, added, delta.update);
  return { state: isCompactionDue(added, delta.update) ? compactText(added) : added, concurrent, losers: [] };
}

/** The tail is in dot order: of each replica's run only the last matters. */
function holdsUnseen({ compacted, tail }: TextState, { context }: Origin): boolean {
  let replica: string | undefined;
  for (let i = tail.length - 1; i >= 0; i--) {
    const { dot } = tail[i] as TextEntry;
    if (dot.replica === replica) continue;
    replica = dot.replica;
    if (!vectorContains(context, dot)) return true;
  }
  return compacted.some(({ covers }) => !vectorCovers(context, covers));
}
