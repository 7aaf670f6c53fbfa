/** What a replica relies on in every SQLite port (rules STO of `docs/spec/durability.md`). */
import assert from "node:assert/strict";
import type { SqlitePort } from "@holdfast/core/engine";
import type { SuiteRunner } from "./suite-runner.ts";

export interface StorageFixture {
  /** Opens the fixture's one file; again, for the same file. */
  open(): SqlitePort;
  dispose(): void;
}

export function describeStorage(runner: SuiteRunner, name: string, create: () => StorageFixture): void {
  const it = (title: string, body: (port: SqlitePort, fixture: StorageFixture) => void): void => {
    runner.it(title, async () => {
      const fixture = create();
      const port = fixture.open();
      try {
        body(port, fixture);
      } finally {
        port.close();
        fixture.dispose();
      }
    });
  };
  runner.describe(`the storage contract: ${name}`, () => {
    it("[STO1][T22] the settings that durability rests on can be set and are kept, on every open", (port, fixture) => {
      const set = (each: SqlitePort): unknown[] => {
        for (const pragma of ["locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL"]) each.all(`PRAGMA ${pragma}`);
        return ["locking_mode", "journal_mode", "synchronous"].map((pragma) => Object.values(each.all(`PRAGMA ${pragma}`)[0] ?? {})[0]);
      };
      assert.deepEqual(set(port), ["exclusive", "wal", 2]);
      port.close();
      const again = fixture.open();
      try {
        assert.deepEqual(set(again), ["exclusive", "wal", 2]);
      } finally {
        again.close();
      }
    });

    it("[STO2][T20][F57] values come back as they were bound: integers of 64 bits, bytes, text with every character, null", (port) => {
      port.run("CREATE TABLE t (id INTEGER PRIMARY KEY, value)");
      const values = [
        null,
        0,
        -1,
        2 ** 53 - 1,
        2n ** 53n + 1n,
        -(2n ** 63n),
        2n ** 63n - 1n,
        0.1,
        1e308,
        "",
        "12",
        "a\u{1f469}\u200d\u{1f469}é",
        new Uint8Array(0),
        Uint8Array.of(0, 255),
      ];
      for (const [id, value] of values.entries()) port.run("INSERT INTO t VALUES (?, ?)", [id, value]);
      const found = port.all("SELECT value FROM t ORDER BY id").map((row) => row["value"]);
      assert.deepEqual(found, values);
    });

    it("[STO3] a transaction whose body throws changes nothing, and the next one works", (port) => {
      port.run("CREATE TABLE t (value)");
      assert.throws(() =>
        port.transaction(() => {
          port.run("INSERT INTO t VALUES (1)");
          throw new Error("no");
        }),
      );
      assert.equal(
        port.transaction(() => {
          port.run("INSERT INTO t VALUES (2)");
          return "kept";
        }),
        "kept",
      );
      assert.deepEqual(
        port.all("SELECT value FROM t").map((row) => row["value"]),
        [2],
      );
    });

    it("[STO4] what was committed is there after closing and opening", (port, fixture) => {
      port.transaction(() => {
        port.run("CREATE TABLE t (value)");
        port.run("INSERT INTO t VALUES ('kept')");
      });
      port.close();
      const again = fixture.open();
      assert.deepEqual(
        again.all("SELECT value FROM t").map((row) => row["value"]),
        ["kept"],
      );
      again.close();
    });

    it("[STO5][T14] a second owner of the file is told store-locked", (port, fixture) => {
      port.all("PRAGMA locking_mode=EXCLUSIVE");
      port.all("PRAGMA journal_mode=WAL");
      port.run("CREATE TABLE t (value)");
      let second: SqlitePort | undefined;
      try {
        assert.throws(
          () => {
            second = fixture.open();
            second.run("INSERT INTO t VALUES (1)");
          },
          (error: { code?: unknown; origin?: unknown }) => error.code === "store-locked" && error.origin === "disk",
        );
      } finally {
        second?.close();
      }
    });

    it("[STO7] a pragma takes effect each time that it is said: SQLite obeys some when they are prepared", (port) => {
      for (const value of [1, 0, 1, 0, 1]) {
        port.all(`PRAGMA secure_delete=${value}`);
        assert.deepEqual(Object.values(port.all("PRAGMA secure_delete")[0] ?? {}), [value]);
      }
    });

    it("[STO8][F37] VACUUM writes the file anew with what lives alone, wherever it makes its copy, and the log can be emptied", (port) => {
      for (const pragma of ["locking_mode=EXCLUSIVE", "journal_mode=WAL"]) port.all(`PRAGMA ${pragma}`);
      port.run("CREATE TABLE t (id TEXT PRIMARY KEY, value)");
      const value = "x".repeat(2_000);
      port.transaction(() => {
        for (let id = 0; id < 400; id++) port.run("INSERT INTO t VALUES (?, ?)", [`${id}`, value]);
      });
      port.run("DELETE FROM t WHERE id <> '7'");
      for (const place of ["MEMORY", "DEFAULT"]) {
        port.all(`PRAGMA temp_store=${place}`);
        port.run("VACUUM");
      }
      assert.equal(Object.values(port.all("PRAGMA wal_checkpoint(TRUNCATE)")[0] ?? {})[0], 0);
      assert.deepEqual(Object.values(port.all("PRAGMA page_count")[0] ?? {}), [3]);
      assert.equal(port.all("SELECT id FROM t")[0]?.["id"], "7");
    });

    it("[STO6] statements are cached by their text, also beyond the cache", (port) => {
      for (let i = 0; i < 2_000; i++) assert.equal(port.all(`SELECT ${i} AS n`)[0]?.["n"], i);
      assert.equal(port.all("SELECT 1 AS n")[0]?.["n"], 1);
    });
  });
}
