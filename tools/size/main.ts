/**
 * `npm run size`: what an app's JavaScript grows by, minified by esbuild and compressed by gzip. The budget is the client with every type
 * but text; fails above it.
 */
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const kinds = "arbitrated, collection, counter, defineSchema, intent, list, register, set";
const budgetBytes = 60_000;

interface Part {
  readonly name: string;
  readonly source: string;
  /** SQLite's own JavaScript is the same for everybody who uses it in a browser: counted beside, not in. */
  readonly external?: readonly string[];
}

const use = (names: string): string => `globalThis.app = [${names}];`;
const core = (names: string): string => `import { ${names} } from "@holdfast/core";`;
const replica = (names: string): string =>
  `${core(names)} import { openReplicaWith } from "@holdfast/client"; ${use(`openReplicaWith, ${names}`)}`;
const page = `${core(kinds)} import { openReplica } from "@holdfast/client/web"; ${use(`openReplica, ${kinds}`)}`;
const worker = (names: string): string =>
  `${core(names)} import { serveReplica } from "@holdfast/client/web/worker"; ${use(`serveReplica, ${names}`)}`;
const sqlite = ["@sqlite.org/sqlite-wasm"];

const parts = {
  replica: { name: "the client, every type but text", source: replica(kinds) },
  text: { name: "… with text", source: replica(`${kinds}, text`) },
  yjs: {
    name: "Yjs alone",
    source: 'import * as Y from "yjs"; globalThis.app = [Y.Doc, Y.applyUpdate, Y.applyUpdateV2, Y.encodeStateAsUpdateV2, Y.transact];',
  },
  page: { name: "browser: the page", source: page },
  worker: { name: "browser: the worker, without SQLite", source: worker(kinds), external: sqlite },
  sqlite: { name: "SQLite's own JavaScript", source: 'import init from "@sqlite.org/sqlite-wasm"; globalThis.app = [init];' },
} satisfies Readonly<Record<string, Part>>;

async function measure({ source, external = [] }: Part): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions: ["holdfast-source"],
    external: [...external],
    logLevel: "error",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("esbuild wrote nothing");
  return gzipSync(file.contents, { level: 9 }).length;
}

const sizes = Object.fromEntries(
  await Promise.all(Object.entries(parts).map(async ([name, part]) => [name, await measure(part)] as const)),
) as Record<keyof typeof parts, number>;

const show = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`.padStart(9);
for (const [name, part] of Object.entries(parts)) console.log(`${part.name.padEnd(40)}${show(sizes[name as keyof typeof parts])}`);
console.log(
  `${"what text adds".padEnd(40)}${show(sizes.text - sizes.replica)}   ${((sizes.text - sizes.replica) / sizes.yjs).toFixed(2)} × Yjs`,
);

const over = (["replica"] as const).filter((name) => sizes[name] > budgetBytes);
for (const name of over) console.error(`${parts[name].name}: above the budget of ${show(budgetBytes).trim()}.`);
process.exitCode = over.length === 0 ? 0 : 1;
