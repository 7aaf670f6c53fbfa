import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSha256, sha256 } from "./sha256.ts";

const reference = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("SHA-256", () => {
  it("[CHAIN5] is that of the standard, at every length around a block, in any pieces", () => {
    for (let length = 0; length <= 200; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 151 + length) & 0xff);
      expect(hex(sha256(bytes))).toBe(reference(bytes));
    }
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), (pieces) => {
        const hash = createSha256();
        for (const piece of pieces) hash.update(piece);
        expect(hex(hash.digest())).toBe(reference(Buffer.concat(pieces)));
      }),
    );
  });

  it("[CHAIN5] has the standard's constants on an engine whose roots are a thousand units wrong in the last place", () => {
    const primes = Array.from({ length: 312 }, (_, n) => n).filter(
      (n) => n > 1 && !Array.from({ length: n }, (_, k) => k).some((k) => k > 1 && n % k === 0),
    );
    expect(primes).toHaveLength(64);
    const roots = [...primes.map(Math.cbrt), ...primes.slice(0, 8).map(Math.sqrt)];
    for (const root of roots) {
      const ulp = 2 ** (Math.floor(Math.log2(root)) - 52);
      const constants = [root - 1_000 * ulp, root, root + 1_000 * ulp].map((each) => Math.floor((each % 1) * 2 ** 32));
      expect(new Set(constants).size).toBe(1);
    }
  });
});
