import { describe, expect, it } from "vitest";
import { createIdSource } from "../id-source.ts";
import { createNativeRuntime } from "./native-runtime.ts";

const timers = { setTimeout: () => 0, clearTimeout: () => {} };
let counter = 0;
const bytes = (length: number) => Uint8Array.from({ length }, () => counter++ & 0xff);

describe("React Native's clocks and randomness", () => {
  it("[NAT7][F74] no `crypto`, an empty one, or a source that is none is refused with a typed error", () => {
    const refused = expect.objectContaining({ code: "invalid-option", origin: "caller" });
    expect(() => createNativeRuntime(undefined, timers)).toThrow(refused);
    expect(() => createNativeRuntime(undefined, { ...timers, crypto: {} })).toThrow(refused);
    expect(() => createNativeRuntime((length) => new Uint8Array(length), timers)).toThrow(refused);
    expect(() => createNativeRuntime(() => Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16), timers)).toThrow(refused);
    expect(() => createNativeRuntime((length) => bytes(length).subarray(1), timers)).toThrow(refused);
  });

  it("[NAT7] takes the app's source before the host's, and asks the host for no more than it gives at once", () => {
    const asked: number[] = [];
    const crypto = {
      getRandomValues: (into: Uint8Array) => {
        if (into.length > 65_536) throw new Error("QuotaExceededError");
        asked.push(into.length);
        into.set(bytes(into.length));
        return into;
      },
    };
    const host = { ...timers, crypto };
    expect(createNativeRuntime(undefined, host).randomBytes(100_000)).toHaveLength(100_000);
    expect(asked).toEqual([16, 16, 65_536, 34_464]);
    createNativeRuntime(bytes, host).randomBytes(8);
    expect(asked).toHaveLength(4);
  });

  it("[NAT7][F74] a source that gives 1,024 bytes at most, as expo-crypto's, is enough for the ids of many records", () => {
    let state = 1;
    const limited = (length: number) => {
      if (length > 1_024) throw new TypeError(`expo-crypto: getRandomBytes(${length}) expected a valid number from range 0...1024`);
      return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24);
    };
    const ids = createIdSource(createNativeRuntime(limited, timers));
    expect(new Set(Array.from({ length: 300 }, ids)).size).toBe(300);
    // Of 2,500 random bytes, as many zeros as a sound source gives, and none at the end that was never written.
    expect(
      createNativeRuntime(limited, timers)
        .randomBytes(2_500)
        .filter((byte) => byte === 0).length,
    ).toBeLessThan(40);
  });

  it("[NAT7] without a monotonic clock, the wall clock's steps back are no time", () => {
    const { now } = Date;
    const wall = [1_000, 1_000, 1_500, 200, 300];
    try {
      Date.now = () => wall.shift() ?? 300;
      const runtime = createNativeRuntime(bytes, timers);
      expect([runtime.nowMs(), runtime.nowMs(), runtime.nowMs(), runtime.nowMs()]).toEqual([0, 500, 500, 600]);
    } finally {
      Date.now = now;
    }
    expect(createNativeRuntime(bytes, { ...timers, performance: { now: () => 7 } }).nowMs()).toBe(7);
  });
});
