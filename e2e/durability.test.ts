import { afterAll, describe, expect, it } from "vitest";
import { bundleProgram } from "./harness/child-process.ts";
import { runKills } from "./harness/kill-run.ts";
import { createTempDir } from "./harness/temp-dir.ts";

/** HOLDFAST_KILLS=1000 for a longer soak, HOLDFAST_SEED for another schedule. */
const killsMin = Number(process.env["HOLDFAST_KILLS"] ?? 200);
const seed = Number(process.env["HOLDFAST_SEED"] ?? 20261123);

describe("processes that die", () => {
  const directory = createTempDir("durability");
  afterAll(() => directory.remove());

  it(`[SYS1][SYS2][T8][T21][F44][F75] every acknowledged write is on r0 exactly once after ${killsMin} SIGKILLs of devices and some of the server`, {
    timeout: 60_000 + killsMin * 500,
  }, async () => {
    const programs = { replica: await bundleProgram("replica", directory), server: await bundleProgram("server", directory) };
    const report = await runKills({ programs, directory, seed, killsMin, devices: 8, together: 4 });
    console.log(report.summary);
    expect(report.violations.join("\n")).toBe("");
    expect(report.wrong.join("\n")).toBe("");
    expect(report.acknowledged).toBeGreaterThan(killsMin);
    // The run is worth nothing if it did not strike where it hurts.
    expect(report.kills).toBeGreaterThanOrEqual(killsMin);
    expect(report.kills - report.beforeOpen).toBeGreaterThan(killsMin / 2);
    expect(report.betweenCommitAndAcknowledgement).toBeGreaterThan(0);
    expect(report.duringPush).toBeGreaterThan(killsMin / 20);
    expect(report.serverKills).toBeGreaterThan(killsMin / 50);
  });
});
