import { copyFileSync, existsSync, rmSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { linkFaults, type MessageFaults } from "./harness/link-faults.ts";
import { messageName } from "./harness/message-name.ts";
import { type Device, openTestBed, type TestBed } from "./harness/test-bed.ts";
import { testSpace } from "./harness/test-replica.ts";
import { until } from "./harness/until.ts";
import { writeTasks } from "./harness/write-tasks.ts";

const seed = Number(process.env["HOLDFAST_SEED"] ?? 20261123);
const boards = ["board-a", "board-b"];
const rough: Partial<MessageFaults> = { drop: 0.03, duplicate: 0.12, reorder: 0.12, cutAfter: 0.02, cutBefore: 0.03, delayMs: [0, 6] };

/** The file as it is on the disk, with its log: what a backup of a phone holds. */
function copyFile(from: string, to: string): void {
  for (const suffix of ["", "-wal"]) {
    rmSync(`${to}${suffix}`, { force: true });
    if (existsSync(`${from}${suffix}`)) copyFileSync(`${from}${suffix}`, `${to}${suffix}`);
  }
}

describe("the channel", () => {
  let bed: TestBed | undefined;
  afterEach(async () => {
    await bed?.close();
    bed = undefined;
  });

  it("[SYS3][T1][T2][T3][T23][T24][F60][I1][I2][I3][I4] drops, doubles, delays, reorders, cuts and loses replies, and all end equal", async () => {
    bed = await openTestBed({ seed });
    const acknowledged = new Set<string>();
    const faults = linkFaults({ up: rough, down: rough });
    const devices: Device[] = [];
    for (const name of ["phone", "tablet", "watch", "laptop"]) devices.push(await bed.device(name, { faults }));
    // Two links that are cut in the middle of a message, whatever it is, again and again.
    devices[2]?.proxy.set({ ...faults, cutAfterBytes: { up: 2_000 } });
    devices[3]?.proxy.set({ ...faults, cutAfterBytes: { down: 4_000 } });
    let forks = 0;
    for (const { replica } of devices) replica.on("forked", () => forks++);
    await Promise.all(
      devices.map((device) => writeTasks(device, { seed, part: "first", count: 50, boards, pauseMsMax: 15 }, acknowledged)),
    );
    for (const { proxy } of devices) proxy.set(faults);
    const counts = devices.map(({ proxy }) => proxy.counts);
    const sum = (pick: (count: (typeof counts)[number]) => number): number => counts.reduce((all, count) => all + pick(count), 0);
    // Still rough while they drain: nothing here needs a good link, only a link that is not always bad.
    await until("the logs drained over a bad link", () => devices.every(({ replica }) => replica.status().pending === 0));
    for (const [kind, pick] of Object.entries({
      dropped: (count: (typeof counts)[number]) => count.dropped,
      duplicated: (count: (typeof counts)[number]) => count.duplicated,
      reordered: (count: (typeof counts)[number]) => count.reordered,
      cuts: (count: (typeof counts)[number]) => count.cuts,
    }))
      expect(sum(pick), `${kind} at least once`).toBeGreaterThan(0);
    for (const { proxy } of devices) proxy.set(linkFaults({}));
    await bed.converge();
    // Nobody shares an identity here: a replica that thinks so has believed a message of the past.
    expect(forks).toBe(0);
    expect(await bed.verdict(acknowledged)).toEqual([]);
  });

  it("[SYS3][T4][T24][F25][F58] counters stay exact when a replica starts over and another comes back from a backup", async () => {
    bed = await openTestBed({ seed });
    const acknowledged = new Set<string>();
    const faults = linkFaults({ up: { ...rough, drop: 0 }, down: { ...rough, drop: 0 } });
    const names = ["phone", "tablet", "watch"] as const;
    const [phone, tablet, watch] = (await Promise.all(names.map((name) => (bed as TestBed).device(name, { faults })))) as [
      Device,
      Device,
      Device,
    ];
    const all = [phone, tablet, watch];
    const share = (part: string) => all.map((device) => writeTasks(device, { seed, part, count: 20, boards, pauseMsMax: 5 }, acknowledged));
    await Promise.all(share("first"));
    await until("the first part drained", () => all.every(({ replica }) => replica.status().pending === 0));
    // The tablet is backed up with something pending, sends it, writes and sends more, and then is restored.
    tablet.proxy.set(linkFaults({ connect: "reset" }));
    tablet.proxy.cut();
    await writeTasks(tablet, { seed, part: "pending", count: 10, boards }, acknowledged);
    await tablet.replica.close();
    const backup = bed.directory.file("backup.db");
    copyFile(tablet.path, backup);
    tablet.proxy.set(faults);
    await tablet.reopen();
    await writeTasks(tablet, { seed, part: "after-backup", count: 10, boards }, acknowledged);
    await until("the tablet drained", () => tablet.replica.status().pending === 0);
    await tablet.replica.close();
    copyFile(backup, tablet.path);
    // It writes again before it has heard from r0: its counters are in use there for something else.
    tablet.proxy.set(linkFaults({ connect: "reset" }));
    await tablet.reopen();
    let forks = 0;
    tablet.replica.on("forked", () => forks++);
    await writeTasks(tablet, { seed, part: "restored", count: 15, boards }, acknowledged);
    tablet.proxy.set(faults);
    // The watch starts over: a new file, a new replica, everything from r0.
    await watch.replica.close();
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${watch.path}${suffix}`, { force: true });
    await watch.reopen();
    await Promise.all(share("last"));
    await until("the fork was noticed", () => forks > 0);
    for (const { proxy } of all) proxy.set(linkFaults({}));
    await bed.converge();
    expect(forks).toBe(1);
    expect(await bed.verdict(acknowledged)).toEqual([]);
  });

  it("[SYS4][F12][T3] replies lost after the commit, batches formed anew and a server restart give each operation one effect, and the first answer", async () => {
    bed = await openTestBed({ seed });
    const acknowledged = new Set<string>();
    const device = await bed.device("phone");
    await bed
      .server()
      .space(testSpace)
      .write((tx) => {
        tx.accounts.create({ credits: 50 }, { id: "account" });
      });
    const { replica, proxy } = device;
    await until("the account is here", async () => (await replica.space(testSpace).accounts.get("account")) !== undefined);
    proxy.set(linkFaults({ connect: "reset" }));
    proxy.cut();
    await until("it is offline", () => replica.status().connection.kind !== "connected");
    await writeTasks(device, { seed, part: "first", count: 25, boards }, acknowledged);
    // 50 credits, 8 requests of 10: five are accepted and three are refused, whatever is sent how often.
    const asked: Awaited<ReturnType<typeof replica.request>>[] = [];
    for (let index = 0; index < 8; index++)
      asked.push(await replica.request(testSpace, "spend", { account: "account", receipt: `receipt-${index}`, amount: 10 }));
    let lost = 0;
    proxy.set(
      linkFaults({
        decide: (message) => {
          const is = messageName(message);
          if (is === "pushed" && lost < 5) {
            lost++;
            return "cut-before";
          }
          return is === "push" ? "duplicate" : undefined;
        },
      }),
    );
    await until("two replies are lost", () => lost >= 2);
    await writeTasks(device, { seed, part: "second", count: 3, boards }, acknowledged);
    await bed.stopServer();
    await bed.startServer();
    await until("five replies are lost", () => lost >= 5);
    const decided = await Promise.all(asked.map(({ decided }) => decided));
    expect(decided.map(({ status }) => status)).toEqual([
      "accepted",
      "accepted",
      "accepted",
      "accepted",
      "accepted",
      "refused",
      "refused",
      "refused",
    ]);
    proxy.set(linkFaults({}));
    await bed.converge();
    const accepted = decided.flatMap(({ status }, index) => (status === "accepted" ? [`receipt-${index}`] : []));
    const { r0, devices } = await bed.states();
    expect([...r0.rows("receipts").keys()].sort()).toEqual(accepted);
    expect(r0.rows("accounts").get("account")?.["credits"]).toBe(0);
    expect(devices.get("phone")?.digest).toBe(r0.digest);
    expect(await bed.verdict(acknowledged)).toEqual([]);
  });
});
