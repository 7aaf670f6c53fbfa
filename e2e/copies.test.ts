import { copyFileSync, existsSync, rmSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { mintEpoch } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import { linkFaults } from "./harness/link-faults.ts";
import { type Device, openTestBed, type TestBed } from "./harness/test-bed.ts";
import { testSpace } from "./harness/test-replica.ts";
import { until } from "./harness/until.ts";
import { writeTasks } from "./harness/write-tasks.ts";

const seed = Number(process.env["HOLDFAST_SEED"] ?? 20261123);
const boards = ["board-a", "board-b"];
const offline = linkFaults({ connect: "reset" });

/** The file as it is on the disk, with its log. */
function copyFile(from: string, to: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${to}${suffix}`, { force: true });
  for (const suffix of ["", "-wal"]) if (existsSync(`${from}${suffix}`)) copyFileSync(`${from}${suffix}`, `${to}${suffix}`);
}

describe("a file that exists twice", () => {
  let bed: TestBed | undefined;
  afterEach(async () => {
    await bed?.close();
    bed = undefined;
  });

  const write = (device: Device, part: string, count: number, acknowledged: Set<string>) =>
    writeTasks(device, { seed, part, count, boards }, acknowledged);

  it("[SYS19][T4][F25][F58][I3] a device's: copied before its first sync with all that it had written, it has each effect once, behind the horizon too", async () => {
    bed = await openTestBed({ seed });
    const acknowledged = new Set<string>();
    const phone = await bed.device("phone", { faults: offline });
    await write(phone, "both", 30, acknowledged);
    await phone.replica.close();
    // The copy is a device of its own, with the same replica id.
    const copies: Device[] = [];
    for (const name of ["copy", "second-copy"]) {
      copyFile(phone.path, bed.directory.file(`${name}.db`));
      copies.push(await bed.device(name, { faults: offline }));
    }
    await phone.reopen();
    await write(phone, "phone", 10, acknowledged);
    phone.proxy.set(linkFaults({}));
    await until("the phone drained", () => phone.replica.status().pending === 0);
    await bed.server().compact(testSpace, 0);
    for (const copy of copies) {
      expect(copy.replica.id).toBe(phone.replica.id);
      await write(copy, copy.name, 10, acknowledged);
      copy.proxy.set(linkFaults({}));
    }
    await bed.converge();
    expect(new Set([phone, ...copies].map(({ replica }) => replica.id)).size).toBe(3);
    expect(await bed.verdict(acknowledged)).toEqual([]);
  });

  it("[SYS19][T4] a device's: two that only read come to rest, under two ids", async () => {
    bed = await openTestBed({ seed });
    const acknowledged = new Set<string>();
    const phone = await bed.device("phone");
    await write(phone, "both", 5, acknowledged);
    await until("the phone drained", () => phone.replica.status().pending === 0);
    await phone.replica.close();
    copyFile(phone.path, bed.directory.file("copy.db"));
    await phone.reopen();
    const copy = await bed.device("copy");
    const inStep = (): boolean => [phone, copy].every(({ replica }) => replica.status().spaces[testSpace]?.synced === true);
    await until("both are in step, at once", inStep);
    await until("they have two ids", () => phone.replica.id !== copy.replica.id);
    await until("both are in step, at once", inStep);
    const ids = [phone.replica.id, copy.replica.id];
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect([phone.replica.id, copy.replica.id]).toEqual(ids);
    expect(inStep()).toBe(true);
    expect(await bed.verdict(acknowledged)).toEqual([]);
  });

  it("[SYS20][T6][F26][F27][I1][I2][I3] r0's: restored from an older copy under live devices, it gets back what any of them still holds", async () => {
    bed = await openTestBed({ seed, limits: { restoredRetryMs: 100 } });
    const acknowledged = new Set<string>();
    const [phone, tablet, watch] = (await Promise.all(["phone", "tablet", "watch"].map((name) => (bed as TestBed).device(name)))) as [
      Device,
      Device,
      Device,
    ];
    const all = [phone, tablet, watch];
    const inStep = (devices: readonly Device[]) =>
      until("they are in step", () =>
        devices.every(({ replica }) => replica.status().pending === 0 && replica.status().spaces[testSpace]?.synced === true),
      );
    for (const device of all) await write(device, "kept", 15, acknowledged);
    await bed.converge();
    await bed.stopServer();
    const backup = bed.directory.file("backup-of-r0.db");
    copyFile(bed.serverPath, backup);
    await bed.startServer();
    // What r0 will lose: confirmed, and seen by others. The watch sees it and goes away with something pending on top of it.
    for (const device of [phone, tablet]) await write(device, "lost", 15, acknowledged);
    await inStep(all);
    watch.proxy.set(offline);
    watch.proxy.cut();
    await write(watch, "pending", 10, acknowledged);
    await write(phone, "late", 5, acknowledged);
    await inStep([phone, tablet]);
    await bed.stopServer();
    copyFile(backup, bed.serverPath);
    const store = sqliteStore(bed.serverPath);
    await store.startNewEpoch(mintEpoch());
    await store.close();
    await bed.startServer();
    await write(tablet, "after", 5, acknowledged);
    watch.proxy.set(linkFaults({}));
    await bed.converge();
    expect(await bed.verdict(acknowledged)).toEqual([]);
  });
});
