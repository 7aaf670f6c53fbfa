/**
 * The service worker of the app, with the list of what was built in it: after one visit the app starts without a network. Its name holds
 * a hash of the list, so that a new version is another worker, which takes over when the old pages have gone.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

interface PrecacheOptions {
  /** The page that every navigation gets. */
  readonly page: string;
  /** The worker's source, with `__FILES__` and `__VERSION__` in it. */
  readonly worker: string;
}

/** Of `public/`: they are copied as they are, and the bundle does not list them. */
const copied = ["manifest.webmanifest", "icon.svg", "icon-192.png", "icon-512.png"];

export function precache({ page, worker }: PrecacheOptions): Plugin {
  return {
    name: "precache",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const built = Object.values(bundle).filter(({ fileName }) => !fileName.endsWith(".map") && !/(^|\/)stage/.test(fileName));
      const files = [...new Set([page, ...copied, ...built.map(({ fileName }) => fileName)])].sort();
      const hash = createHash("sha256");
      for (const file of built) hash.update(file.fileName).update(file.type === "asset" ? file.source : file.code);
      const source = readFileSync(worker, "utf8")
        .replace("__FILES__", JSON.stringify(files.map((name) => `/${name}`)))
        .replace("__PAGE__", JSON.stringify(`/${page}`))
        .replace("__VERSION__", JSON.stringify(hash.digest("hex").slice(0, 16)));
      this.emitFile({ type: "asset", fileName: "service-worker.js", source });
    },
  };
}
