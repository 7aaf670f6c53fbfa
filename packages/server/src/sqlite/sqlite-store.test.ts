import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describeServerStore, type StoreFixture } from "@holdfast/conformance";
import { HoldfastError, type ServerStore } from "@holdfast/core/engine";
import { afterAll, describe, expect, it } from "vitest";
import { sqliteStore } from "./index.ts";
import { openDatabase } from "./database.ts";
import { migrations } from "./tables.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-store-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const freshPath = (): string => join(folder, `${++files}.db`);

function fixtureOf(open: () => ServerStore): StoreFixture {
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
}

describeServerStore({ describe, it }, "SQLite, commits shared", async () => {
  const path = freshPath();
  return fixtureOf(() => sqliteStore(path));
});

describeServerStore({ describe, it }, "SQLite, each turn its own commit", async () => {
  const path = freshPath();
  return fixtureOf(() => sqliteStore(path, { defer: (run) => run() }));
});

describe("the embedded store's file", () => {
  const codeOf = (open: () => unknown): string => {
    try {
      open();
    } catch (error) {
      return error instanceof HoldfastError ? error.code : String(error);
    }
    return "opened";
  };

  it("[SQL1][T22] is opened with FULL synchronisation in WAL mode, and the settings are read back", async () => {
    const path = freshPath();
    const database = openDatabase(path, () => "ab".repeat(16));
    expect([database.get("PRAGMA synchronous"), database.get("PRAGMA journal_mode"), database.get("PRAGMA locking_mode")]).toEqual([
      { synchronous: 2 },
      { journal_mode: "wal" },
      { locking_mode: "exclusive" },
    ]);
    database.close();
  });

  it("[SQL1][T22] is refused where SQLite cannot keep it in WAL mode", () => {
    // A database in memory has no write-ahead log, and neither has the unnamed temporary one.
    expect(codeOf(() => openDatabase("", () => "ab".repeat(16)))).toBe("store-unsafe");
  });

  it("[SQL2][T14] belongs to one process", () => {
    const path = freshPath();
    const store = sqliteStore(path);
    const script = `import { DatabaseSync } from "node:sqlite"; try { new DatabaseSync(${JSON.stringify(path)}).exec("SELECT * FROM meta"); console.log("read"); } catch (error) { console.log(error.errcode); }`;
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect(child.stdout.trim()).toBe("5");
    expect(codeOf(() => sqliteStore(path))).toBe("store-locked");
    return store.close();
  });

  it("[SQL3][T21] is written once, synced, at every open", async () => {
    const path = freshPath();
    for (let start = 1; start <= 3; start++) await sqliteStore(path).close();
    const reader = new DatabaseSync(path, { readOnly: true });
    expect(reader.prepare("SELECT starts FROM meta").get()).toEqual({ starts: 3 });
    reader.close();
  });

  it("[SQL4] says what is wrong with it: another file, a newer version, a broken page", async () => {
    const text = freshPath();
    writeFileSync(
      text,
      "This is not a database, and it is longer than a hundred bytes, so that SQLite reads a whole header from it. ".repeat(20),
    );
    expect(codeOf(() => sqliteStore(text))).toBe("store-corrupt");
    const newer = freshPath();
    await sqliteStore(newer).close();
    const database = new DatabaseSync(newer);
    database.exec("PRAGMA user_version = 99");
    database.close();
    expect(codeOf(() => sqliteStore(newer))).toBe("store-mismatch");
    expect(codeOf(() => sqliteStore(join(folder, "none", "x.db")))).toBe("store-failed");
    expect(codeOf(() => sqliteStore(""))).toBe("invalid-option");
  });

  it("[DBS15] of the first version is opened with everything that it held", async () => {
    const path = freshPath();
    const old = new DatabaseSync(path);
    for (const statement of migrations[0] ?? []) old.exec(statement);
    old.exec("PRAGMA user_version = 1");
    const replica = "01".repeat(16) as never;
    old.prepare("INSERT INTO marks VALUES ('s', ?, 4, x'0102030405060708', 9, 3, 2)").run(replica);
    old.prepare("INSERT INTO outcomes VALUES ('s', ?, 3, x'010000', 7)").run(replica);
    old.close();
    const store = sqliteStore(path);
    const chain = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    expect(await store.readMark("s", replica)).toEqual({ space: "s", replica, mark: 4, chain, lamport: 9, recordedThrough: 3 });
    expect(await store.expireOutcomes(8)).toBe(1);
    await store.close();
  });

  it("[SQL5][T8] holds a commit as soon as it is told of, whatever happens to the process then", async () => {
    const path = freshPath();
    const copy = freshPath();
    const store = sqliteStore(path);
    expect(await store.bindReplica("00".repeat(16) as never, "ann")).toBe("ann");
    for (const suffix of ["", "-wal"]) if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
    const recovered = sqliteStore(copy);
    expect(await recovered.bindReplica("00".repeat(16) as never, "bob")).toBe("ann");
    await recovered.close();
    await store.close();
  });
});
