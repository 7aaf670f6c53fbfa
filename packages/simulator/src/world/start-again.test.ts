import { describe, expect, it } from "vitest";
import { pauseBeforeStartMs } from "./start-again.ts";

describe("a machine that does not start", () => {
  it("[SIM94] is started again each second at first, and then more and more seldom", () => {
    const pauses = Array.from({ length: 200 }, (_, startsInVain) => pauseBeforeStartMs(startsInVain));
    expect(pauses.slice(0, 60)).toEqual(pauses.slice(0, 60).map(() => 1_000));
    expect(pauses.slice(60, 64)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(pauses.at(-1)).toBe(300_000);
  });

  it("[SIM94] a disk that is full for two weeks costs no more than a few thousand starts", () => {
    let starts = 0;
    for (let atMs = 0; atMs < 14 * 86_400_000; atMs += pauseBeforeStartMs(starts)) starts++;
    expect(starts).toBeLessThan(5_000);
  });
});
