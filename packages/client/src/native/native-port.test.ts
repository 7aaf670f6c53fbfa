import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectExpoSqlite } from "../expo/expo-sqlite.ts";
import { connectOpSqlite } from "../op-sqlite/op-sqlite.ts";
import { createExpoShim } from "../testing/expo-sqlite-shim.ts";
import { createOpShim } from "../testing/op-sqlite-shim.ts";
import type { NativeConnection } from "./native-connection.ts";
import { openNativePort } from "./native-port.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "holdfast-port-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const libraries: Readonly<Record<string, () => () => NativeConnection>> = {
  "expo-sqlite": () => {
    const shim = createExpoShim({ directory });
    return () => connectExpoSqlite(shim, { path: "file.db" });
  },
  "op-sqlite": () => {
    const shim = createOpShim({ directory });
    return () => connectOpSqlite(shim, { path: "file.db" });
  },
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

for (const [library, create] of Object.entries(libraries))
  describe(`the port over ${library}`, () => {
    it("[NAT3][T22] sets its settings anew after every rest, and refuses a connection that does not keep them", async () => {
      const connect = create();
      const port = openNativePort(connect);
      port.run("CREATE TABLE t (value)");
      port.rest();
      const read = (name: string) => Object.values(port.all(`PRAGMA ${name}`)[0] ?? {})[0];
      for (let i = 0; i < 3; i++) {
        expect([read("synchronous"), read("journal_mode"), read("locking_mode")]).toEqual([2, "wal", "exclusive"]);
        await turn();
      }
      port.close();
      // SQLite's own default is FULL: this connection comes with another one, and keeps it.
      const lax = openNativePort(() => {
        const connection = connect();
        connection.query("PRAGMA synchronous=NORMAL", []);
        return {
          ...connection,
          query: (sql, parameters) => connection.query(sql === "PRAGMA synchronous=FULL" ? "SELECT 1" : sql, parameters),
        };
      });
      lax.rest();
      expect(() => lax.run("INSERT INTO t VALUES (1)")).toThrow(expect.objectContaining({ code: "store-unsafe" }));
      lax.close();
    });

    it("[NAT1][T20] a rounded integer is found in a query of any form, and text that looks like one stays text", () => {
      const port = openNativePort(create());
      port.run("CREATE TABLE t (a, b)");
      port.run("INSERT INTO t VALUES (?, ?)", [2n ** 53n + 1n, "9007199254740993"]);
      const row = { a: 2n ** 53n + 1n, b: "9007199254740993" };
      for (const sql of [
        "SELECT * FROM t",
        "-- x\n SELECT * FROM t;",
        "WITH u AS (SELECT * FROM t) SELECT * FROM u",
        "SELECT a, replace(b, 'x', 'y') AS b FROM t",
      ])
        expect(port.all(sql)).toEqual([row]);
      expect(port.all("SELECT a FROM t WHERE a = ?", [2n ** 53n + 1n])).toHaveLength(1);
      expect(port.all("SELECT a FROM t WHERE a = ?", [2n ** 53n])).toHaveLength(0);
      expect(port.all("SELECT b FROM t WHERE b = ?", [2n ** 53n + 1n])).toHaveLength(0);
      expect(port.all("SELECT 7 / ? AS n LIMIT ?", [2n, 1n])).toEqual([{ n: 3 }]);
      expect(port.all("SELECT typeof(?) AS a, typeof(?) AS b, typeof(?) AS c", [new Uint8Array(0), 5n, ""])).toEqual([
        { a: "blob", b: "integer", c: "text" },
      ]);
      port.close();
    });
  });
