/**
 * `npm run size`: what an app's JavaScript grows by: built as the guide's Vite builds it, and by esbuild beside it, minified, compressed by
 * gzip. What is loaded at the start is counted; pieces that load when they are first used (the editor's text) are not.
 *
 * The client with every type but text fits into 60 KB of 1,024 bytes, as Lighthouse counts: fails above that. The room is small, and gzip counts:
 * property names and words weigh, structure hardly does, and what is alike packs within 32 kB (the order of `@holdfast/core/engine`).
 */
import { gzipSync } from "node:zlib";
import { build as esbuild } from "esbuild";
import { build as vite, type Plugin } from "vite";

const kinds = "arbitrated, collection, counter, defineSchema, intent, list, register, set";
const aimBytes = 60 * 1024;
const ceilingBytes = aimBytes;

const use = (names: string): string => `globalThis.app = [${names}];`;
const core = (names: string): string => `import { ${names} } from "@holdfast/core";`;
const replica = (names: string): string =>
  `${core(names)} import { openReplicaWith } from "@holdfast/client"; ${use(`openReplicaWith, ${names}`)}`;
const page = `${core(kinds)} import { openReplica } from "@holdfast/client/web"; ${use(`openReplica, ${kinds}`)}`;
const worker = (names: string): string =>
  `${core(names)} import { serveReplica } from "@holdfast/client/web/worker"; ${use(`serveReplica, ${names}`)}`;
/** SQLite's own JavaScript is the same for everybody who uses it in a browser: counted beside, not in. */
const sqlite = "@sqlite.org/sqlite-wasm";

const parts = {
  replica: { name: "the client, every type but text", source: replica(kinds), external: [] },
  text: { name: "… with text", source: replica(`${kinds}, text`), external: [] },
  yjs: {
    name: "Yjs alone",
    source: 'import * as Y from "yjs"; globalThis.app = [Y.Doc, Y.applyUpdate, Y.applyUpdateV2, Y.encodeStateAsUpdateV2, Y.transact];',
    external: [],
  },
  page: { name: "browser: the page", source: page, external: [] },
  worker: { name: "browser: the worker, without SQLite", source: worker(kinds), external: [sqlite] },
  sqlite: { name: "SQLite's own JavaScript", source: `import init from "${sqlite}"; globalThis.app = [init];`, external: [] },
} satisfies Readonly<Record<string, { readonly name: string; readonly source: string; readonly external: readonly string[] }>>;

type PartName = keyof typeof parts;
const names = Object.keys(parts) as readonly PartName[];
const gzipped = (code: string | Uint8Array): number => gzipSync(code, { level: 9 }).length;

async function byVite(source: string, external: readonly string[]): Promise<number> {
  const entry = `${import.meta.dirname}/entry.ts`;
  const virtual: Plugin = {
    name: "entry",
    resolveId: (id) => (id === entry ? id : undefined),
    load: (id) => (id === entry ? source : undefined),
  };
  const built = await vite({
    configFile: false,
    logLevel: "error",
    resolve: { conditions: ["holdfast-source", "module", "browser"] },
    plugins: [virtual],
    build: {
      write: false,
      target: "es2022",
      modulePreload: false,
      rolldownOptions: { input: entry, external: [...external] },
    },
  });
  if (!("output" in built)) throw new Error("Vite built nothing");
  const chunks = new Map(built.output.flatMap((each) => (each.type === "chunk" ? [[each.fileName, each] as const] : [])));
  const loaded = new Set<string>();
  const load = (fileName: string): void => {
    const chunk = chunks.get(fileName);
    if (chunk === undefined || loaded.has(fileName)) return;
    loaded.add(fileName);
    for (const imported of chunk.imports) load(imported);
  };
  for (const chunk of chunks.values()) if (chunk.isEntry) load(chunk.fileName);
  return [...loaded].reduce((total, fileName) => total + gzipped(chunks.get(fileName)?.code ?? ""), 0);
}

async function byEsbuild(source: string, external: readonly string[]): Promise<number> {
  const { outputFiles, metafile } = await esbuild({
    stdin: { contents: source, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    outdir: "out",
    conditions: ["holdfast-source"],
    external: [...external],
    logLevel: "error",
  });
  const outputs = Object.entries(metafile.outputs);
  const loaded = new Set<string>();
  const load = (path: string): void => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const { path: imported, kind } of metafile.outputs[path]?.imports ?? []) if (kind === "import-statement") load(imported);
  };
  for (const [path, { entryPoint }] of outputs) if (entryPoint === "<stdin>") load(path);
  return outputFiles.reduce(
    (total, file) => ([...loaded].some((path) => file.path.endsWith(path)) ? total + gzipped(file.contents) : total),
    0,
  );
}

interface Size {
  readonly vite: number;
  readonly esbuild: number;
}

const sizes = {} as Record<PartName, Size>;
for (const name of names) {
  const { source, external } = parts[name];
  sizes[name] = { vite: await byVite(source, external), esbuild: await byEsbuild(source, external) };
}

const show = (bytes: number): string => bytes.toLocaleString("en").padStart(9);
console.log(`${"bytes, minified and gzipped".padEnd(40)}${"Vite".padStart(9)}${"esbuild".padStart(9)}`);
for (const name of names) console.log(`${parts[name].name.padEnd(40)}${show(sizes[name].vite)}${show(sizes[name].esbuild)}`);
const added = sizes.text.vite - sizes.replica.vite;
console.log(`${"what text adds".padEnd(40)}${show(added)}   ${(added / sizes.yjs.vite).toFixed(2)} × Yjs`);
const over = sizes.replica.vite - aimBytes;
console.log(`${"the aim for the client".padEnd(40)}${show(aimBytes)}   ${over > 0 ? `missed by ${over}` : "met"}`);

if (sizes.replica.vite > ceilingBytes) {
  console.error(`${parts.replica.name}: ${sizes.replica.vite - ceilingBytes} bytes above the ceiling of ${ceilingBytes}.`);
  process.exitCode = 1;
}
