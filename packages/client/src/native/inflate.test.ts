import fc from "fast-check";
import { deflateSync } from "fflate";
import { describe, expect, it } from "vitest";
import { inflateBounded } from "../transport/inflate.ts";

describe("inflating without the platform", () => {
  it("[NAT10] gives back what was deflated, of every size", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000, size: "max" }), fc.integer({ min: 0, max: 9 }), (bytes, level) => {
        expect(inflateBounded(deflateSync(bytes, { level: level as 0 }), bytes.length)).toEqual(bytes);
      }),
      { seed: 20261123, numRuns: 60 },
    );
  });

  it("[NAT10] stops at its bound, and takes nothing of what is broken or cut off", () => {
    const bomb = deflateSync(new Uint8Array(8 << 20));
    expect(bomb.length).toBeLessThan(10_000);
    expect(() => inflateBounded(bomb, (8 << 20) - 1)).toThrow();
    expect(inflateBounded(bomb, 8 << 20)).toHaveLength(8 << 20);
    const whole = deflateSync(Uint8Array.from({ length: 500 }, (_, i) => (i * 7919) & 0xff));
    for (let length = 0; length < whole.length; length++) expect(() => inflateBounded(whole.subarray(0, length), 1 << 20)).toThrow();
    expect(() => inflateBounded(Uint8Array.of(0xff, 0xff, 0xff), 100)).toThrow();
  });
});
