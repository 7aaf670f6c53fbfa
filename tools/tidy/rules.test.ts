import { describe, expect, it } from "vitest";
import { readText } from "./repository.ts";
import { allCitations, allRules, citationsIn, predefinedIn, predefinedPath, rulesIn } from "./rules.ts";

describe("rules and their tests", () => {
  const rules = allRules();
  const predefined = predefinedIn(readText(predefinedPath));
  const citations = allCitations();

  it("[TIDY1] finds rules and citations as they are written", () => {
    expect(rulesIn("a.md", "- **REG2** The higher stamp wins.\n- **not a rule**\n  - **REG3** nested\n")).toEqual([
      { id: "REG2", path: "a.md" },
    ]);
    // Put together here, or this file would cite what it only shows.
    const calls = [
      ["i", 't("[REG2][T1] a", () => {});'],
      ["te", "st.each([\n  1,\n])(\n  `[SET3] b`,\n);"],
      ["const title", ' = "[NO1] c";'],
    ];
    expect(citationsIn(calls.map((parts) => parts.join("")).join("\n"))).toEqual(["REG2", "T1", "SET3"]);
    expect([...predefinedIn("| T1 | the stamp | tested |\n| F2 | a clock | later |\n| T3 | no state |\n")]).toEqual([
      ["T1", "tested"],
      ["F2", "later"],
    ]);
  });

  it("[TIDY1] has every trap, failure and invariant in the table", () => {
    const expected = [
      ...Array.from({ length: 25 }, (_, index) => `T${index + 1}`),
      ...Array.from({ length: 75 }, (_, index) => `F${String(index + 1).padStart(2, "0")}`),
      ...Array.from({ length: 8 }, (_, index) => `I${index + 1}`),
    ];
    expect([...predefined.keys()].sort()).toEqual(expected.sort());
  });

  it("[TIDY1] gives each rule an id of its own", () => {
    const counts = new Map<string, number>();
    for (const { id } of rules) counts.set(id, (counts.get(id) ?? 0) + 1);
    expect([...counts].filter(([id, count]) => count > 1 || predefined.has(id)).map(([id]) => id)).toEqual([]);
  });

  it("[TIDY1] has a test for every rule", () => {
    expect(rules.filter(({ id }) => !citations.has(id)).map(({ id, path }) => `${id} in ${path}`)).toEqual([]);
  });

  it("[TIDY1] has a test for every trap and failure that the table calls tested", () => {
    expect([...predefined].filter(([id, state]) => state === "tested" && !citations.has(id)).map(([id]) => id)).toEqual([]);
  });

  it("[TIDY1] cites no id that does not exist", () => {
    const known = new Set([...rules.map(({ id }) => id), ...predefined.keys()]);
    expect([...citations].filter(([id]) => !known.has(id)).map(([id, paths]) => `${id} in ${paths.join(", ")}`)).toEqual([]);
  });
});
