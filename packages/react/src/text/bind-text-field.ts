/**
 * An ordinary textarea (or text input) in step with a Yjs text. What the person types goes into the text as the edit that it was; what
 * others write comes into the field around the caret. While an input method composes, the field is left alone: taking a half-composed
 * word out of its hands loses it.
 */
import { findTextEdit } from "@holdfast/client";
import type * as Y from "yjs";
import { type Change, moveCaret, placeEdit } from "./positions.ts";

/** What is needed of a `HTMLTextAreaElement` or a `HTMLInputElement` of type text. */
export interface TextField {
  value: string;
  readonly selectionStart: number | null;
  readonly selectionEnd: number | null;
  readonly selectionDirection: "forward" | "backward" | "none" | null;
  setSelectionRange(start: number, end: number, direction?: "forward" | "backward" | "none"): void;
  addEventListener(type: "input" | "compositionstart" | "compositionend", listener: () => void): void;
  removeEventListener(type: "input" | "compositionstart" | "compositionend", listener: () => void): void;
}

/** Gives back what ends it; what was typed last is taken first. */
export function bindTextField(field: TextField, text: Y.Text): () => void {
  const own = {};
  /** What the field held when it and the text last agreed. */
  let agreed = text.toString();
  /** What others have changed since. */
  let arrived: Change[] = [];
  let composing = false;

  /** Typed text into the shared one. */
  const take = (): void => {
    const edit = findTextEdit(agreed, field.value, field.selectionEnd ?? undefined);
    if (edit === undefined) return;
    const { at, removals } = placeEdit(arrived, edit);
    text.doc?.transact(() => {
      for (const removal of removals) text.delete(removal.at, removal.length);
      if (edit.inserted !== "") text.insert(at, edit.inserted);
    }, own);
    if (arrived.length === 0) agreed = field.value;
  };

  /** The shared text into the field, with the caret where it was among the words. */
  const show = (): void => {
    const value = text.toString();
    if (field.value !== value) {
      const edit = findTextEdit(agreed, field.value, field.selectionEnd ?? undefined);
      const [start, end] = [field.selectionStart ?? 0, field.selectionEnd ?? 0].map((caret) => moveCaret(arrived, edit, caret));
      const direction = field.selectionDirection ?? undefined;
      field.value = value;
      field.setSelectionRange(start as number, end as number, direction);
    }
    agreed = value;
    arrived = [];
  };

  const settle = (): void => {
    take();
    if (arrived.length > 0) show();
  };
  const typed = (): void => {
    if (!composing) settle();
  };
  const begin = (): void => {
    composing = true;
  };
  const end = (): void => {
    composing = false;
    settle();
  };
  const changed = ({ delta }: Y.YTextEvent, { origin }: Y.Transaction): void => {
    if (origin === own) return;
    arrived.push(delta as Change);
    // Typed and not told yet, as by a script or an extension: it is taken with the rest.
    if (!composing) settle();
  };

  field.value = agreed;
  text.observe(changed);
  field.addEventListener("input", typed);
  field.addEventListener("compositionstart", begin);
  field.addEventListener("compositionend", end);
  return () => {
    take();
    text.unobserve(changed);
    field.removeEventListener("input", typed);
    field.removeEventListener("compositionstart", begin);
    field.removeEventListener("compositionend", end);
  };
}
