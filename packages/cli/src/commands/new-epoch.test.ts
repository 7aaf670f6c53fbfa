import { sqliteStore } from "@holdfast/server/sqlite";
import { describe, expect, it } from "vitest";
import { runCli } from "../testing/run-cli.ts";
import { createTempDir } from "../testing/temp-dir.ts";

describe("holdfast new-epoch", () => {
  it("[CMD15][T6] gives a restored file a new epoch, and says so", async () => {
    const file = createTempDir().file("restored.db");
    const store = sqliteStore(file);
    const before = await store.meta();
    await store.close();
    const run = await runCli("new-epoch", "--store", file);
    expect(run).toMatchObject({ code: 0, errors: "" });
    expect(run.out).toContain(`it was ${before.epoch}`);
    const again = sqliteStore(file);
    const after = await again.meta();
    await again.close();
    expect(after.epochs).toBe(before.epochs + 1);
    expect(run.out).toContain(after.epoch);
  });

  it("[CMD15] says which store it needs", async () => {
    const run = await runCli("new-epoch");
    expect(run.code).toBe(2);
    expect(run.errors).toContain("--store FILE or --postgres URL");
  });
});
