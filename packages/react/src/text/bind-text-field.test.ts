import { page, window } from "../testing/document.ts";
import { isWellFormedText } from "@holdfast/core/engine";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { bindTextField } from "./bind-text-field.ts";

/** A person at a textarea that is bound to a text of their own document. */
class Person {
  readonly doc = new Y.Doc();
  readonly text = this.doc.getText();
  readonly field = page.createElement("textarea");
  readonly #unbind: () => void;
  #isBound = true;

  constructor(start: Y.Doc) {
    this.hear(start);
    this.#unbind = bindTextField(this.field, this.text);
  }

  unbind(): void {
    if (this.#isBound) this.#unbind();
    this.#isBound = false;
  }

  hear(other: Y.Doc): void {
    Y.applyUpdate(this.doc, Y.encodeStateAsUpdate(other, Y.encodeStateVector(this.doc)), "other");
  }

  /** As a browser does it: the value, the caret behind what was typed, then the event. */
  type(start: number, end: number, typed: string): void {
    this.change(start, end, typed);
    this.field.dispatchEvent(new window.Event("input"));
  }

  change(start: number, end: number, typed: string): void {
    const { value } = this.field;
    this.field.value = value.slice(0, start) + typed + value.slice(end);
    this.field.setSelectionRange(start + typed.length, start + typed.length);
  }

  compose(phase: "start" | "end"): void {
    this.field.dispatchEvent(new window.Event(`composition${phase}`));
  }
}

function startWith(text: string): Y.Doc {
  const doc = new Y.Doc();
  doc.getText().insert(0, text);
  return doc;
}

const people: Person[] = [];
function meet(text: string): readonly [Person, Person] {
  const start = startWith(text);
  const pair = [new Person(start), new Person(start)] as const;
  people.push(...pair);
  return pair;
}
afterEach(() => people.splice(0).forEach((person) => person.unbind()));

describe("bindTextField", () => {
  it("[RCT12] takes what is typed as the edit that it was, and brings what others write", () => {
    const [ann, ben] = meet("milk, bread");
    ann.type(4, 4, " and butter");
    ben.type(6, 11, "rye");
    ann.hear(ben.doc);
    ben.hear(ann.doc);
    expect([ann.field.value, ben.field.value]).toEqual(["milk and butter, rye", "milk and butter, rye"]);
    ann.unbind();
    ben.type(0, 4, "oat milk");
    ann.hear(ben.doc);
    expect(ann.field.value).toBe("milk and butter, rye");
  });

  it("[RCT12] keeps caret and selection among the words where they were", () => {
    const [ann, ben] = meet("one two three");
    ann.field.setSelectionRange(4, 7, "backward");
    ben.type(0, 3, "1 and a half");
    ben.type(ben.field.value.length, ben.field.value.length, "!");
    ann.hear(ben.doc);
    const { value, selectionStart, selectionEnd, selectionDirection } = ann.field;
    expect(value.slice(selectionStart, selectionEnd)).toBe("two");
    expect(selectionDirection).toBe("backward");
    // Where it stands is removed: it stays at the place.
    ann.field.setSelectionRange(15, 15);
    ben.type(10, 18, "");
    ann.hear(ben.doc);
    expect([ann.field.selectionStart, ann.field.selectionEnd]).toEqual([10, 10]);
    // What is inserted exactly at the caret comes behind it.
    ben.type(10, 10, "new");
    ann.hear(ben.doc);
    expect(ann.field.selectionStart).toBe(10);
  });

  it("[RCT13] leaves the field alone while an input method composes, and then has both, the edit where it was meant", () => {
    const [ann, ben] = meet("tea with milk");
    ann.compose("start");
    ann.change(9, 13, "s");
    ann.field.dispatchEvent(new window.Event("input"));
    ben.type(0, 3, "black tea");
    ben.type(17, 17, "MI");
    ann.hear(ben.doc);
    expect(ann.field.value).toBe("tea with s");
    ann.change(9, 10, "soy");
    ann.compose("end");
    ben.hear(ann.doc);
    // "milk" was replaced as a whole; what came into the middle of it meanwhile stays.
    expect(ann.field.value).toBe("black tea with soyMI");
    expect(ben.field.value).toBe(ann.field.value);
    expect(ann.field.selectionStart).toBe("black tea with soy".length);
  });

  it("[RCT13] takes a composition that ends with the field", () => {
    const [ann] = meet("");
    ann.compose("start");
    ann.change(0, 0, "に");
    ann.unbind();
    expect(ann.text.toString()).toBe("に");
  });

  it("[RCT12][RCT13][F63] any typing by two people, with compositions and emoji, ends with the same whole text in both fields", () => {
    const step = fc.record({
      who: fc.constantFrom(0 as const, 1 as const),
      what: fc.constantFrom("type" as const, "type" as const, "type" as const, "hear" as const, "start" as const, "end" as const),
      from: fc.nat(20),
      length: fc.nat(3),
      typed: fc.constantFrom("", "x", "yz", "😀", "😁", "👩‍👧"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const pair = meet("a😀b😁c");
        for (const { who, what, from, length, typed } of steps) {
          const person = pair[who];
          if (what === "hear") person.hear(pair[1 - who]?.doc as Y.Doc);
          else if (what === "type") {
            // People select whole characters; of the field as it is now.
            const units = [...person.field.value];
            const start = units.slice(0, from).join("").length;
            person.type(start, start + units.slice(from, from + length).join("").length, typed);
          } else person.compose(what);
        }
        const typedLast = pair.map(({ field }) => field.value);
        for (const person of pair) person.compose("end");
        for (const [index, person] of pair.entries()) person.hear(pair[1 - index]?.doc as Y.Doc);
        for (const [index, person] of pair.entries()) person.hear(pair[1 - index]?.doc as Y.Doc);
        const [one, other] = pair.map(({ field, text }) => [field.value, text.toString()]);
        expect(one).toEqual(other);
        expect(one?.[0]).toBe(one?.[1]);
        expect(isWellFormedText(one?.[0] ?? ""), typedLast.join("|")).toBe(true);
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  it("[RCT12] two fields of one text in one page show the same", () => {
    const doc = startWith("one");
    const fields = [page.createElement("textarea"), page.createElement("input")];
    const unbinds = fields.map((field) => bindTextField(field, doc.getText()));
    (fields[0] as HTMLTextAreaElement).value = "one two";
    fields[0]?.dispatchEvent(new window.Event("input"));
    expect(fields.map(({ value }) => value)).toEqual(["one two", "one two"]);
    unbinds.forEach((unbind) => unbind());
  });
});
