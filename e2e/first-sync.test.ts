import { randomBytes } from "node:crypto";
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

/** `cutAfterBytes`: each connection breaks after so many bytes towards the device, in the middle of whatever is on its way. */
async function bootstrap(bed: TestBed, name: string, cutAfterBytes?: number): Promise<{ readonly bytes: number; readonly cuts: number }> {
  const device = await bed.device(name, {
    faults: linkFaults(cutAfterBytes === undefined ? {} : { cutAfterBytes: { down: cutAfterBytes } }),
    replica: { sync: { backoffBaseMs: 5, backoffCapMs: 20, stableMs: 1, pageBytesMax: 8 * 1024 } },
  });
  await until(`${name} has all`, () => device.replica.status().spaces[testSpace]?.hasSynced === true, 25_000);
  const { counts, bytesDown, bytesUp } = device.proxy;
  const cuts = counts.connections - 1;
  device.proxy.set(linkFaults({}));
  await until(`${name} is in step`, () => device.replica.status().spaces[testSpace]?.synced === true, 25_000);
  return { bytes: bytesDown + bytesUp, cuts };
}

describe("a first sync", () => {
  let bed: TestBed | undefined;
  afterEach(async () => {
    await bed?.close();
    bed = undefined;
  });

  it("[SYS30][F68] over a link that breaks again and again goes on where it was: it ends, with at most 1.2 times the bytes", async () => {
    bed = await openTestBed({ seed: 1 });
    await fill(bed, 8_000);
    const smooth = await bootstrap(bed, "smooth");
    const broken = await bootstrap(bed, "broken", 45_000);
    expect(broken.cuts).toBeGreaterThan(2);
    expect(broken.bytes / smooth.bytes).toBeLessThan(1.2);
    await bed.converge();
  });

  it("[SYS32][F68] brings a record of several MiB that does not deflate", async () => {
    bed = await openTestBed({ seed: 1 });
    const space = bed.server().space(testSpace);
    await space.write((tx) => void tx.boards.create({ title: "large" }, { id: "large" }));
    for (let i = 0; i < 16; i++) {
      const label = randomBytes(72_000).toString("base64");
      await space.write((tx) => tx.boards.list("large", "steps").push({ label }));
    }
    expect((await bed.server().inspect(testSpace)).stateBytes).toBeGreaterThan(1_400_000);
    const tablet = await bed.device("tablet", { replica: { sync: { requestMsMax: 20_000 } } });
    await bed.converge();
    expect((await tablet.replica.space(testSpace).boards.get("large"))?.steps).toHaveLength(16);
  });

  it("[SYS31][F35] costs what lives, and not what was deleted: 5,000 tombstones weigh nothing once they are collected", async () => {
    bed = await openTestBed({ seed: 1 });
    await fill(bed, 500);
    const before = await bootstrap(bed, "before");
    await bury(bed, 5_000);
    await bed.server().compact(testSpace, 0);
    const after = await bootstrap(bed, "after");
    expect(after.bytes / before.bytes).toBeLessThan(1.1);
    await bed.converge();
    const { devices } = await bed.states();
    expect(devices.size).toBe(2);
  });
});
