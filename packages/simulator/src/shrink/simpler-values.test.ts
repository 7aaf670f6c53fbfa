import { describe, expect, it } from "vitest";
import { type Json, simplifications, withValue } from "./simpler-values.ts";

describe("simpler values", () => {
  const fault: Json = { id: "die-0", atMs: 9_000, type: "die", device: 2, power: true, operations: 14, downMs: 9_000, devices: [0, 2] };

  it("[SIM59] shorter times, smaller numbers, no power failure, one device; what a thing is stays", () => {
    expect(simplifications([fault])).toEqual([
      { path: [0, "power"], values: [false] },
      { path: [0, "operations"], values: [0, 1] },
      { path: [0, "downMs"], values: [0, 1, 100, 1_000, 4_500] },
      { path: [0, "devices"], values: [[0], [2]] },
    ]);
  });

  it("[SIM59] a setting that need not be there is tried as absent; a rate as zero; a jump back stays one", () => {
    expect(simplifications({ pageBytesMax: 64 }, true)).toEqual([{ path: ["pageBytesMax"], values: [undefined, 0, 1] }]);
    expect(simplifications({ losePerNotice: 0.2 })).toEqual([{ path: ["losePerNotice"], values: [0] }]);
    expect(simplifications({ byMs: -500 })).toEqual([{ path: ["byMs"], values: [-0, -1, -100] }]);
  });

  it("[SIM59] puts a value in its place and leaves the others, or takes the field out", () => {
    expect(withValue([fault], [0, "operations"], 1)).toEqual([{ ...(fault as object), operations: 1 }]);
    expect(withValue({ a: { b: 1, c: 2 } }, ["a", "b"], undefined)).toEqual({ a: { c: 2 } });
  });
});
