import { describe, expect, it } from "vitest";
import { type MutableNote, type MutableShown, tellStory } from "../testing/told-story.ts";

const noteOf = (shown: MutableShown, id = "n"): MutableNote => shown.notes.find((note) => note.id === id) as MutableNote;

describe("the oracle", () => {
  it("[DEMO2][DEMO3] finds nothing wrong with what the rules say", () => {
    expect(tellStory().judge()).toEqual([]);
  });

  /** One planted loss each: what is taken from the converged state, and what the oracle must say. */
  const plants: readonly (readonly [name: string, plant: (shown: MutableShown) => void, said: string | RegExp])[] = [
    ["a note", (shown) => void shown.notes.shift(), "The note n of phone-1 is gone."],
    ["an edited note whose deletion had not seen the edit", (shown) => void shown.notes.pop(), "The note contested of phone-2 is gone."],
    [
      "a deletion",
      (shown) => void shown.notes.push({ ...noteOf(shown, "contested"), id: "doomed", title: "List" }),
      "The deletion watch-5 of doomed is lost",
    ],
    [
      "the record of a deletion that lost",
      (shown) => void shown.conflicts.pop(),
      "contested came back from the deletion tablet-7, and no conflict log says so.",
    ],
    ["a title that lost", (shown) => void shown.conflicts.shift(), 'The title "List (phone-5)" that phone-5 gave n is lost.'],
    [
      "a title that won",
      (shown) => void (noteOf(shown).title = "List (phone-5)"),
      'The title "List (tablet-1)" that tablet-1 gave n is lost.',
    ],
    [
      "the newest title, to an older one",
      (shown) => void (noteOf(shown).title = "List"),
      'The title "List (tablet-1)" that tablet-1 gave n is lost.',
    ],
    ["the title, to one that nobody wrote", (shown) => void (noteOf(shown).title = "?"), /title is "\?", which nobody wrote/],
    ["a setting", (shown) => void (shown.others["settings/main"] = { theme: "light" }), 'The theme "dark" that watch-6 gave main is lost.'],
    ["typed text", (shown) => void (noteOf(shown).body = noteOf(shown).body.replace("⟨phone-6⟩ ", "")), "The text phone-6 in n is lost."],
    [
      "nothing, but text came twice",
      (shown) => void (noteOf(shown).body = `⟨phone-6⟩ ${noteOf(shown).body}`),
      "The text phone-6 is 2 times in n.",
    ],
    [
      "nothing, but erased text came back",
      (shown) => void (noteOf(shown).body = `⟨watch-1⟩ ${noteOf(shown).body}`),
      "The text watch-1 in n was erased and is there.",
    ],
    [
      "nothing, but text that nobody typed is there",
      (shown) => void (noteOf(shown).body = `⟨watch-9⟩ ${noteOf(shown).body}`),
      "n holds the text watch-9, which nobody typed.",
    ],
    [
      "a word of the imported text",
      (shown) => void (noteOf(shown).body = noteOf(shown).body.replace("three ", "")),
      "n lacks 10 characters of its text, and 4 were erased.",
    ],
    [
      "the order of the imported text",
      (shown) => void (noteOf(shown).body = noteOf(shown).body.replace("three four", "four three")),
      "The text of n is not what was imported",
    ],
    [
      "an erasure",
      (shown) => void (noteOf(shown).body = noteOf(shown).body.replace("One ", "One two ")),
      "n still has text that was erased.",
    ],
    ["a tag that was added again", (shown) => void (noteOf(shown).tags = []), 'The tag "home" of n is lost'],
    ["a removal of a tag", (shown) => void noteOf(shown).tags.push("old"), 'The tag "old" of n is there'],
    ["an imported tag", (shown) => void noteOf(shown, "contested").tags.pop(), 'The tag "old" of contested is lost'],
    ["nothing, but a tag is there twice", (shown) => void noteOf(shown).tags.push("home"), "A tag of n is there twice."],
    ["an added item", (shown) => void noteOf(shown).items.shift(), 'The item "Task phone-8" of n is lost.'],
    ["an imported item", (shown) => void noteOf(shown).items.pop(), 'The item "Bread" of n is lost.'],
    [
      "nothing, but an item came twice",
      (shown) => void noteOf(shown).items.push(structuredClone(noteOf(shown).items[1] as MutableNote["items"][number])),
      'The item "Bread" of n is there 2 times.',
    ],
    [
      "a removal of an item",
      (shown) => void noteOf(shown).items.push({ key: "milk", value: { label: "Milk", done: false } }),
      'The item "Milk" of n was removed and is there.',
    ],
    [
      "nothing, but an item that nobody added is there",
      (shown) => void noteOf(shown).items.push({ key: "x", value: { label: "Eggs", done: false } }),
      'n holds the item "Eggs", which nobody added.',
    ],
    [
      "an edit of an item that won",
      (shown) => void ((noteOf(shown).items[1] as MutableNote["items"][number]).value = { label: "Bread", done: false }),
      'The edit tablet-6 of the item "Bread" of n is lost.',
    ],
    ["an edit of an item that lost", (shown) => void shown.conflicts.splice(1, 1), 'The edit phone-9 of the item "Bread" of n is lost.'],
    ["an increment", (shown) => void (noteOf(shown).opened -= 2), "n was opened 3 times, and 5 were acknowledged."],
    [
      "nothing, but an increment came twice",
      (shown) => void (noteOf(shown).opened += 3),
      "n was opened 8 times, and only 5 were ever begun.",
    ],
  ];
  it.each(plants)("[DEMO2] reports the loss of %s", (_name, plant, said) => {
    const story = tellStory();
    plant(story.shown);
    const wrong = story.judge();
    expect(wrong.length).toBeGreaterThan(0);
    expect(wrong.join("\n")).toMatch(said instanceof RegExp ? said : new RegExp(said.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")));
  });

  it("[DEMO2] reports devices that show different things", () => {
    const { oracle, shown } = tellStory();
    const other = structuredClone(shown);
    expect(
      oracle.judge(
        new Map([
          ["phone", shown],
          ["watch", other],
        ]),
      ),
    ).toEqual([]);
    noteOf(other).pinned = true;
    expect(
      oracle.judge(
        new Map([
          ["phone", shown],
          ["watch", other],
        ]),
      ),
    ).toEqual(["phone and watch show different notes n."]);
  });

  it("[DEMO3] finds a loser in the log of any device, and a refused value in any dead letter", () => {
    const { oracle, shown } = tellStory();
    const other = structuredClone(shown);
    const kept = shown.conflicts;
    shown.conflicts = [];
    expect(
      oracle.judge(
        new Map([
          ["phone", shown],
          ["watch", other],
        ]),
      ),
    ).toEqual([]);
    other.conflicts = kept.slice(1);
    expect(
      oracle.judge(
        new Map([
          ["phone", shown],
          ["watch", other],
        ]),
      ),
    ).toEqual(['The title "List (phone-5)" that phone-5 gave n is lost.']);
    other.letters.push({
      code: "x",
      reason: "y",
      intent: undefined,
      input: null,
      values: [{ collection: "notes", record: "n", field: "title", values: ["List (phone-5)"] }],
    });
    expect(
      oracle.judge(
        new Map([
          ["phone", shown],
          ["watch", other],
        ]),
      ),
    ).toEqual([]);
  });

  it("[DEMO4] takes either for a write that was begun and never acknowledged", () => {
    const story = tellStory();
    const note = noteOf(story.shown);
    story.write("watch", 7, [{ type: "count", record: "n", by: 1 }], false);
    story.write("watch", 8, [{ type: "insert-text", record: "n", marker: "watch-8" }], false);
    story.write("watch", 9, [{ type: "tag", record: "n", tag: "new", present: true }], false);
    story.write("watch", 10, [{ type: "add-item", record: "n", label: "Task watch-10" }], false);
    expect(story.judge()).toEqual([]);
    note.opened += 1;
    note.body = `⟨watch-8⟩ ${note.body}`;
    note.tags.push("new");
    note.items.push({ key: "w", value: { label: "Task watch-10", done: false } });
    expect(story.judge()).toEqual([]);
    note.opened += 1;
    expect(story.judge()).toEqual(["n was opened 7 times, and only 6 were ever begun."]);
  });

  it("[DEMO4] a write that was never acknowledged excuses what it replaced only if it is found itself", () => {
    const story = tellStory();
    story.write("tablet", 8, [{ type: "assign", collection: "notes", record: "n", field: "title", value: "List (tablet-8)" }], false);
    expect(story.judge()).toEqual([]);
    noteOf(story.shown).title = "List (tablet-8)";
    expect(story.judge()).toEqual([]);
    noteOf(story.shown).title = "List (phone-5)";
    expect(story.judge()).toEqual(['The title "List (tablet-1)" that tablet-1 gave n is lost.']);
  });

  it("[DEMO2] does not know an acknowledgement of what was never begun", () => {
    expect(() => tellStory().oracle.acknowledged("watch", 99)).toThrow("never began");
  });
});
