import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCursorCodec } from "./cursor.ts";

const epoch = "0123456789abcdef0123456789abcdef";
const other = "f123456789abcdef0123456789abcdef";

describe("cursors", () => {
  const codec = createCursorCodec(epoch, "user:42");

  it("[CUR1] come back as they were", () => {
    fc.assert(
      fc.property(fc.nat(), fc.string({ unit: "grapheme" }), fc.boolean(), (sequence, record, snapshot) => {
        const position = snapshot
          ? ({ type: "snapshot", sequence, collection: "notes", record } as const)
          : ({ type: "stream", sequence } as const);
        expect(codec.decode(codec.encode(position))).toEqual({ ok: true, value: position });
      }),
      { seed: 20261123 },
    );
  });

  it("[CUR1][F09] of another epoch or space are refused, and so are other bytes", () => {
    const cursor = codec.encode({ type: "stream", sequence: 7 });
    expect(createCursorCodec(other, "user:42").decode(cursor).ok).toBe(false);
    expect(createCursorCodec(epoch, "user:43").decode(cursor).ok).toBe(false);
    expect(cursor.length).toBeLessThanOrEqual(12);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const decoded = codec.decode(bytes);
        if (decoded.ok) expect(codec.encode(decoded.value)).toEqual(bytes);
      }),
      { seed: 20261123, numRuns: 2_000 },
    );
  });
});
