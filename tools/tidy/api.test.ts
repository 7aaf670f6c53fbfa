import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeReports } from "../api/report.ts";
import { listFiles, root } from "./repository.ts";

describe("the API report", () => {
  it("[TIDY6] says what the entry points export; after a change on purpose, run `npm run api`", { timeout: 120_000 }, () => {
    const reports = writeReports();
    expect(reports.size).toBeGreaterThan(0);
    for (const [file, text] of reports) {
      const path = join(root, "docs/api", file);
      expect(existsSync(path) ? readFileSync(path, "utf8") : "", `docs/api/${file}`).toBe(text);
    }
    const committed = listFiles().filter((path) => path.startsWith("docs/api/"));
    expect(committed.filter((path) => !reports.has(path.slice("docs/api/".length)))).toEqual([]);
  });
});
