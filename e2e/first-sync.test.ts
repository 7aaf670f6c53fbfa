import { afterEach, describe, expect, it } from "vitest";
import { linkFaults } from "./harness/link-faults.ts";
import { openTestBed, type TestBed } from "./harness/test-bed.ts";
import { testSpace } from "./harness/test-replica.ts";
import { until } from "./harness/until.ts";

const perWrite = 500;

/** The bytes of such a record's state are what `bench:first-sync` has in mind: a title, and little else. */
async function fill(bed: TestBed, count: number): Promise<void> {
  for (let from = 0; from < count; from += perWrite)
    await bed
      .server()
      .space(testSpace)
      .write((tx) => {
        for (let i = from; i < Math.min(count, from + perWrite); i++) tx.entries.create({ writer: `somebody ${i * 7_919}` });
      });
}

async function bury(bed: TestBed, count: number): Promise<void> {
  const space = bed.server().space(testSpace);
  for (let from = 0; from < count; from += perWrite) {
    const ids = Array.from({ length: perWrite }, (_, i) => `gone-${from + i}`);
    await space.write((tx) => ids.forEach((id) => tx.entries.create({ writer: "gone" }, { id })));
    await space.write((tx) => ids.forEach((id) => tx.entries.delete(id)));
  }
}

async function bootstrap(bed: TestBed, name: string, cutMs?: number): Promise<{ readonly bytes: number; readonly cuts: number }> {
  const device = await bed.device(name, {
    replica: { sync: { backoffBaseMs: 5, backoffCapMs: 20, stableMs: 1, pageBytesMax: 64 * 1024 } },
  });
  let cuts = 0;
  // Slow enough that it is cut, and every page fits in between.
  if (cutMs !== undefined) device.proxy.set(linkFaults({ down: { delayMs: [20, 30] } }));
  const cutting =
    cutMs === undefined
      ? undefined
      : setInterval(() => {
          if (device.proxy.live() > 0) cuts++;
          device.proxy.cut();
        }, cutMs);
  await until(`${name} is in step`, () => device.replica.status().spaces[testSpace]?.hasSynced === true, 25_000);
  clearInterval(cutting);
  await until(`${name} is in step`, () => device.replica.status().spaces[testSpace]?.synced === true, 25_000);
  return { bytes: device.proxy.bytesDown + device.proxy.bytesUp, cuts };
}

describe("a first sync", () => {
  let bed: TestBed | undefined;
  afterEach(async () => {
    await bed?.close();
    bed = undefined;
  });

  it("[SYS30][F68] over a link that breaks again and again goes on where it was: it ends, with at most 1.2 times the bytes", async () => {
    bed = await openTestBed({ seed: 1 });
    await fill(bed, 20_000);
    const smooth = await bootstrap(bed, "smooth");
    const broken = await bootstrap(bed, "broken", 300);
    expect(broken.cuts).toBeGreaterThan(2);
    expect(broken.bytes / smooth.bytes).toBeLessThan(1.2);
    await bed.converge();
  });

  it("[SYS31][F35] costs what lives, and not what was deleted: 20,000 tombstones weigh nothing once they are collected", async () => {
    bed = await openTestBed({ seed: 1 });
    await fill(bed, 1_000);
    const before = await bootstrap(bed, "before");
    await bury(bed, 20_000);
    await bed.server().compact(testSpace, 0);
    const after = await bootstrap(bed, "after");
    expect(after.bytes / before.bytes).toBeLessThan(1.1);
    await bed.converge();
    const { devices } = await bed.states();
    expect(devices.size).toBe(2);
  });
});
