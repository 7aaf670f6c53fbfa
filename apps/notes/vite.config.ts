/** Two pages: the app, and the stage that shows it three times. What an offline start needs is listed for the service worker as it is built. */
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { precache } from "./build/precache.ts";

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: file("."),
  plugins: [react(), precache({ page: "index.html", worker: file("src/service-worker.js") })],
  resolve: { conditions: ["holdfast-source", "module", "browser", "development|production"] },
  worker: { format: "es" },
  optimizeDeps: { exclude: ["@sqlite.org/sqlite-wasm"] },
  build: {
    target: "es2022",
    outDir: file("dist"),
    emptyOutDir: true,
    rolldownOptions: { input: { app: file("index.html"), stage: file("stage.html") } },
  },
});
