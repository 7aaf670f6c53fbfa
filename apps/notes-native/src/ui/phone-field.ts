/**
 * A `TextInput` as the field that `bindTextField` binds. What the phone does not tell stays out: where the caret is (so a letter typed into a run
 * of the same letter counts as typed at its end), and whether an input method composes (so what others write meanwhile interrupts it).
 */
import type { TextField } from "@holdfast/react";

export class PhoneField implements TextField {
  readonly selectionStart = null;
  readonly selectionEnd = null;
  readonly selectionDirection = null;
  readonly #show: (value: string) => void;
  #value = "";
  #listener: (() => void) | undefined;

  constructor(show: (value: string) => void) {
    this.#show = show;
  }

  get value(): string {
    return this.#value;
  }

  set value(value: string) {
    this.#value = value;
    this.#show(value);
  }

  typed(value: string): void {
    this.value = value;
    this.#listener?.();
  }

  setSelectionRange(): void {
    // The phone keeps its caret.
  }

  addEventListener(type: string, listener: () => void): void {
    if (type === "input") this.#listener = listener;
  }

  removeEventListener(type: string): void {
    if (type === "input") this.#listener = undefined;
  }
}
