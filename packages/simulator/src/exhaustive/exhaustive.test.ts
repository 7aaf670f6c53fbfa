import { describe, expect, it } from "vitest";
import { loadSqlite } from "../disk/load-sqlite.ts";
import { alphabets } from "./alphabet.ts";
import { runCrashScope } from "./crash-scope.ts";
import { runScope } from "./run-scope.ts";

describe("every short history", () => {
  for (const alphabet of alphabets)
    it(`[SIM75] of a ${alphabet.type}, by 3 replicas and 3 writes, ends alike everywhere and means what its writes say`, () => {
      const { failures, histories, orders } = runScope({ alphabet, replicas: 3, writes: 3 });
      expect(failures).toEqual([]);
      if (alphabet.byR0 !== true) expect(histories).toBeGreaterThan(500);
      expect(orders).toBeGreaterThan(2);
    });

  it("[SIM76] of the real engine survives a death at every 29th operation of every disk", { timeout: 60_000 }, async () => {
    const { failures, histories, crashes } = await runCrashScope(await loadSqlite(), {
      effects: ["count"],
      devices: 2,
      operations: 1,
      stride: 29,
    });
    expect(failures).toEqual([]);
    expect(histories).toBe(6);
    expect(crashes).toBeGreaterThan(20);
  });
});
