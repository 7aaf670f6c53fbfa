import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../harness/until.ts";
import { openBrowserBed, type BrowserBed } from "./harness/bed.ts";
import { runChaos } from "./harness/chaos.ts";

const store = "notes";
const sync = { backoffBaseMs: 50, backoffCapMs: 500 };
/** `TABS_MS`: how long the tabs are tormented. */
const forMs = Number(process.env["TABS_MS"] ?? 30_000);

describe("many tabs over one store", () => {
  let bed: BrowserBed;
  beforeEach(async () => {
    bed = await openBrowserBed();
  });
  afterEach(() => bed.close());

  it("[TAB1][T14][F13] see each other's writes, and have one connection to the server", async () => {
    const device = await bed.device("phone");
    const tabs = [];
    for (let n = 0; n < 3; n++) {
      const tab = await device.tab();
      await tab.open({ store, server: bed.server, sync });
      await tab.call("follow", "live");
      tabs.push(tab);
    }
    for (const [n, tab] of tabs.entries()) await tab.call("add", [`${n}.a`, `${n}.b`]);
    for (const tab of tabs) await until("its live query has all", async () => (await tab.call("seen", "live")) === 6);
    for (const tab of tabs) expect(await tab.call("ids")).toHaveLength(6);
    await Promise.all(tabs.map((tab) => tab.call("sync")));
    expect(bed.sockets.open()).toBe(1);
    expect(bed.sockets.mostAtOnce()).toBe(1);
  });

  it("[TAB4] what two tabs read and write at once is done one after the other", async () => {
    const device = await bed.device("phone");
    const tabs = [await device.tab(), await device.tab()];
    for (const tab of tabs) await tab.open({ store });
    await Promise.all(tabs.flatMap((tab) => Array.from({ length: 25 }, () => tab.call("raise", "v"))));
    for (const tab of tabs) expect(await tab.call("value", "v")).toBe(50);
  });

  it("[TAB6][F52] an owner that is frozen is followed by another tab at once, and works through it when it wakes", async () => {
    const device = await bed.device("phone");
    const owner = await device.tab();
    await owner.open({ store, server: bed.server, sync });
    const other = await device.tab();
    await other.open({ store, server: bed.server, sync });
    await owner.call("add", ["a"]);
    const session = await device.context.newCDPSession(owner.page);
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    const startMs = performance.now();
    await other.call("add", ["b"]);
    expect(performance.now() - startMs).toBeLessThan(2_000);
    await other.call("sync");
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await owner.call("add", ["c"]);
    expect(await owner.call("ids")).toEqual(["a", "b", "c"]);
    expect(await other.call("ids")).toEqual(["a", "b", "c"]);
    await other.call("sync");
    expect(bed.sockets.open()).toBe(1);
  });

  it(`[TAB5][TAB6][T14][F45] eight tabs opened, closed, reloaded, frozen, killed and crashed at random for ${forMs} ms`, {
    timeout: forMs + 120_000,
  }, async () => {
    const device = await bed.device("phone");
    const report = await runChaos(device, {
      seed: 1,
      forMs,
      everyMs: 200,
      tabsMax: 8,
      writeEveryMs: 25,
      url: bed.pages.url,
      open: { store, server: bed.server, sync },
    });
    const { acknowledged, tabs, ...told } = report;
    console.log({ ...told, acknowledged: acknowledged.size, awake: tabs.length });
    for (const tab of tabs) await tab.call("stopWriting");
    const [tab] = tabs;
    expect(tab).toBeDefined();
    if (tab === undefined) return;
    expect(await tab.call("integrity")).toEqual([{ found: "ok" }]);
    const ids = new Set(await tab.call("ids"));
    expect([...acknowledged].filter((id) => !ids.has(id))).toEqual([]);
    expect(report.failures).toEqual([]);
    expect(report.openMsMax).toBeLessThan(3_000);
    expect(report.waitMsMax).toBeLessThan(3_000);
    expect(report.silenceMsMax).toBeLessThan(2_000);
    await until("all is pushed", async () => (await tab.call("status")).pending === 0, 30_000);
    expect(bed.sockets.open()).toBe(1);
    expect(bed.sockets.mostAtOnce()).toBe(1);
    expect(acknowledged.size).toBeGreaterThan(100);
  });
});
