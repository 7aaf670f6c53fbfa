import { defineConfig } from "vite";

export const config = defineConfig({
  worker: { format: "es" },
  build: { target: "es2022" },
  // While developing: Vite would move SQLite's JavaScript away from its .wasm.
  optimizeDeps: { exclude: ["@sqlite.org/sqlite-wasm"] },
});

export { config as default };
