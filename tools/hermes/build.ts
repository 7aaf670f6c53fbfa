/** The property tests as one script for the VM. */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { lowerForVm } from "./lower.ts";

const here = new URL(".", import.meta.url).pathname;

/** Yjs asks lib0 for randomness when it is loaded; a device's app gives `crypto`, and the tests draw nothing that has to be secret. */
const lib0: Plugin = {
  name: "lib0",
  setup(build) {
    build.onResolve({ filter: /^lib0\/webcrypto$/ }, () => ({ path: `${here}webcrypto.ts` }));
  },
};

const fewRuns: Plugin = {
  name: "few-runs",
  setup(build) {
    build.onResolve({ filter: /^fast-check$/ }, () => ({ path: `${here}few-runs.ts` }));
    build.onResolve({ filter: /^fast-check-itself$/ }, () => ({ path: fileURLToPath(import.meta.resolve("fast-check")) }));
  },
};

export async function bundleTests(root: string, paths: readonly string[], runsMax: number): Promise<string> {
  const bundled = await build({
    stdin: {
      contents: [
        `import "./tools/hermes/host.ts";`,
        ...paths.map((path) => `import "./${relative(root, path)}";`),
        `import { runAll } from "./tools/hermes/runner.ts";`,
        "void runAll();",
      ].join("\n"),
      resolveDir: root,
      loader: "ts",
    },
    bundle: true,
    // Our packages say that their files do nothing when they are loaded; tests do.
    ignoreAnnotations: true,
    write: false,
    format: "iife",
    target: "es2020",
    supported: { "regexp-named-capture-groups": false, "regexp-unicode-property-escapes": false, "regexp-lookbehind-assertions": false },
    conditions: ["holdfast-source"],
    alias: { vitest: `${here}runner.ts` },
    plugins: [lib0, fewRuns],
    banner: { js: `var __runsMax = ${runsMax};` },
    logLevel: "error",
  });
  return lowerForVm(bundled.outputFiles[0]?.text ?? "");
}
