/** The pages of the browser tests, built by Vite as an app's would be: worker and wasm are found by `new URL(…, import.meta.url)`. */
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("../pages", import.meta.url));

export async function buildPages(outDir: string): Promise<void> {
  await build({
    configFile: false,
    root,
    logLevel: "error",
    resolve: {
      conditions: ["holdfast-source", "module", "browser"],
      alias: { "node:assert/strict": `${root}/assert.ts` },
    },
    worker: { format: "es" },
    build: { outDir, emptyOutDir: true, target: "es2022", rolldownOptions: { input: [`${root}/index.html`, `${root}/conformance.html`] } },
  });
}
