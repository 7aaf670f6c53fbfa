import { describe, expect, it } from "vitest";
import { fleetConfig } from "./fleet-config.ts";
import { PokeReaction } from "./poke-reaction.ts";
import { runPokeStorm } from "./run-poke-storm.ts";

const followers = 20_000;
const fleet = fleetConfig(followers, { outageMs: 0 });

describe("a poke storm", () => {
  it("[SIM28] a small change comes with the poke, and nobody asks for it", () => {
    const storm = runPokeStorm({ fleet, changeBytes: 200, withinMs: 0, fanOutMs: 100 });
    expect(storm.isCarried).toBe(true);
    expect(storm.requests).toBe(0);
    expect(storm.told.allMs).toBeLessThan(1_000);
  });

  it("[SIM28][T16] a large one is asked for by all, in one second or over the window that r0 names", () => {
    const [atOnce, spread] = [0, 30_000].map((withinMs) => runPokeStorm({ fleet, changeBytes: 100_000, withinMs, fanOutMs: 100 }));
    expect(atOnce?.peak.perSecond).toBe(followers);
    expect(atOnce?.sessionsLost).toBeGreaterThan(0);
    expect(spread?.peak.perSecond).toBeLessThan(1.25 * (spread?.expectedPerSecond ?? 0));
    expect(spread?.sessionsLost).toBe(0);
    expect(spread?.requests).toBe(followers);
    expect(spread?.told.allMs).toBeLessThan(atOnce?.told.allMs ?? 0);
  });

  it("[SIM28] the same configuration gives the same report", () => {
    const storm = { fleet, changeBytes: 100_000, withinMs: 5_000, fanOutMs: 100 };
    expect(runPokeStorm(storm)).toEqual(runPokeStorm(storm));
  });

  it("[SIM28] what a client does about a poke is what core's cycle does", () => {
    expect(new PokeReaction(true, 0).pullAfterMs(0.5)).toBeUndefined();
    expect(new PokeReaction(false, 0).pullAfterMs(0.5)).toBe(0);
    expect(new PokeReaction(false, 4_000).pullAfterMs(0.25)).toBe(1_000);
  });
});
