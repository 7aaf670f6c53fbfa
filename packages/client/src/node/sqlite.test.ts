import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeStorage } from "@holdfast/conformance";
import { describe, it } from "vitest";
import { openNodeSqlite } from "./sqlite.ts";

describeStorage({ describe, it }, "node:sqlite", () => {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-storage-"));
  return { open: () => openNodeSqlite(join(directory, "file.db")), dispose: () => rmSync(directory, { recursive: true, force: true }) };
});
