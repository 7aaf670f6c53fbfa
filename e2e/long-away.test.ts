import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { linkFaults } from "./harness/link-faults.ts";
import { messageName } from "./harness/message-name.ts";
import { type Device, openTestBed, type TestBed } from "./harness/test-bed.ts";
import { testSpace } from "./harness/test-replica.ts";
import { until } from "./harness/until.ts";

const offline = linkFaults({ connect: "reset" });
const online = linkFaults({});

async function leave(device: Device): Promise<void> {
  device.proxy.set(offline);
  device.proxy.cut();
  await until("it is away", () => device.replica.status().connection.kind !== "connected");
}

function writeRows(device: Device, prefix: string, count: number): Promise<unknown> {
  return Promise.all(
    Array.from({ length: count }, (_, i) =>
      device.replica.write(testSpace, (tx) => void tx.entries.create({ writer: `${prefix} ${i}` }, { id: `${prefix}-${i}` })),
    ),
  );
}

const entries = (device: Device) => device.replica.space(testSpace).entries;
const drained = (device: Device) => until(`${device.name} drained`, () => device.replica.status().pending === 0);

describe("a device that was long away", () => {
  let bed: TestBed | undefined;
  afterEach(async () => {
    await bed?.close();
    bed = undefined;
  });

  it("[SYS24][T10][F31][I1] finds tombstones purged, also while it reads: it keeps what it wrote, brings nothing back, and reads its old rows until the new are all there", async () => {
    bed = await openTestBed({ seed: 1, limits: { pageBytesMax: 2_048, pageRecordsMax: 25 } });
    const phone = await bed.device("phone");
    const tablet = await bed.device("tablet");
    await writeRows(phone, "r", 120);
    await bed.converge();
    await leave(tablet);
    for (let i = 0; i < 10; i++) await tablet.replica.write(testSpace, (tx) => tx.entries.update(`r-${i}`, { effect: "edited away" }));
    await writeRows(tablet, "tablet", 20);
    for (let i = 0; i < 60; i++) await phone.replica.write(testSpace, (tx) => tx.entries.delete(`r-${i}`));
    await drained(phone);
    await bed.server().compact(testSpace, 0);
    expect(await bed.server().inspect(testSpace)).toMatchObject({ tombstones: 0, records: 60 });

    // Once more, in the middle of its snapshot: what it has read of it is not what r0 has any more.
    let pages = 0;
    const shown: number[] = [];
    let purging: Promise<unknown> | undefined;
    const { server } = bed;
    tablet.proxy.set(
      linkFaults({
        decide: ({ direction, payload }) => {
          if (direction !== "down" || messageName({ direction, payload }) !== "page") return undefined;
          pages++;
          shown.push(pages);
          if (pages === 2)
            purging = (async () => {
              for (let i = 60; i < 80; i++) await phone.replica.write(testSpace, (tx) => tx.entries.delete(`r-${i}`));
              await drained(phone);
              await server().compact(testSpace, 0);
            })();
          return undefined;
        },
      }),
    );
    const counts = new Set<number>();
    const watch = entries(tablet).subscribe((rows) => counts.add(rows.length));
    await until("it was purged while the tablet read", () => purging !== undefined);
    await purging;
    await bed.converge();
    watch.stop();
    expect(pages).toBeGreaterThan(3);
    // The old rows, then the new: nothing half.
    expect([...counts].every((count) => count === 140 || count <= 80)).toBe(true);
    for (const device of [phone, tablet]) {
      for (const i of [0, 9, 30, 59, 60, 79]) expect(await entries(device).get(`r-${i}`)).toBeUndefined();
      expect(await entries(device).get("tablet-19")).toMatchObject({ writer: "tablet 19" });
      expect(await entries(device).get("r-119")).toBeDefined();
    }
    const letters = tablet.replica.deadLetters.list();
    expect(letters).toHaveLength(10);
    expect(new Set(letters.map(({ code }) => code))).toEqual(new Set(["collected"]));
    expect(letters[0]?.payload).toMatchObject({ changes: [{ values: ["edited away"] }] });
    await bed.server().compact(testSpace, 0);
    await bed.converge();
    const found = await bed.states();
    expect(found.r0).toBeDefined();
  });

  it("[SYS25][F29][I3] is not known to r0 any more: it comes back by itself, and what it had written is there once", async () => {
    bed = await openTestBed({ seed: 1 });
    const phone = await bed.device("phone");
    const other = await bed.device("other");
    await writeRows(phone, "before", 10);
    await phone.replica.write(testSpace, (tx) => void tx.totals.create({ sum: 7 }, { id: "all" }));
    await bed.converge();
    await leave(phone);
    await writeRows(phone, "after", 25);
    for (let i = 0; i < 25; i++) await phone.replica.write(testSpace, (tx) => tx.totals.counter("all", "sum").add(1));
    const forgotten = phone.replica.id;
    await other.replica.write(testSpace, (tx) => tx.totals.counter("all", "sum").add(100));
    await drained(other);
    await bed.stopServer();
    const file = new DatabaseSync(bed.serverPath);
    for (const table of ["marks", "outcomes", "imprints", "positions", "replicas"])
      file.prepare(`DELETE FROM ${table} WHERE replica = ?`).run(forgotten);
    file.close();
    await bed.startServer();
    await other.replica.write(testSpace, (tx) => tx.entries.update("before-3", { effect: "edited by the other" }));
    phone.proxy.set(online);
    await bed.converge();
    expect(phone.replica.deadLetters.list()).toEqual([]);
    expect(other.replica.deadLetters.list()).toEqual([]);
    for (const device of [phone, other]) {
      expect(await device.replica.space(testSpace).totals.get("all")).toMatchObject({ sum: 132 });
      expect(await entries(device).get("after-24")).toBeDefined();
      expect(await entries(device).get("before-3")).toMatchObject({ effect: "edited by the other" });
      expect((await entries(device).all()).length).toBe(35);
    }
  });

  it("[SYS26][F70] catches up at the cost of what the space holds, whatever happened meanwhile", async () => {
    bed = await openTestBed({ seed: 1, limits: { catchUpRowsMin: 500 } });
    const desktop = await bed.device("desktop");
    await writeRows(desktop, "r", 50);
    await bed.converge();
    await leave(desktop);
    const space = bed.server().space(testSpace);
    for (let round = 0; round < 60; round++)
      await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          space.write((tx) => tx.entries.update(`r-${i}`, { effect: `round ${round} of ${"x".repeat(60)}` })),
        ),
      );
    const { stateBytes, streamBytes, streamRows } = await bed.server().inspect(testSpace);
    expect(streamRows).toBeGreaterThan(3_000);
    expect(streamBytes).toBeGreaterThan(stateBytes * 10);
    desktop.proxy.resetBytes();
    desktop.proxy.set(online);
    await bed.converge();
    expect(desktop.proxy.bytesDown).toBeLessThan(stateBytes * 2);
    expect(await entries(desktop).get("r-49")).toMatchObject({ effect: expect.stringContaining("round 59") });
  });
});
