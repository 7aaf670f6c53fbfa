/**
 * The Yjs document of a text, beside its immutable states. Loading one takes milliseconds, integrating a keystroke microseconds, so the
 * newest state keeps the document and hands it on to the next. A state that has handed it on, or whose document has gone another way,
 * loads its own again: the entry is only ever a faster way to the same answer.
 *
 * Yjs draws a client id with the platform's randomness in the constructor of `Y.Doc`. It cannot be told not to; it is overwritten at once,
 * and nothing is ever written under it.
 */
import * as Y from "yjs";
import { assert } from "../base/assert.ts";
import { compareBytes, DecodeFault } from "../base/bytes.ts";
import type { TextState } from "./text-state.ts";
import { readTextUpdate, textRoot } from "./text-update.ts";

interface Handle {
  readonly doc: Y.Doc;
  readonly text: Y.Text;
  /** An edit that `plan` made in the document and that `apply` has not adopted yet: the document is ahead of its state. */
  planned: Uint8Array | undefined;
  /** Of the state, once somebody asked. */
  shown: string | undefined;
  /** False: no character of the document takes two UTF-16 units, so no index can fall inside one. */
  hasPairs: boolean;
}

/** At most one state has a document: handing it on takes it away. */
const handles = new WeakMap<TextState, Handle>();

/** While nobody edits: an id that no session has, so that Yjs never takes a stored edit for a clash with this document. */
const nobody = 0;

function buildDoc(state: TextState): Y.Doc {
  const doc = new Y.Doc({ gc: true, guid: textRoot });
  doc.clientID = nobody;
  doc.getText(textRoot);
  try {
    Y.transact(doc, () => {
      for (const part of state.compacted) Y.applyUpdateV2(doc, part.update);
      for (const entry of state.tail) Y.applyUpdate(doc, entry.update);
    });
  } catch (cause) {
    throw new DecodeFault(`a stored text that Yjs cannot read: ${String(cause)}`);
  }
  doc.clientID = nobody;
  return doc;
}

const pair = /[\ud800-\udfff]/;

function handleOf(state: TextState): Handle {
  const known = handles.get(state);
  if (known !== undefined && known.planned === undefined) return known;
  const doc = buildDoc(state);
  const text = doc.getText(textRoot);
  const shown = text.toString();
  const handle: Handle = { doc, text, planned: undefined, shown, hasPairs: pair.test(shown) };
  handles.set(state, handle);
  return handle;
}

/** Hands the document on from one state to the one that `update` makes of it. Does nothing where no document is loaded. */
export function carryDoc(before: TextState, after: TextState, update: Uint8Array): void {
  const handle = handles.get(before);
  if (handle === undefined || before === after) return;
  if (handle.planned === undefined) {
    Y.applyUpdate(handle.doc, update);
    handle.doc.clientID = nobody;
  } else if (compareBytes(handle.planned, update) !== 0) {
    handles.delete(before);
    return;
  }
  handle.planned = undefined;
  handle.shown = undefined;
  handle.hasPairs ||= bringsPair(update);
  handles.delete(before);
  handles.set(after, handle);
}

/** A pair's UTF-8 begins with 0xf0 or more; so do some numbers, so the strict reader decides. */
function bringsPair(update: Uint8Array): boolean {
  if (!update.some((byte) => byte >= 0xf0)) return false;
  return readTextUpdate(update).structs.some((struct) => struct.text !== undefined && pair.test(struct.text));
}

/** The same document under a state that stores the same operations otherwise. */
export function rehomeDoc(before: TextState, after: TextState): void {
  const handle = handles.get(before);
  if (handle === undefined) return;
  handles.delete(before);
  handles.set(after, handle);
}

export function textString(state: TextState | undefined): string {
  if (state === undefined) return "";
  const handle = handleOf(state);
  handle.shown ??= handle.text.toString();
  return handle.shown;
}

/** In UTF-16 units. */
export function textLength(state: TextState): number {
  return handleOf(state).text.length;
}

export function mayHavePairs(state: TextState): boolean {
  return handleOf(state).hasPairs;
}

/**
 * Makes an edit as a session of this replica, and returns its Yjs update (version 1). The document is then ahead of `state`: `apply` with this
 * very update adopts it, anything else loads the document again.
 */
export function editDoc(state: TextState, textSession: number, edit: (text: Y.Text) => void): Uint8Array {
  assert(Number.isSafeInteger(textSession) && textSession > nobody, "a text session is a positive safe integer");
  const handle = handleOf(state);
  const { doc } = handle;
  let made: Uint8Array | undefined;
  const take = (update: Uint8Array): void => {
    made = update;
  };
  doc.clientID = textSession;
  doc.on("update", take);
  try {
    doc.transact(() => edit(handle.text));
  } finally {
    doc.off("update", take);
    doc.clientID = nobody;
  }
  assert(made !== undefined, "an edit within bounds makes an update");
  handle.planned = made;
  return made;
}

/** Reads the loaded document; the reader must leave it as it is. */
export function readDoc<T>(state: TextState, read: (doc: Y.Doc) => T): T {
  return read(handleOf(state).doc);
}

/** A document of the caller's own, ready to be edited under this session's id. */
export function openTextDoc(state: TextState | undefined, textSession: number): Y.Doc {
  const doc = buildDoc(state ?? { compacted: [], tail: [] });
  doc.clientID = textSession;
  return doc;
}

/** The one text of an open document. */
export function textOf(doc: Y.Doc): Y.Text {
  return doc.getText(textRoot);
}
