/**
 * The command line and the app that it serves, bundled together: instances that are started again in the middle of a run are the ones that it began
 * with, whatever has been saved since, and they start in half the time. Kept where the packages that are not ours are found.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

export interface InstanceProgram {
  /** `holdfast`, and the module to serve. */
  readonly main: string;
  readonly app: string;
  remove(): void;
}

const root = new URL("../../", import.meta.url).pathname;

export async function bundleInstance(app: string): Promise<InstanceProgram> {
  const cache = join(root, "node_modules/.cache/holdfast");
  mkdirSync(cache, { recursive: true });
  const outdir = mkdtempSync(join(cache, "instance-"));
  await build({
    // One schema, one engine: what both use stands in shared chunks.
    entryPoints: { main: join(root, "packages/cli/src/main.ts"), app },
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node24",
    conditions: ["holdfast-source"],
    logLevel: "error",
    plugins: [
      {
        name: "others-stay-outside",
        setup(setup) {
          setup.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind === "entry-point" || path.startsWith("@holdfast/") ? undefined : { path, external: true },
          );
        },
      },
    ],
  });
  return {
    main: join(outdir, "main.mjs"),
    app: join(outdir, "app.mjs"),
    remove: () => rmSync(outdir, { recursive: true, force: true, maxRetries: 3 }),
  };
}
