/**
 * The storage suite on the adapter over expo-sqlite's own JavaScript, of which the client's tests have an imitation: what is imitated here is its
 * native half alone. Run by main.ts, once the app's packages are there.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));
const here = join(root, "tools/native");
const place = join(root, "node_modules/.cache/holdfast/native");
const library = join(root, "apps/notes-native/node_modules/expo-sqlite/build");

const suite = `
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeStorage } from "@holdfast/conformance";
import { counts } from "${here}/expo-native-module.ts";
import * as SQLite from "${library}/SQLiteDatabase.js";
import { connectExpoSqlite } from "${root}packages/client/src/expo/expo-sqlite.ts";
import { openNativePort } from "${root}packages/client/src/native/native-port.ts";

const tests = [];
describeStorage({ describe: (_, body) => body(), it: (title, body) => void tests.push({ title, body }) }, "expo-sqlite's own JavaScript", () => {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-expo-"));
  return {
    open: () => openNativePort(() => connectExpoSqlite(SQLite, { path: join(directory, "file.db") })),
    dispose: () => rmSync(directory, { recursive: true, force: true }),
  };
});
for (const { title, body } of tests) {
  await body().catch((error) => { throw new Error(title, { cause: error }); });
  if (counts.connections + counts.statements + counts.transactions !== 0) throw new Error(title + ": something is left open, " + JSON.stringify(counts));
}
export const passed = tests.length;
`;

mkdirSync(place, { recursive: true });
const outfile = join(place, "real-expo-sqlite.mjs");
await build({
  stdin: { contents: suite, resolveDir: root, loader: "ts" },
  bundle: true,
  outfile,
  platform: "node",
  format: "esm",
  conditions: ["holdfast-source"],
  logLevel: "error",
  plugins: [
    {
      name: "native-half",
      setup(build) {
        build.onResolve({ filter: /^native-file$/ }, () => ({ path: join(root, "packages/client/src/testing/native-file.ts") }));
        build.onResolve({ filter: /^\.\/ExpoSQLite$/ }, () => ({ path: join(here, "expo-native-module.ts") }));
        build.onResolve({ filter: /^\.\/SQLiteDevToolsClient$|^react-native$|^expo(-.*)?$/ }, ({ path }) => ({ path, namespace: "host" }));
        build.onLoad({ filter: /.*/, namespace: "host" }, () => ({
          contents: `export const Platform = { OS: "ios" };
            export const registerDatabaseForDevToolsAsync = () => {};
            export const unregisterDatabaseForDevToolsAsync = () => {};`,
        }));
      },
    },
  ],
});
const { passed } = (await import(pathToFileURL(outfile).href)) as { readonly passed: number };
if (passed < 5) throw new Error(`the storage suite has ${passed} tests`);
console.log(`${passed} tests of the storage suite`);
