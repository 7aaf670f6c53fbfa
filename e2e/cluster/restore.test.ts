/** F26 with everything real: PostgreSQL goes back to an older backup under a fleet that writes on. */
import { describe, expect, it } from "vitest";
import { restoreStrikes } from "./restore-strikes.ts";
import { runCluster } from "./run-cluster.ts";

describe("a database that is restored from an older backup", () => {
  it("[DEP5][T6][F26] gets back from the devices what it has lost, twice, with Redis flushed and not", { timeout: 300_000 }, async () => {
    const run = await runCluster({
      seed: 26,
      devices: 12,
      processes: 1,
      instances: 2,
      teams: 4,
      halls: 1,
      writingMs: 14_000,
      pauseMs: 700,
      settleMsMax: 120_000,
      strikes: restoreStrikes,
    });
    expect(run.wrong).toEqual([]);
    expect(run.struck.length).toBe(3);
    const confirmed = (fromMs: number, toMs: number): number =>
      run.seconds.filter(({ atMs }) => atMs > fromMs && atMs < toMs).reduce((sum, second) => sum + second.confirmed, 0);
    const [backup, first, second] = run.struck;
    // There was something to lose, each time.
    expect(confirmed(backup?.toMs ?? 0, first?.fromMs ?? 0)).toBeGreaterThan(10);
    expect(confirmed(first?.toMs ?? 0, second?.fromMs ?? 0)).toBeGreaterThan(10);
    expect(run.verdict.entries).toBe(run.acknowledged);
  });
});
