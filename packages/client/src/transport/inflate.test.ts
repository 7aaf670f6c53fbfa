import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { inflateBounded } from "./inflate.ts";

describe("inflating without the platform", () => {
  it("[CLI24] gives back what was deflated, and refuses what is too large, cut off or no deflate", () => {
    for (const text of ["", "a", "holdfast ".repeat(20_000)]) {
      const bytes = new TextEncoder().encode(text);
      expect(Buffer.from(inflateBounded(deflateRawSync(bytes), bytes.length)).equals(bytes)).toBe(true);
    }
    const noise = crypto.getRandomValues(new Uint8Array(60_000));
    expect(Buffer.from(inflateBounded(deflateRawSync(noise), noise.length)).equals(noise)).toBe(true);
    const bomb = deflateRawSync(new Uint8Array(8 << 20));
    expect(() => inflateBounded(bomb, 4 << 20)).toThrow();
    expect(() => inflateBounded(deflateRawSync(noise).subarray(0, 30_000), noise.length)).toThrow();
    expect(() => inflateBounded(Uint8Array.of(255, 255, 255, 255), 1_000)).toThrow();
    expect(() => inflateBounded(new Uint8Array(0), 1_000)).toThrow();
  });
});
