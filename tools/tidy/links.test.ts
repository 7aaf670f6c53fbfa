import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { anchorsIn, deadLinks } from "./links.ts";
import { listFiles, readText, root } from "./repository.ts";

describe("links", () => {
  it("[TIDY2] notices a file and a heading that are not there", () => {
    const text = "# One\n[a](b.md) [c](#one) [d](#two) [e](../x.md)\n```\n[f](no.md)\n```\n";
    expect(
      deadLinks(
        "docs/a.md",
        text,
        (path) => path === "docs/a.md",
        () => text,
      ),
    ).toEqual(["docs/a.md → b.md", "docs/a.md → #two (no such heading)", "docs/a.md → ../x.md"]);
    expect([...anchorsIn("# Follow one write\n## What's `r0`?\n## Follow one write\n")]).toEqual([
      "follow-one-write",
      "whats-r0",
      "follow-one-write-1",
    ]);
  });

  it("[TIDY2] are all live", () => {
    const documents = listFiles().filter((path) => path.endsWith(".md"));
    expect(documents.length).toBeGreaterThan(5);
    expect(documents.flatMap((path) => deadLinks(path, readText(path), (target) => existsSync(join(root, target)), readText))).toEqual([]);
  });
});
