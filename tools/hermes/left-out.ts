/**
 * What of the tests does not run on the VM, and why. Every other test of the core, of the client and of the bindings runs there, a new one by
 * itself. What needs Node is found by what it imports; other reasons are written here, and an entry that means nothing any more fails.
 */
import { join, relative } from "node:path";
import { build, type Metafile } from "esbuild";

export interface LeftOut {
  /** A file, or a folder with all in it. */
  readonly path: string;
  /** Only the tests whose titles hold this. */
  readonly title?: string;
  readonly reason: string;
}

export const leftOut: readonly LeftOut[] = [
  { path: "packages/client/src/web/", reason: "is the browser's part, which no phone bundles" },
  { path: "packages/core/src/base/value.test.ts", title: "a plain object of another realm", reason: "the VM has one realm" },
  { path: "packages/core/src/lattice/list.test.ts", title: "[LST11]", reason: "counts what 10,000 inserts cost: minutes here" },
  { path: "packages/core/src/lattice/text.test.ts", title: "[TXT12]", reason: "counts what thousands of runs must reach: minutes here" },
];

/** Node's own, and packages that are nothing without it. */
const ofNode = /^node:|^(jsdom|esbuild|ws|@hono\/node-server)$/;
/** For these, where tests of the core import them, there are twins (build.ts). */
const twinned = /^node:(crypto|fs|vm)$/;
const mayUseTwins = /^packages\/core\/src\/.*(\.test|\/reference\/[\w-]+)\.ts$/;

/** The files that run, and why the others do not. */
export async function sortFiles(
  root: string,
  files: readonly string[],
): Promise<{ readonly run: readonly string[]; readonly reasons: ReadonlyMap<string, string> }> {
  const { metafile } = await build({
    entryPoints: files.map((file) => join(root, file)),
    absWorkingDir: root,
    bundle: true,
    metafile: true,
    write: false,
    outdir: "nowhere",
    platform: "node",
    format: "esm",
    conditions: ["holdfast-source"],
    external: [
      "vitest",
      "jsdom",
      "esbuild",
      "ws",
      "@hono/node-server",
      "lib0/webcrypto",
      "expo-sqlite",
      "@op-engineering/op-sqlite",
      "react-native",
    ],
    logLevel: "error",
  });
  const reasons = new Map<string, string>();
  for (const file of files) {
    const entry = leftOut.find(({ path, title }) => title === undefined && (path.endsWith("/") ? file.startsWith(path) : file === path));
    const reason = entry?.reason ?? findNode(metafile, relative(root, join(root, file)).replaceAll("\\", "/"));
    if (reason !== undefined) reasons.set(file, reason);
  }
  return { run: files.filter((file) => !reasons.has(file)), reasons };
}

/** What of Node a file reaches, and through which file it first does. */
function findNode({ inputs }: Metafile, file: string): string | undefined {
  const seen = new Set([file]);
  for (const path of seen) {
    for (const { path: imported, external } of inputs[path]?.imports ?? []) {
      if (external === true && ofNode.test(imported) && !(twinned.test(imported) && mayUseTwins.test(path)))
        return `needs ${imported}${path === file ? "" : `, in ${path}`}`;
      seen.add(imported);
    }
  }
  return undefined;
}
