import { describe, expect, it } from "vitest";
import { CommandError } from "../command-line.ts";
import { createTempDir } from "../testing/temp-dir.ts";
import { importNotes } from "./import-notes.ts";

describe("Markdown as notes", () => {
  it("[DEMO5] takes title, tags, checklist and body", () => {
    const text =
      "Before.\n\n## Packing ##\n\n- [x] Passport\n* [ ] Charger\n1. Tickets\n\n```sh\n# no heading\n- no item\n```\n+ Socks\n# Second heading\n";
    const { path } = createTempDir({ "trips/2026/lisbon.md": text });
    expect(importNotes(path, "").notes).toEqual([
      {
        id: "trips/2026/lisbon.md",
        title: "Packing",
        body: text,
        tags: ["trips", "2026"],
        checklist: [
          { label: "Passport", done: true },
          { label: "Charger", done: false },
          { label: "Tickets", done: false },
          { label: "Socks", done: false },
        ],
      },
    ]);
  });

  it("[DEMO5] a file without a heading is called by its name; a long title is cut between characters", () => {
    const { path } = createTempDir({ "plain.md": "Only text.", "long.md": `# ${"😀".repeat(250)}\n`, "empty.md": "" });
    const titles = new Map(importNotes(path, "").notes.map(({ id, title }) => [id, title]));
    expect(titles.get("plain.md")).toBe("plain");
    expect(titles.get("empty.md")).toBe("empty");
    expect(titles.get("long.md")).toBe(`${"😀".repeat(199)}…`);
  });

  it("[DEMO5] skips what is no text or too large, and says so", () => {
    const { path } = createTempDir({
      "good.md": "# Good",
      "latin.md": new Uint8Array([0x63, 0x61, 0x66, 0xe9]),
      "nul.md": "a\0b",
      "large.md": "x".repeat(102_401),
    });
    const { notes, skipped } = importNotes(path, "");
    expect(notes.map(({ id }) => id)).toEqual(["good.md"]);
    expect(skipped).toEqual([
      "large.md: 100 KiB, and a note has at most 100",
      "latin.md: it is not UTF-8",
      "nul.md: it holds NUL, so it is no text",
    ]);
  });

  it("[DEMO5] without a directory takes what lies here and in docs, and not what others installed", () => {
    const { path } = createTempDir({
      "README.md": "# Read me",
      "docs/guide/a.md": "# A",
      "src/notes.md": "# No",
      "docs/node_modules/x/README.md": "# No",
      "docs/.hidden/b.md": "# No",
      "docs/picture.png": "",
    });
    expect(importNotes(undefined, path).notes.map(({ id }) => id)).toEqual(["README.md", "docs/guide/a.md"]);
  });

  it("[DEMO5][CMD1] a directory that is not there or holds nothing is an error with advice", () => {
    const { path } = createTempDir();
    expect(() => importNotes(path, "")).toThrow(CommandError);
    expect(() => importNotes(`${path}/none`, "")).toThrow(/no directory/);
  });
});
