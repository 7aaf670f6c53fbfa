/** Test files as one script for the VM. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { leftOut } from "./left-out.ts";
import { lowerForVm } from "./lower.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

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

/**
 * What tests hold ours against, where Node would bring it: for the tests' own files and for nothing that ships, which must do without on a
 * device. What no twin stands for throws when it is used.
 */
const globals: Readonly<Record<string, string>> = {
  Buffer: "buffer",
  TextEncoder: "text-codec",
  TextDecoder: "text-codec",
  structuredClone: "structured-clone",
  URL: "node-fs",
};

function twins(root: string): Plugin {
  return {
    name: "twins",
    setup(build) {
      build.onResolve({ filter: /^node:(crypto|fs)$/ }, ({ path }) => ({ path: `${here}twins/${path.replace(":", "-")}.ts` }));
      build.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: "absent" }));
      build.onLoad({ filter: /.*/, namespace: "absent" }, ({ path }) => ({
        contents: `module.exports = new Proxy({}, { get(_, name) { throw new Error("${path} is not here: " + String(name)); } });`,
      }));
      build.onLoad({ filter: /\/packages\/.*(\.test|\/reference\/[\w-]+)\.ts$/ }, ({ path }) => {
        const source = readFileSync(path, "utf8");
        const used = Object.entries(globals).filter(([name]) => new RegExp(`\\b(new )?${name}[.(]`).test(source));
        const imports = used.map(([name, file]) => `import { ${name} } from "${here}twins/${file}.ts";`);
        const address = JSON.stringify(relative(root, path));
        return { contents: `${imports.join("")}${source.replaceAll("import.meta.url", address)}`, loader: "ts" };
      });
    },
  };
}

/** Says which file the tests that follow are of: modules run in the order in which they are imported. */
const markers: Plugin = {
  name: "markers",
  setup(build) {
    build.onResolve({ filter: /^begin:/ }, ({ path }) => ({ path: path.slice("begin:".length), namespace: "begin" }));
    build.onLoad({ filter: /.*/, namespace: "begin" }, ({ path }) => {
      const skipped = leftOut.filter((entry) => entry.path === path && entry.title !== undefined).map(({ title }) => title);
      return {
        contents: `import { beginFile } from "${here}runner.ts"; beginFile(${JSON.stringify(path)}, ${JSON.stringify(skipped)});`,
        resolveDir: here,
      };
    });
  },
};

/** `files` from the root. */
export async function bundleTests(root: string, files: readonly string[], runsMax: number): Promise<string> {
  const bundled = await build({
    stdin: {
      contents: [
        `import "./tools/hermes/host.ts";`,
        `import "./tools/hermes/protobuf-text.ts";`,
        ...files.flatMap((path) => [`import "begin:${path}";`, `import "./${path}";`]),
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
    plugins: [lib0, fewRuns, twins(root), markers],
    banner: { js: `var __runsMax = ${runsMax}; var __files = ${JSON.stringify(recordedFiles(root))};` },
    logLevel: "error",
  });
  return lowerForVm(bundled.outputFiles[0]?.text ?? "");
}

/** What was recorded of the wire, and its contract, as hexadecimal by their paths. */
function recordedFiles(root: string): Readonly<Record<string, string>> {
  const wire = "packages/core/src/wire/";
  const recorded = readdirSync(join(root, wire, "recorded"), { recursive: true, encoding: "utf8" }).filter((path) =>
    /\.(bin|proto)$/.test(path),
  );
  const paths = [`${wire}wire.proto`, ...recorded.map((path) => `${wire}recorded/${path.replaceAll("\\", "/")}`)];
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path)).toString("hex")]));
}
