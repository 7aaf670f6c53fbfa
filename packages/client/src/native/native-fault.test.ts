import { HoldfastError } from "@holdfast/core";
import { describe, expect, it } from "vitest";
import { splitDatabasePath } from "./database-path.ts";
import { toNativeFault, toOpenFault } from "./native-fault.ts";

const codes = {
  5: "store-locked",
  6: "store-locked",
  8: "store-failed",
  10: "store-failed",
  11: "store-corrupt",
  13: "store-full",
  14: "store-failed",
  26: "store-corrupt",
} as const;

/** How the libraries tell code 5 (see `native-fault.ts`). */
const ways: Readonly<Record<string, (code: number, sentence: string) => string>> = {
  "expo on iOS": (code, sentence) => `Calling the 'runSync' function has failed\n→ Caused by: Error code ${code}: ${sentence}`,
  "expo on Android": (code, sentence) =>
    `Call to function 'x' has been rejected.\n→ Caused by: Error code ${String.fromCharCode(code)}: ${sentence}`,
  "op-sqlite, executing": (code, sentence) => `[op-sqlite] SQLite error code: ${code}, description: ${sentence}`,
  "op-sqlite, raw, preparing": (code, sentence) => `[op-sqlite] SQL statement error:${code} description:${sentence}`,
  "op-sqlite, preparing": (code, sentence) => `[op-sqlite] SQL statement error on opsqlite_execute:\n${code} description:\n${sentence}`,
  "op-sqlite, prepared": (code, sentence) => `[op-sqlite] SQLite code: ${code} execution error: ${sentence}`,
};

describe("what a library of React Native says of a failure", () => {
  it("[NAT2] is the fault that it is, in every way that it is told", () => {
    for (const [way, tell] of Object.entries(ways))
      for (const [code, name] of Object.entries(codes)) {
        const fault = toNativeFault(new Error(tell(Number(code), "some sentence"))) as HoldfastError;
        expect([way, code, fault.code, fault.origin]).toEqual([way, code, name, "disk"]);
        expect(fault.message).toContain("some sentence");
      }
  });

  it("[NAT2] without a code SQLite's own sentence says it", () => {
    expect(toNativeFault(new Error("database is locked"))).toMatchObject({ code: "store-locked" });
    expect(toOpenFault(new Error("unable to open database file"))).toMatchObject({ code: "store-failed" });
    expect(toOpenFault(new Error("Base module not found"))).toMatchObject({ code: "store-failed", origin: "disk" });
  });

  it("[NAT2] a mistake in the SQL is no fault of the disk, and an error of ours stays what it is", () => {
    for (const tell of Object.values(ways)) {
      const error = new Error(tell(1, "no such table: x"));
      expect(toNativeFault(error)).toBe(error);
    }
    const own = new HoldfastError("store-full", "x", { origin: "disk", retry: true, advice: "y" });
    expect(toNativeFault(own)).toBe(own);
    expect(toOpenFault(own)).toBe(own);
  });

  it("[NAT2] a path is a name, and a directory where it has one", () => {
    expect(splitDatabasePath("notes.db")).toEqual({ name: "notes.db", directory: undefined });
    expect(splitDatabasePath("file:///data/app/notes.db")).toEqual({ name: "notes.db", directory: "/data/app" });
    expect(splitDatabasePath("/notes.db")).toEqual({ name: "notes.db", directory: "/" });
    for (const path of ["", "/data/", ":memory:"]) expect(() => splitDatabasePath(path)).toThrow(HoldfastError);
  });
});
