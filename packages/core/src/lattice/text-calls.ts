/** What an app says of a text, checked: brought along by the lattice, so that only a schema with `text()` has it in its bundle. */
import { callerError, invalidValue, tooLargeValue } from "../base/error.ts";
import { isWellFormedText, utf8Length } from "../base/utf8.ts";
import { checkCount } from "./check-count.ts";
import type { TextCalls, TextPlace } from "./lattice.ts";

export const textCalls: TextCalls = {
  begin(place, input) {
    const text = checkText(place, input);
    return text === "" ? undefined : { type: "text-insert", at: 0, text };
  },
  open: (place, { assertOpen, change }) =>
    Object.freeze({
      insert: (at: unknown, inserted: unknown) => {
        assertOpen();
        const text = checkText(place, inserted);
        const offset = checkCount("A place in a text", at);
        if (text !== "") change({ type: "text-insert", at: offset, text }, text.length);
      },
      delete: (at: unknown, length: unknown) => {
        assertOpen();
        const offset = checkCount("A place in a text", at);
        const count = checkCount("A length", length);
        if (count > 0) change({ type: "text-delete", at: offset, length: count }, 0);
      },
      apply: (update: unknown) => {
        assertOpen();
        const bytes = checkUpdate(place, update);
        change({ type: "text-update", update: bytes }, bytes.length);
      },
    }),
};

function checkText({ name, bytesMax }: TextPlace, text: unknown): string {
  if (typeof text !== "string") throw invalidValue(name, "A text takes a string.");
  if (!isWellFormedText(text))
    throw callerError("invalid-text", `The text for "${name}" holds NUL or half of a surrogate pair.`, "Remove it, or use bytes.");
  if (text.length > bytesMax || utf8Length(text) > bytesMax) throw tooLargeValue(name, bytesMax);
  return text;
}

function checkUpdate({ name, bytesMax }: TextPlace, bytes: unknown): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw invalidValue(name, "An update is a Uint8Array.");
  if (bytes.length > bytesMax) throw tooLargeValue(name, bytesMax);
  return new Uint8Array(bytes);
}
