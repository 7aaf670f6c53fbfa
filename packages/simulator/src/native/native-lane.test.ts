import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeServerStore, describeStorage } from "@holdfast/conformance";
import { sqliteStore } from "@holdfast/server/sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { ProcessDied } from "../disk/mount.ts";
import { buildExtension, ExtensionNotBuilt } from "./build-extension.ts";
import { loadDiskCalls } from "./disk-calls.ts";
import { openNativeLane } from "./native-lane.ts";

const lane = openNativeLane();

describeStorage({ describe, it }, "the native SQLite over the disk in C", () => {
  const process = lane.createDisk("conformance").boot();
  return { open: () => process.open("file.db"), dispose: () => process.bury() };
});

describeServerStore({ describe, it }, "the native SQLite over the disk in C", async () => {
  const process = lane.createDisk("r0").boot();
  const open = () => sqliteStore(process.open("r0.db"));
  const fixture = { store: open() };
  return {
    store: fixture.store,
    async reopen() {
      await fixture.store.close();
      fixture.store = open();
      return fixture.store;
    },
    dispose: async () => process.bury(),
  };
});

describe("the native lane", () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-native-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const codeOf = (compiler: string): string => {
    try {
      return buildExtension({ compiler, cache: join(folder, compiler) });
    } catch (error) {
      return error instanceof ExtensionNotBuilt ? error.code : String(error);
    }
  };

  it("[SIM11] says with a code that there is no compiler, or that it failed; it is never skipped", () => {
    expect(codeOf("a-compiler-that-nobody-has")).toBe("no-compiler");
    expect(codeOf("false")).toBe("compile-failed");
  });

  it("[SIM10] gives the same bytes for the same key, and others for another", () => {
    const bytesOf = (key: string): string => {
      lane.reset(key);
      const process = lane.createDisk(key).boot();
      const [row] = process.open("file.db").all("SELECT hex(randomblob(8)) AS bytes");
      process.bury();
      return String(row?.["bytes"]);
    };
    expect(bytesOf("one")).toBe(bytesOf("one"));
    expect(bytesOf("one")).not.toBe(bytesOf("other"));
  });

  it("[SIM10] throws ProcessDied from every call of a process that has died, also where SQLite swallowed the error", () => {
    const disk = lane.createDisk("death");
    const process = disk.boot();
    const port = process.open("file.db");
    port.run("CREATE TABLE numbers (n INTEGER)");
    process.planDeath(1, "before", "death");
    expect(() => port.run("INSERT INTO numbers VALUES (1)")).toThrow(ProcessDied);
    expect(() => port.all("SELECT * FROM numbers")).toThrow(ProcessDied);
    process.bury();
    expect(disk.boot().open("file.db").all("SELECT count(*) AS n FROM numbers")).toEqual([{ n: 0 }]);
  });

  it("[SIM10] tells SQLite of a disk that is full, and of one that fails", () => {
    const call = loadDiskCalls();
    const disk = call("create", "faults");
    call("boot", disk);
    const process = lane.createDisk("faults").boot();
    const port = process.open("file.db");
    port.run("CREATE TABLE numbers (n INTEGER)");
    // The disks are numbered in the order in which they were made.
    const number = disk + 1;
    call("full", number, 1);
    expect(() => port.run("CREATE TABLE others (n INTEGER)")).toThrow(expect.objectContaining({ code: "store-full" }));
    call("full", number, 0);
    call("plan_errors", number, 1);
    expect(() => port.run("CREATE TABLE others (n INTEGER)")).toThrow(expect.objectContaining({ code: "store-failed" }));
    port.run("CREATE TABLE others (n INTEGER)");
    process.bury();
  });

  it("[SIM10] counts what a loss of power keeps and takes", () => {
    const call = loadDiskCalls();
    const before = call("create", "counts");
    const disk = lane.createDisk("counts");
    const process = disk.boot();
    const port = process.open("file.db");
    port.all("PRAGMA synchronous=OFF");
    for (let n = 0; n < 20; n++) port.run(`CREATE TABLE numbers${n} (n INTEGER)`);
    process.bury();
    for (let cut = 0; cut < 20; cut++) {
      const copy = disk.copy(String(cut));
      copy.losePower(`power ${cut}`);
      copy.release();
    }
    disk.losePower("power");
    const counted = ["kept", "forgotten", "torn", "garbled", "names"].map((what) => call("lost", before + 1, what));
    expect(counted.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(10);
  });
});
