import { cycleDefaults } from "@holdfast/core/engine";
import { describe, expect, it } from "vitest";
import { type FleetConfig, fleetConfig, reconnectWithinMs, type RetryStrategy } from "./fleet-config.ts";
import { herdFailures } from "./herd-bounds.ts";
import { type FleetReport, runFleetModel } from "./run-fleet-model.ts";
import { slotMs } from "./time-counts.ts";

const clients = 20_000;
const strategies: readonly RetryStrategy[] = ["fixed", "exponential", "equal", "full"];

function run(change: Partial<FleetConfig> = {}): FleetReport {
  return runFleetModel(fleetConfig(clients, change));
}

function peakOf(report: FleetReport): number {
  return report.afterwards.peak.perSecond;
}

describe("the fleet model", () => {
  it("[SIM20] the same configuration gives the same report, and another seed another of the same kind", () => {
    const [one, again, other] = [run(), run(), run({ seed: 2 })];
    expect(again).toEqual(one);
    expect(other.series).not.toEqual(one.series);
    expect(Math.abs(peakOf(other) / peakOf(one) - 1)).toBeLessThan(0.2);
  });

  it("[SIM20] every request is accounted for: it synced its client, or it was wasted", () => {
    for (const strategy of strategies)
      for (const outageAnswer of ["unreachable", "silent", "503"] as const) {
        const report = run({ strategy, outageAnswer, outageMs: 60_000 });
        const { inOutage, afterwards, wastedPerClient } = report;
        expect(report.synced).toBe(clients);
        expect(inOutage.requests + afterwards.requests).toBe(report.requests);
        expect(report.requests).toBe(report.synced + Math.round((wastedPerClient.inOutage + wastedPerClient.afterwards) * clients));
        expect(report.series.syncedShare.at(-1)).toBe(1);
        expect(report.series.syncedShare.length).toBeLessThanOrEqual(600);
      }
  });

  it("[SIM20] a hundred thousand clients take seconds", { timeout: 60_000 }, () => {
    const report = runFleetModel(fleetConfig(100_000));
    expect(report.synced).toBe(100_000);
    expect(report.requests).toBeGreaterThan(2_000_000);
    expect(herdFailures(report)).toEqual([]);
  });

  it("[SIM22][T16] full jitter spreads the fleet as arithmetic says, by the second and by the tenth of it", () => {
    for (const breaker of [undefined, cycleDefaults.breaker]) {
      const { afterwards } = run({ breaker });
      expect(afterwards.expected.perWindow).toBeCloseTo(clients / 60, 6);
      expect(afterwards.overExpected).toBeGreaterThan(0.85);
      expect(afterwards.overExpected).toBeLessThan(1.25);
      // Many rounds of sleeps lie behind it: N/mean sleep, and the mean is half a window, or a little more where breakers cool down.
      expect(afterwards.overWindow).toBeGreaterThan(1.5);
      expect(afterwards.overWindow).toBeLessThan(2.4);
      expect(afterwards.peak.per100Ms).toBeLessThan((2 * afterwards.peak.perSecond) / 10);
    }
  });

  it("[SIM22][T16] a fleet whose breakers have opened together does not come back together", () => {
    const short = { outageMs: 20_000, retryAfter: "none" } as const;
    expect(peakOf(run({ ...short, breaker: cycleDefaults.breaker }))).toBeLessThan(1.3 * peakOf(run({ ...short, breaker: undefined })));
  });

  it("[SIM22] a shorter outage leaves a smaller window, and a higher peak, where the welcomes have named none", () => {
    const peaks = [600_000, 30_000, 8_000, 1_000].map((outageMs) => peakOf(run({ outageMs, reconnectWithinMs: 0 })));
    expect([...peaks].sort((one, other) => one - other)).toEqual(peaks);
    expect(peaks.at(-1)).toBeGreaterThan(clients / 2);
  });

  it("[SIM83][F42][T16] what welcomes have named bounds what comes back after any interruption, however short", () => {
    for (const outageMs of [0, 1_000, 2_000, 5_000, 20_000, 60_000]) {
      const [unsaid, said] = [0, reconnectWithinMs(clients)].map((withinMs) => run({ outageMs, reconnectWithinMs: withinMs }));
      const first = (report: FleetReport | undefined): number =>
        Math.max(report?.inOutage.peak.perSecond ?? 0, report?.afterwards.peak.perSecond ?? 0);
      expect(first(unsaid)).toBeGreaterThan(0.9 * clients);
      // An even spread, and those who came in vain and come again over a window as wide: no second wave.
      expect(first(said)).toBeLessThan((3 * clients * 1_000) / reconnectWithinMs(clients));
      expect(said?.recovery.allMs).toBeDefined();
    }
    // F42's bound: at most 5 % of the clients in one second, told by a server that bears as much; all are back within a minute.
    const bounded = run({
      outageMs: 0,
      reconnectWithinMs: 50_000,
      server: { ...fleetConfig(clients).server, requestsPerSecond: clients / 20 },
    });
    expect(peakOf(bounded)).toBeLessThanOrEqual(0.05 * clients);
    expect(bounded.recovery.allMs).toBeLessThan(60_000);
  });

  it("[SIM83][F42] 10,000 clients whose connections drop at once, and 503 with Retry-After for 30 s: no second has 5 % of them", () => {
    const fleet = fleetConfig(10_000, { outageMs: 30_000, outageAnswer: "503" });
    const report = runFleetModel({ ...fleet, server: { ...fleet.server, retryAfterMs: 10_000 } });
    expect(fleet.reconnectWithinMs).toBe(40_000);
    expect(Math.max(report.inOutage.peak.perSecond, peakOf(report))).toBeLessThanOrEqual(500);
    expect(report.recovery.p99Ms).toBeLessThan(90_000);
    expect(report.synced).toBe(10_000);
  });

  it("[SIM23][T16] a fleet without jitter stays in step", () => {
    const [fixed, exponential, equal, full] = strategies.map((strategy) => peakOf(run({ strategy, breaker: undefined }))) as [
      number,
      number,
      number,
      number,
    ];
    expect(fixed).toBe(clients);
    expect(exponential).toBeGreaterThan(5 * full);
    expect(equal).toBeLessThan(full);
  });

  it("[SIM24][T16] a Retry-After that is the same for all brings those back together who come when told; the engine's jitter and r0's each spread them", () => {
    // Two minutes that something in front of r0 answers with 503 and twenty seconds.
    const server = { ...fleetConfig(clients).server, retryAfterMs: 10_000 };
    const told = { outageAnswer: "503", outageMs: 120_000, breaker: undefined, server } as const;
    const obedient = peakOf(run({ ...told, retryAfter: "same", strategy: "fixed" }));
    expect(obedient).toBeGreaterThan(0.4 * clients);
    expect(peakOf(run({ ...told, retryAfter: "same" }))).toBeLessThan(obedient / 5);
    expect(peakOf(run({ ...told, retryAfter: "jittered", strategy: "fixed" }))).toBeLessThan(obedient / 5);
    expect(peakOf(run({ ...told, retryAfter: "jittered" }))).toBeLessThan(obedient / 10);
  });

  it("[SIM24] r0's own jitter halves what is wasted by those who come when told", () => {
    const server = { ...fleetConfig(clients).server, retryAfterMs: 10_000 };
    const [same, jittered] = (["same", "jittered"] as const).map((retryAfter) =>
      run({ strategy: "fixed", breaker: undefined, outageMs: 60_000, retryAfter, server }),
    ) as [FleetReport, FleetReport];
    expect(jittered.wastedPerClient.afterwards).toBeLessThan(same.wastedPerClient.afterwards / 2);
  });

  it("[SIM25] after the outage the most is wasted by fixed retries, then exponential, full and equal jitter", () => {
    for (const outageMs of [120_000, 600_000]) {
      const wasted = strategies.map(
        (strategy) => run({ strategy, outageMs, breaker: undefined, retryAfter: "none" }).wastedPerClient.afterwards,
      ) as [number, number, number, number];
      const [fixed, exponential, equal, full] = wasted;
      expect(fixed).toBeGreaterThan(2 * exponential);
      expect(exponential).toBeGreaterThan(5 * full);
      expect(full).toBeGreaterThan(equal);
      expect(full).toBeLessThan(0.5);
    }
  });

  it("[SIM25] a server that never sheds works for clients that have gone", () => {
    const { server } = fleetConfig(clients);
    const endless = { ...server, queueMax: Number.POSITIVE_INFINITY };
    const [shedding, hoarding] = [
      run({ outageMs: 2_000, reconnectWithinMs: 0, server }),
      run({ outageMs: 2_000, reconnectWithinMs: 0, server: endless }),
    ];
    expect(shedding.afterwards.timedOut).toBe(0);
    expect(hoarding.afterwards.refused).toBe(0);
    expect(hoarding.afterwards.timedOut).toBeGreaterThan(clients / 2);
    expect(hoarding.recovery.p99Ms).toBeGreaterThan(1.5 * (shedding.recovery.p99Ms ?? 0));
  });

  it("[SIM26] the breaker bounds what one client sends", () => {
    const { breaker } = cycleDefaults;
    const bound = (report: FleetReport): number =>
      breaker.outcomesMin + 1 + (report.config.outageMs + (report.recovery.allMs ?? 0)) / breaker.cooldownMs;
    const [withBreaker, without] = [run({ strategy: "fixed" }), run({ strategy: "fixed", breaker: undefined })];
    expect(withBreaker.requestsPerClientMax).toBeLessThanOrEqual(bound(withBreaker));
    expect(without.requestsPerClientMax).toBeGreaterThan(2 * bound(without));
  });

  it("[SIM27][F42] a fleet of the engine's clients keeps the bounds of a herd, and one that has lost its jitter does not", () => {
    for (const retryAfter of ["none", "jittered"] as const) expect(herdFailures(run({ retryAfter }))).toEqual([]);
    expect(herdFailures(run({ strategy: "exponential" })).join()).toMatch(/busiest second.*99 %/);
    const unbroken = run({ strategy: "fixed", breaker: undefined });
    expect(herdFailures({ ...unbroken, config: { ...unbroken.config, breaker: cycleDefaults.breaker } }).join()).toMatch(
      /busiest.*breaker/,
    );
    const never = run({ server: { ...fleetConfig(clients).server, requestsPerSecond: 1 }, virtualMsMax: 1_200_000 });
    expect(herdFailures(never).join()).toMatch(/not synced/);
    expect(never.recovery.allMs).toBeUndefined();
  });

  it("[SIM27] nobody is synced faster than the server can, nor before it is there", () => {
    for (const strategy of strategies) {
      const { config, series, recovery } = run({ strategy, outageMs: 60_000 });
      const { requestsPerSecond, queueMax } = config.server;
      expect(Math.max(...series.syncedPerSecond)).toBeLessThanOrEqual(requestsPerSecond * 1.2);
      expect(series.syncedShare.slice(0, Math.floor(60_000 / series.stepMs)).every((share) => share === 0)).toBe(true);
      expect(recovery.allMs).toBeGreaterThanOrEqual((clients / requestsPerSecond) * 1_000 - slotMs);
      expect(queueMax).toBe(requestsPerSecond);
    }
  });
});
