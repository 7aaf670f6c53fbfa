import { describeServerStore } from "@holdfast/conformance";
import { sqliteStore } from "@holdfast/server/sqlite";
import { describe, it } from "vitest";
import { loadSqlite } from "./load-sqlite.ts";
import { Mount } from "./mount.ts";
import { openSimulatedSqlite } from "./open-sqlite.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

const sqlite = await loadSqlite();

describeServerStore({ describe, it }, "SQLite in WebAssembly over a simulated disk", async () => {
  const mount = new Mount(new SimulatedDisk({ seed: 1, name: "r0" }));
  const open = () => sqliteStore(openSimulatedSqlite(sqlite, mount, "r0.db"));
  const fixture = { store: open() };
  return {
    store: fixture.store,
    async reopen() {
      await fixture.store.close();
      fixture.store = open();
      return fixture.store;
    },
    dispose: () => fixture.store.close(),
  };
});
