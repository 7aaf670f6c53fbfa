import { describeStorage } from "@holdfast/conformance";
import { afterAll, describe, expect, it } from "vitest";
import { loadSqlite } from "./load-sqlite.ts";
import { Mount } from "./mount.ts";
import { openSimulatedSqlite } from "./open-sqlite.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

const sqlite = await loadSqlite();

describeStorage({ describe, it }, "SQLite in WebAssembly over a simulated disk", () => {
  const mount = new Mount(new SimulatedDisk({ seed: 1, name: "conformance" }));
  return { open: () => openSimulatedSqlite(sqlite, mount, "file.db"), dispose: () => undefined };
});

afterAll(() => expect(sqlite.openFiles()).toBe(0));
