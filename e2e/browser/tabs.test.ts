import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../harness/until.ts";
import { openBrowserBed, soon as sync, type BrowserBed } from "./harness/bed.ts";
import { freeze } from "./harness/browser.ts";
import { runChaos } from "./harness/chaos.ts";

const store = "notes";
/** `TABS_MS`: how long the tabs are tormented. */
const forMs = Number(process.env["TABS_MS"] ?? 120_000);

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

  it("[TAB1][F13] three tabs that each ask for sync a hundred times send each write once", async () => {
    const device = await bed.device("phone");
    const tabs = [await device.tab(), await device.tab(), await device.tab()];
    for (const tab of tabs) await tab.open({ store, server: bed.server, sync });
    await Promise.all(
      tabs.map(async (tab, t) => {
        const syncs = Promise.all(Array.from({ length: 100 }, () => tab.call("sync")));
        for (let n = 0; n < 20; n++) await tab.call("addTotal", "sum", 10 ** t);
        await syncs;
      }),
    );
    for (const tab of tabs) await tab.call("sync");
    const other = await (await bed.device("tablet")).tab();
    await other.open({ store, server: bed.server, sync });
    await other.call("sync");
    for (const tab of [...tabs, other]) expect(await tab.call("total", "sum")).toBe(20 * 111);
    expect(await other.call("digest")).toBe(await tabs[0]?.call("digest"));
    expect((await tabs[0]?.call("status"))?.refused).toBe(0);
    await other.call("close");
    expect(bed.sockets.open()).toBe(1);
  });

  it("[TAB11][F69] of 200 live queries in a tab a change fires the one that it concerns, and rows that have not changed stay the same objects", async () => {
    const device = await bed.device("phone");
    const tabs = [await device.tab(), await device.tab()];
    for (const tab of tabs) await tab.open({ store });
    const [writer, reader] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
    for (let at = 0; at < 600; at += 200)
      await writer.call(
        "addFor",
        Array.from({ length: 200 }, (_, n) => `w${n}`),
        `e${at}`,
      );
    for (const tab of tabs) {
      await tab.call("followWriters", 200);
      let first = 0;
      await until("all have their first result", async () => (first += (await tab.call("fired")).length) === 200);
    }
    await writer.call("amount", "e0.42", 1);
    for (const tab of tabs) await until("one has fired", async () => (await tab.call("fired")).join() === "w42");
    // One transaction is one result.
    await reader.call("addFor", ["w7", "w7", "w9", "elsewhere"], "more");
    for (const tab of tabs) {
      const fired: string[] = [];
      await until("two have fired", async () => fired.push(...(await tab.call("fired"))) >= 2);
      expect(fired.sort()).toEqual(["w7", "w9"]);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const tab of tabs) expect(await tab.call("fired")).toEqual([]);
  });

  it("[TAB12] a result that is too large for one post is shown as one", async () => {
    const device = await bed.device("phone");
    const tabs = [await device.tab(), await device.tab()];
    for (const tab of tabs) await tab.open({ store, tabLimits: { rowsPerPostMax: 50 } });
    await tabs[0]?.call(
      "addFor",
      Array.from({ length: 320 }, () => "w"),
      "e",
    );
    for (const tab of tabs) {
      await tab.call("followSizes");
      await until("it is shown", async () => (await tab.call("sizes")).length > 0);
    }
    await tabs[1]?.call("add", ["one more"]);
    for (const tab of tabs) await until("the next is shown", async () => (await tab.call("sizes")).join() === "320,321");
  });

  it("[TAB5] an owner that closes while others write is followed by one of them, and refuses nothing of theirs", async () => {
    const device = await bed.device("phone");
    const owner = await device.tab();
    await owner.open({ store });
    const tab = await device.tab();
    await tab.open({ store });
    await tab.call("follow", "live");
    // There is a write under way at every moment, also while the owner closes.
    const adding = tab.call("addOneByOne", "n", 300);
    await until("it has begun", async () => (await owner.call("count")) > 10);
    await owner.call("close");
    expect(await adding).toBe(300);
    await tab.call("add", ["after"]);
    await until("its live query has all", async () => (await tab.call("seen", "live")) === 301);
    expect((await tab.call("status")).phase).toBe("open");
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
    const thaw = await freeze(owner.page);
    // It sleeps without a worker, whatever a browser does to the workers of frozen pages.
    await until("its worker has ended", () => owner.page.workers().length === 0);
    const startMs = performance.now();
    await other.call("add", ["b"]);
    expect(performance.now() - startMs).toBeLessThan(2_000);
    await other.call("sync");
    await thaw();
    await owner.call("add", ["c"]);
    expect(await owner.call("ids")).toEqual(["a", "b", "c"]);
    expect(await other.call("ids")).toEqual(["a", "b", "c"]);
    await other.call("sync");
    expect(bed.sockets.open()).toBe(1);
  });

  it("[TAB6] a page in the back-forward cache has no worker, and works again when it is shown", async () => {
    const device = await bed.device("phone");
    const owner = await device.tab();
    await owner.open({ store });
    const other = await device.tab();
    await other.open({ store });
    await owner.call("add", ["a"]);
    // As the browser says it: whether it keeps a page is its own affair, and it keeps none that a test drives.
    await owner.page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
    await until("its worker has ended", () => owner.page.workers().length === 0);
    await other.call("add", ["b"]);
    await owner.page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
    await owner.call("add", ["c"]);
    expect(await owner.call("ids")).toEqual(["a", "b", "c"]);
    expect(await other.call("ids")).toEqual(["a", "b", "c"]);
  });

  it("[TAB9][T17] a tab with a newer version of the app takes the store, and one with an older is told to reload", async () => {
    const device = await bed.device("phone");
    const old = await device.tab();
    await old.open({ store });
    await old.call("add", ["a"]);
    const newer = await device.tab();
    const { openMs } = await newer.open({ store, newer: true });
    expect(openMs).toBeLessThan(3_000);
    await newer.call("add", ["b"]);
    expect(await newer.call("ids")).toEqual(["a", "b"]);
    await expect(old.call("add", ["never"])).rejects.toThrow("store-mismatch");
    const late = await device.tab();
    await expect(late.open({ store })).rejects.toThrow("store-mismatch");
    await old.page.reload();
    await old.open({ store, newer: true });
    expect(await old.call("ids")).toEqual(["a", "b"]);
  });

  it("[TAB1][TAB5][CLI7] two tabs type into one text, also across a killed worker, and both show and keep all of it", async () => {
    const device = await bed.device("phone");
    const tabs = [await device.tab(), await device.tab()];
    for (const tab of tabs) await tab.open({ store });
    const [one, two] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
    await one.call("createBoard", "x");
    for (const tab of tabs) await tab.call("openText", "x");
    await one.call("type", 0, "hold");
    await until("the other shows it", async () => (await two.call("textShown")) === "hold");
    await Promise.all([one.call("type", 0, "<"), two.call("type", "end", "fast")]);
    await one.call("killWorker");
    await two.call("type", "end", ">");
    for (const tab of tabs) {
      await tab.call("flushText");
      await until("all of it is shown", async () => (await tab.call("textShown"))?.length === 10);
    }
    const shown = await one.call("textShown");
    expect(await two.call("textShown")).toBe(shown);
    for (const part of ["<", "hold", "fast", ">"]) expect(shown).toContain(part);
    expect(await two.call("textKept", "x")).toBe(shown);
  });

  it("[TAB12] beyond the requests in flight a call is refused, and so is what cannot be sent", async () => {
    const tab = await (await bed.device("phone")).tab();
    await tab.open({ store, server: bed.server, tabLimits: { requestsInFlightMax: 5, messagesPerPostMax: 2 } });
    const codes = await tab.call(
      "addMany",
      Array.from({ length: 20 }, (_, n) => `n${n}`),
    );
    expect(codes.filter((code) => code === "")).toHaveLength(5);
    expect(codes.filter((code) => code === "limit-reached")).toHaveLength(15);
    expect(await tab.call("count")).toBe(5);
    await expect(tab.call("requestWhatCannotBeSent")).rejects.toThrow("invalid-value");
    await tab.call("add", ["after"]);
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
