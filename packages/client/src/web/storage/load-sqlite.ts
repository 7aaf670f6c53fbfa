/** The official WebAssembly build, which finds its `.wasm` beside itself: a bundler sees `new URL("sqlite3.wasm", import.meta.url)` in it. */
import init, { type Sqlite3Static } from "@sqlite.org/sqlite-wasm";

/** It installs its own storages otherwise, and tells the console what it cannot reach. */
export async function loadSqlite(): Promise<Sqlite3Static> {
  const config = { disable: { vfs: { opfs: true, "opfs-wl": true, "opfs-sahpool": true, kvvfs: true } } };
  Object.assign(globalThis, { sqlite3ApiConfig: { warn: ignore, error: ignore, log: ignore, debug: ignore, ...config } });
  return init();
}

function ignore(): void {
  // What SQLite has to say comes as errors of its calls.
}
