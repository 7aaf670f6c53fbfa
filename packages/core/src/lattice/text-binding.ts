/** What an editor's binding needs of a text, brought along by the lattice so that only a schema with `text()` has Yjs in its bundle. */
import * as Y from "yjs";
import { openTextDoc, readDoc, textOf } from "./text-doc.ts";
import type { TextState } from "./text-state.ts";

export interface TextBinding {
  open(state: unknown, textSession: number): Y.Doc;
  apply(doc: Y.Doc, update: Uint8Array, origin: unknown): void;
  /** What the state has and the document has not; undefined for nothing. */
  missing(state: unknown, doc: Y.Doc): Uint8Array | undefined;
  text(doc: Y.Doc): Y.Text;
  merge(updates: readonly Uint8Array[]): Uint8Array;
}

/** An update that holds no struct and no deletion. */
const emptyUpdateBytes = 2;

export const textBinding: TextBinding = {
  open: (state, textSession) => openTextDoc(state as TextState | undefined, textSession),
  apply: (doc, update, origin) => Y.applyUpdate(doc, update, origin),
  missing(state, doc) {
    if (state === undefined) return undefined;
    const update = readDoc(state as TextState, (stored) => Y.encodeStateAsUpdate(stored, Y.encodeStateVector(doc)));
    return update.length <= emptyUpdateBytes ? undefined : update;
  },
  text: textOf,
  merge: (updates) => (updates.length === 1 ? (updates[0] as Uint8Array) : Y.mergeUpdates(updates as Uint8Array[])),
};
