import { afterEach, describe, expect, it } from "vitest";
import type { Value } from "@holdfast/core";
import { keyedRandom } from "./harness/keyed-random.ts";
import { linkFaults } from "./harness/link-faults.ts";
import { openTestBed, type TestBed } from "./harness/test-bed.ts";
import { testSpace } from "./harness/test-replica.ts";

const long = "x".repeat(100_000);

const values: Readonly<Record<string, Value>> = {
  "above 2^53": 2n ** 53n + 1n,
  "below -2^53": -(2n ** 53n) - 1n,
  "the largest int64": 2n ** 63n - 1n,
  "the smallest int64": -(2n ** 63n),
  "a small bigint": 7n,
  "the same as a number": 7,
  "the largest double": 1e308,
  "the smallest double": 5e-324,
  "not 0.3": 0.1 + 0.2,
  "before 1970 in microseconds": -1_234_567_890_123_456,
  "a time in text": "1969-07-20T20:17:40.123456Z",
  "empty text": "",
  "NFC and NFD": ["\u00e9", "e\u0301"],
  "a family": "👩‍👩‍👧‍👦 🇨🇭 नमस्ते",
  "long text": long,
  bytes: new Uint8Array([0, 255, 1, 128]),
  "no bytes": new Uint8Array(0),
  null: null,
  true: true,
  "a prototype key": JSON.parse('{"__proto__":{"a":1},"constructor":[1]}') as Value,
  nested: { list: [1, "1", 1n, null, { deep: [true] }], empty: {}, none: [] },
};

const broken = /\p{Surrogate}|\ufffd/u;

/** Equal for equal values of equal types, and only for those; knows nothing of the engine's own encoding. */
function keyOf(value: unknown): string {
  if (typeof value === "bigint") return `int64 ${value}`;
  if (typeof value === "number") return `double ${Object.is(value, -0) ? "-0" : value}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) return `[${value.map(keyOf).join(",")}]`;
  if (typeof value !== "object" || value === null) return value === undefined ? "absent" : JSON.stringify(value);
  const entries = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${keyOf(inner)}`);
  return `{${entries.sort().join(",")}}`;
}

describe("values", () => {
  let bed: TestBed | undefined;
  afterEach(async () => {
    await bed?.close();
    bed = undefined;
  });

  it("[SYS16][F57][T20] go from a device to r0, to another device and back as they were, and an edit beside them changes nothing", async () => {
    bed = await openTestBed({ seed: 1 });
    const [a, b] = [await bed.device("a"), await bed.device("b")];
    for (const [id, value] of Object.entries(values))
      await a.replica.write(testSpace, (tx) => {
        tx.values.create({ value }, { id });
      });
    await bed.converge();
    for (const [id, value] of Object.entries(values)) {
      const there = await b.replica.space(testSpace).values.get(id);
      expect(keyOf(there?.value), id).toBe(keyOf(value));
      await b.replica.write(testSpace, (tx) => {
        tx.values.update(id, { other: there?.value as Value });
      });
    }
    await bed.converge();
    for (const [id, value] of Object.entries(values)) {
      const back = await a.replica.space(testSpace).values.get(id);
      expect(keyOf(back?.other), id).toBe(keyOf(value));
      expect(keyOf(back?.value), id).toBe(keyOf(value));
    }
    const { r0 } = await bed.states();
    for (const [id, value] of Object.entries(values)) expect(keyOf(r0.rows("values").get(id)?.["value"]), id).toBe(keyOf(value));
  });

  it("[SYS17][F63][T19] text edited on two devices at every offset of emoji stays whole, and is equal", async () => {
    bed = await openTestBed({ seed: 1 });
    const devices = [await bed.device("a"), await bed.device("b")];
    const start = "👩‍👩‍👧‍👦🇨🇭👍🏽नमस्ते e\u0301 𝒳";
    await devices[0]?.replica.write(testSpace, (tx) => {
      tx.boards.create({ body: start }, { id: "r" });
    });
    await bed.converge();
    const pieces = ["🧑🏿‍🚀", "a", "🇫🇷", "\u0301", "𝒴z"];
    for (let round = 0; round < 4; round++) {
      for (const { proxy } of devices) {
        proxy.set(linkFaults({ connect: "reset" }));
        proxy.cut();
      }
      for (const device of devices) {
        const random = keyedRandom(1, device.name, round);
        for (let edit = 0; edit < 12; edit++) {
          const before = (await device.replica.space(testSpace).boards.get("r"))?.body as string;
          const at = random.between(0, before.length);
          const length = Math.min(random.between(1, 3), before.length - at);
          // In the middle of a pair it snaps or throws; it never cuts one in two.
          await device.replica
            .write(testSpace, (tx) => {
              const text = tx.boards.text("r", "body");
              if (random.chance(0.6) || length === 0) text.insert(at, random.pick(pieces));
              else text.delete(at, length);
            })
            .catch((error: unknown) =>
              expect(error).toMatchObject({ code: expect.stringMatching(/^(invalid-text|out-of-range)$/) as string }),
            );
          const after = (await device.replica.space(testSpace).boards.get("r"))?.body as string;
          // Neither half a pair, nor what Yjs puts in the place of one.
          expect(after).not.toMatch(broken);
        }
      }
      for (const { proxy } of devices) proxy.set(linkFaults({}));
      await bed.converge();
      const bodies = await Promise.all(
        devices.map(async ({ replica }) => (await replica.space(testSpace).boards.get("r"))?.body as string),
      );
      expect(bodies[1]).toBe(bodies[0]);
      expect(bodies[0]).not.toMatch(broken);
    }
    expect(await bed.verdict([])).toEqual([]);
  });
});
