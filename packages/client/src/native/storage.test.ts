import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeStorage } from "@holdfast/conformance";
import { describe, it } from "vitest";
import { connectExpoSqlite } from "../expo/expo-sqlite.ts";
import { connectOpSqlite } from "../op-sqlite/op-sqlite.ts";
import { createExpoShim } from "../testing/expo-sqlite-shim.ts";
import { createOpShim } from "../testing/op-sqlite-shim.ts";
import { openNativePort } from "./native-port.ts";

const runner = { describe, it };

for (const platform of ["ios", "android"] as const)
  describeStorage(runner, `expo-sqlite, ${platform}`, () => {
    const directory = mkdtempSync(join(tmpdir(), "holdfast-expo-"));
    const shim = createExpoShim({ directory, platform });
    return {
      open: () => openNativePort(() => connectExpoSqlite(shim, { path: "file.db" })),
      dispose: () => rmSync(directory, { recursive: true, force: true }),
    };
  });

describeStorage(runner, "expo-sqlite with a key", () => {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-expo-"));
  const shim = createExpoShim({ directory, sqlCipher: true });
  return {
    open: () => openNativePort(() => connectExpoSqlite(shim, { path: `${directory}/file.db`, key: "it's secret" })),
    dispose: () => rmSync(directory, { recursive: true, force: true }),
  };
});

for (const key of [undefined, "it's secret"])
  describeStorage(runner, `op-sqlite${key === undefined ? "" : " with a key"}`, () => {
    const directory = mkdtempSync(join(tmpdir(), "holdfast-op-"));
    const shim = createOpShim({ directory, sqlCipher: key !== undefined });
    return {
      open: () => openNativePort(() => connectOpSqlite(shim, { path: "file.db", key })),
      dispose: () => rmSync(directory, { recursive: true, force: true }),
    };
  });
