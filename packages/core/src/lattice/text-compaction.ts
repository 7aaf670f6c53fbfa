/** Folding a text's operations into one update, and what two replicas compare: through a document, since Yjs merges updates in quadratic time. */
import * as Y from "yjs";
import { ByteWriter } from "../base/bytes.ts";
import { settledClocks } from "./text-clocks.ts";
import { readDoc, rehomeDoc, textString } from "./text-doc.ts";
import { type TextState, textVector } from "./text-state.ts";

/** The same text with an empty tail; the same state while an update waits for an earlier one (never at r0, which refuses such). */
export function compactText(state: TextState): TextState {
  if (state.tail.length === 0 && state.compacted.length <= 1) return state;
  const clocks = settledClocks(state);
  if (clocks === undefined) return state;
  const update = readDoc(state, (doc) => Y.encodeStateAsUpdateV2(doc));
  const compacted: TextState = { compacted: [{ covers: textVector(state), clocks, update }], tail: [] };
  rehomeDoc(state, compacted);
  return compacted;
}

/** What two replicas with the same operations agree on, however each of them compacted: the text, and the sorted Yjs state vector. */
export function textCanonical(state: TextState | undefined): Uint8Array {
  const writer = new ByteWriter();
  writer.text(textString(state));
  const clocks = state === undefined ? [] : [...readDoc(state, (doc) => Y.decodeStateVector(Y.encodeStateVector(doc)))];
  clocks.sort(([a], [b]) => a - b);
  writer.varint(clocks.length);
  for (const [client, clock] of clocks) {
    writer.varint(client);
    writer.varint(clock);
  }
  return writer.finish();
}
