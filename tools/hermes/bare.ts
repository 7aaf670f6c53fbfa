/**
 * Everything that ships to a phone, loaded on a VM from which all has been taken that a phone may lack, in one script. What the phone's libraries
 * give is there in name only, and a call of it is told; React is itself.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { entryPoints, takenAway } from "./entry-points.ts";
import { lowerForVm } from "./lower.ts";
import { root } from "./vm.ts";

const inName: Readonly<Record<string, readonly string[]>> = {
  "expo-sqlite": ["openDatabaseSync"],
  "@op-engineering/op-sqlite": ["open", "isSQLCipher"],
  "react-native": ["AppState"],
};

const here = fileURLToPath(new URL(".", import.meta.url));

export async function bundleBare(): Promise<string> {
  const paths = Object.values(entryPoints);
  const imports = paths.map((path, index) => `import * as entry${index} from ${JSON.stringify(join(root, path))};`);
  const named = Object.keys(entryPoints).map((name, index) => `${JSON.stringify(name)}: entry${index}`);
  const bundled = await build({
    stdin: {
      contents: `${imports.join("\n")}\nimport { checkBare } from "./bare-checks.ts";\nvoid checkBare({ ${named.join(", ")} });`,
      resolveDir: here,
      loader: "ts",
    },
    bundle: true,
    write: false,
    format: "iife",
    target: "es2020",
    supported: { "regexp-named-capture-groups": false, "regexp-unicode-property-escapes": false, "regexp-lookbehind-assertions": false },
    conditions: ["holdfast-source"],
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [
      {
        name: "brought",
        setup(build) {
          build.onResolve({ filter: /^lib0\/webcrypto$/ }, () => ({ path: `${here}webcrypto.ts` }));
          build.onResolve({ filter: new RegExp(`^(${Object.keys(inName).join("|")})$`) }, ({ path }) => ({ path, namespace: "brought" }));
          build.onLoad({ filter: /.*/, namespace: "brought" }, ({ path }) => ({
            contents: (inName[path] ?? []).map((name) => `export const ${name} = () => void __called.push("${path}.${name}");`).join("\n"),
          }));
        },
      },
    ],
    banner: {
      js: [
        `${JSON.stringify(takenAway)}.forEach(function (name) { try { delete globalThis[name]; } catch (e) {} });`,
        "var __called = [];",
      ].join("\n"),
    },
    logLevel: "error",
  });
  return lowerForVm(bundled.outputFiles[0]?.text ?? "");
}
