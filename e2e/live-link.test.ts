import { afterEach, describe, expect, it } from "vitest";
import { linkFaults } from "./harness/link-faults.ts";
import { openTestBed, type TestBed } from "./harness/test-bed.ts";
import { quickCycle, testSpace } from "./harness/test-replica.ts";
import { until } from "./harness/until.ts";
import { writeTasks } from "./harness/write-tasks.ts";

describe("a link that lives", () => {
  let bed: TestBed | undefined;
  afterEach(async () => {
    await bed?.close();
    bed = undefined;
  });

  it("[SYS11][F20][I5] over a slow link a live query shows exactly what this device wrote, in order, and no older value again", async () => {
    bed = await openTestBed({ seed: 1 });
    const lagMs = 250;
    const device = await bed.device("phone", {
      faults: linkFaults({ up: { delayMs: [lagMs, lagMs] }, down: { delayMs: [lagMs, lagMs] } }),
    });
    const other = await bed.device("tablet");
    const { replica } = device;
    await replica.write(testSpace, (tx) => {
      tx.boards.create({ title: "0" }, { id: "x" });
    });
    const seen: string[] = [];
    const live = replica
      .space(testSpace)
      .boards.where({})
      .subscribe((rows) => {
        const title = rows.find(({ id }) => id === "x")?.title;
        if (title !== undefined && title !== seen.at(-1)) seen.push(title);
      });
    await until("the first value is shown", () => seen.length === 1);
    await until("the other device has it", async () => (await other.replica.space(testSpace).boards.get("x")) !== undefined);
    let writingMs = 0;
    for (let edit = 1; edit <= 50; edit++) {
      const startMs = performance.now();
      await replica.write(testSpace, (tx) => {
        tx.boards.update("x", { title: String(edit) });
      });
      writingMs += performance.now() - startMs;
      // Some go out together and some alone, and their answers are late for each.
      await new Promise((resolve) => setTimeout(resolve, 20));
      await until("the edit is shown", () => seen.at(-1) === String(edit));
      // Changes of the same record come in meanwhile, and none of them knows of the edits that are on their way.
      if (edit % 5 === 0)
        await other.replica.write(testSpace, (tx) => {
          tx.boards.update("x", { note: String(edit) });
        });
    }
    // F20: writing is not bound by the lag; ten round trips would take five seconds.
    expect(writingMs).toBeLessThan(10 * 2 * lagMs);
    await until("the other device has the last value", async () => (await other.replica.space(testSpace).boards.get("x"))?.title === "50");
    await bed.converge();
    expect(seen).toEqual(Array.from({ length: 51 }, (_, index) => String(index)));
    live.stop();
  });

  for (const blackhole of [["up", "down"], ["down"], ["up"]] as const)
    it(`[SYS12][T15][F41][I8] a link that swallows ${blackhole.join(" and ")} without a FIN is found out, and data flows when it works again`, async () => {
      bed = await openTestBed({ seed: 1 });
      const device = await bed.device("phone", { mode: "auto" });
      const other = await bed.device("tablet");
      const acknowledged = new Set<string>();
      await writeTasks(other, { seed: 1, part: "before", count: 3, boards: ["board"] }, acknowledged);
      await bed.converge();
      const connections = device.proxy.counts.connections;
      device.proxy.set(linkFaults({ blackhole }));
      const brokenMs = performance.now();
      await writeTasks(other, { seed: 1, part: "meanwhile", count: 3, boards: ["board"] }, acknowledged);
      await until("the status says so", () => device.replica.status().connection.kind !== "connected", 5_000);
      expect(performance.now() - brokenMs).toBeLessThan(quickCycle.heartbeatMs + quickCycle.pongMsMax + 700);
      device.proxy.set(linkFaults({}));
      // Nobody calls anything: F41 gives it five seconds.
      await until("fresh data", async () => (await device.replica.space(testSpace).entries.get("tablet.meanwhile.2")) !== undefined, 5_000);
      await until("connected again", () => device.replica.status().connection.kind === "connected", 5_000);
      expect(device.proxy.counts.connections).toBeGreaterThan(connections);
      await bed.converge();
      expect(await bed.verdict(acknowledged)).toEqual([]);
    });

  for (const first of ["deleter", "editor"] as const)
    it(`[SYS13][F32] a delete and an edit that had not seen each other, the ${first} first: the record comes back whole everywhere, and both sides learn of it`, async () => {
      bed = await openTestBed({ seed: 1 });
      const devices = { deleter: await bed.device("deleter"), editor: await bed.device("editor") };
      const third = await bed.device("third");
      await devices.deleter.replica.write(testSpace, (tx) => {
        tx.boards.create({ title: "kept", note: "before", tags: ["red"] }, { id: "r" });
      });
      await bed.converge();
      for (const { proxy } of Object.values(devices)) {
        proxy.set(linkFaults({ connect: "reset" }));
        proxy.cut();
      }
      await devices.deleter.replica.write(testSpace, (tx) => tx.boards.delete("r"));
      await devices.editor.replica.write(testSpace, (tx) => tx.boards.update("r", { note: "after" }));
      expect(await devices.deleter.replica.space(testSpace).boards.get("r")).toBeUndefined();
      const second = first === "deleter" ? "editor" : "deleter";
      devices[first].proxy.set(linkFaults({}));
      await until(`the ${first} is through`, () => devices[first].replica.status().pending === 0);
      devices[second].proxy.set(linkFaults({}));
      await bed.converge();
      for (const { name, replica } of bed.devices)
        expect(await replica.space(testSpace).boards.get("r"), name).toMatchObject({ title: "kept", note: "after", tags: ["red"] });
      for (const { replica } of Object.values(devices)) {
        const conflicts = replica.conflicts.list();
        expect(conflicts.filter(({ record }) => record === "r").length, "told once").toBe(1);
      }
      // Deleting it with everything seen, and creating the same id afterwards, work.
      await third.replica.write(testSpace, (tx) => tx.boards.delete("r"));
      await bed.converge();
      for (const { name, replica } of bed.devices) expect(await replica.space(testSpace).boards.get("r"), name).toBeUndefined();
      await third.replica.write(testSpace, (tx) => {
        tx.boards.create({ title: "new" }, { id: "r" });
      });
      await bed.converge();
      for (const { name, replica } of bed.devices) expect((await replica.space(testSpace).boards.get("r"))?.title, name).toBe("new");
      expect(await bed.verdict([])).toEqual([]);
    });
});
