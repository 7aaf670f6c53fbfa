/** The short form of `npm run test:cluster`: fewer devices, and each kind of death once. */
import { describe, expect, it } from "vitest";
import { quickStrikes } from "./strikes.ts";
import { runCluster } from "./run-cluster.ts";

describe("a cluster", () => {
  it("[DEP4][CMD14][T5][T8][F01][F08][F66] loses and doubles nothing while its instances, Redis and PostgreSQL die, and the standby takes over", {
    timeout: 300_000,
  }, async () => {
    const run = await runCluster({
      seed: 4,
      devices: 24,
      processes: 2,
      instances: 3,
      teams: 6,
      halls: 1,
      writingMs: 25_000,
      pauseMs: 1_000,
      settleMsMax: 120_000,
      strikes: quickStrikes,
    });
    expect(run.wrong).toEqual([]);
    expect(run.struck.map(({ what }) => what)).toEqual(quickStrikes.map(({ what }) => what));
    // Everybody wrote, before and after each strike, and r0 has all of it.
    expect(run.acknowledged).toBeGreaterThan(200);
    expect(run.verdict).toMatchObject({ spaces: 7, entries: run.acknowledged });
    const last = Math.max(...run.struck.map(({ toMs }) => toMs));
    expect(run.seconds.some(({ atMs, confirmed }) => atMs > last && confirmed > 0)).toBe(true);
  });
});
