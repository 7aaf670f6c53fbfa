import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

async function bundleOf(kinds: string): Promise<string> {
  const resolveDir = fileURLToPath(new URL(".", import.meta.url));
  const contents = `import { ${kinds}, collection, defineSchema } from "../index.ts"; console.log(collection, defineSchema, ${kinds});`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    write: false,
    format: "esm",
    minify: true,
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

describe("an app's bundle", () => {
  it("[SCH9] holds Yjs only with text()", async () => {
    const without = await bundleOf("register, counter, set, list, arbitrated");
    const withText = await bundleOf("register, text");
    // The key under which Yjs notes that it has been loaded.
    const hasYjs = (bundle: string) => bundle.includes("$YJS$");
    expect(hasYjs(withText)).toBe(true);
    expect(hasYjs(without)).toBe(false);
    expect(withText.length - without.length).toBeGreaterThan(40_000);
  });
});
