import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { readText, root } from "./repository.ts";

const path = "docs/guide/examples/hello.ts";

describe("the example in the README", () => {
  it("[EXA1] is the file", () => {
    const [, after] = readText("README.md").split(`<!-- example: ${path} -->`);
    const [, block] = /^\s*```ts\n([^]*?)```/.exec(after ?? "") ?? [];
    expect(block).toBe(readText(path));
  });

  it("[EXA1] runs, and shows what it says", () => {
    const out = execFileSync(process.execPath, ["--conditions=holdfast-source", "--disable-warning=ExperimentalWarning", path], {
      cwd: root,
      encoding: "utf8",
      timeout: 20_000,
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    expect(out).toMatch(/phone[^]*title: '(.+)'[^]*tablet[^]*title: '\1'/);
    expect(out).toMatch(/kept +title \S/);
    expect(out).toMatch(/equal +true/);
    for (const tag of ["home", "food", "errand"]) expect(out.split(`'${tag}'`)).toHaveLength(3);
  });
});
