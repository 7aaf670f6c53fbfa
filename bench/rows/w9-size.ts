/** W9: what an app's bundle grows by: the client with every type but text, then what text adds. Minified by esbuild, compressed by gzip. */
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { bytes, type Line } from "../table.ts";

const kinds = "arbitrated, collection, counter, defineSchema, intent, list, register, set";

const entry = (imports: string) => `
import { ${imports} } from "@holdfast/core";
import { openReplicaWith } from "@holdfast/client";
globalThis.app = [openReplicaWith, ${imports}];
`;

export async function benchSize(): Promise<readonly Line[]> {
  const bare = await bundle(entry(kinds));
  const withText = await bundle(entry(`${kinds}, text`));
  const yjs = await bundle(
    'import * as Y from "yjs"; globalThis.app = [Y.Doc, Y.applyUpdate, Y.applyUpdateV2, Y.encodeStateAsUpdateV2, Y.transact];',
  );
  return [
    { work: "client without text", ours: bytes(bare), floor: "", ratio: "", aim: "≤ 45 kB", met: bare <= 45_000 },
    {
      work: "… what text adds",
      ours: bytes(withText - bare),
      floor: `${bytes(yjs)} (Yjs alone)`,
      ratio: ((withText - bare) / yjs).toFixed(2),
      aim: "",
      met: undefined,
    },
  ];
}

async function bundle(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions: ["holdfast-source"],
    logLevel: "silent",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("esbuild wrote nothing");
  return gzipSync(file.contents, { level: 9 }).length;
}
