import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../harness/until.ts";
import { openBrowserBed, soon as sync, type BrowserBed } from "./harness/bed.ts";
import type { Device } from "./harness/browser.ts";

const store = "notes";
const openMsMax = 3_000;

/** Put before the app's worker, as a browser that lacks something would be. */
async function lacking(device: Device, script: string): Promise<void> {
  await device.context.route(/replica\.worker.*\.js/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${script};\n${await response.text()}` });
  });
}

describe("a browser without what a store needs", () => {
  let bed: BrowserBed;
  let device: Device;
  beforeEach(async () => {
    bed = await openBrowserBed();
    device = await bed.device("phone");
  });
  afterEach(() => bed.close());

  const lacks = {
    missing: "StorageManager.prototype.getDirectory = undefined",
    refused: "StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException('no', 'SecurityError'))",
    hanging: "StorageManager.prototype.getDirectory = () => new Promise(() => {})",
  } as const;
  for (const [reason, script] of Object.entries(lacks))
    it(`[TAB7][F48] storage that is ${reason}: it opens at once, says that it is ephemeral, and syncs`, async () => {
      await lacking(device, script);
      const tab = await device.tab();
      const { openMs, durability } = await tab.open({ store, server: bed.server });
      expect(openMs).toBeLessThan(openMsMax);
      expect(durability).toMatchObject({ kind: "ephemeral", reason, persistent: false });
      await tab.call("add", ["a"]);
      expect(await tab.call("sync")).toBe(0);
      const other = await device.tab();
      await other.open({ store, server: bed.server });
      expect(await other.call("ids")).toEqual(["a"]);
      await tab.page.close();
      await other.call("add", ["b"]);
      await other.call("sync");
      expect(await other.call("ids")).toEqual(["a", "b"]);
    });

  it("[TAB7][TAB15][F48][F52] cookies that are blocked, and storages and workers that are not used, harm nothing", async () => {
    const blocked = `const refuse = () => { throw new DOMException("no", "SecurityError"); };
      if (globalThis.Document !== undefined) Object.defineProperty(Document.prototype, "cookie", { get: refuse, set: refuse });
      if (globalThis.Window !== undefined) Object.defineProperty(Window.prototype, "localStorage", { get: refuse });
      IDBFactory.prototype.open = refuse;
      globalThis.SharedWorker = undefined;`;
    await lacking(device, blocked);
    await device.context.addInitScript(blocked);
    const tab = await device.tab();
    const errors: string[] = [];
    tab.page.on("pageerror", (error) => errors.push(error.message));
    const { openMs, durability } = await tab.open({ store, server: bed.server });
    expect(openMs).toBeLessThan(openMsMax);
    expect(durability.kind).toBe("disk");
    await tab.call("add", ["a"]);
    expect(await tab.call("sync")).toBe(0);
    const other = await device.tab();
    await other.open({ store, server: bed.server });
    await tab.call("killWorker");
    await other.call("add", ["b"]);
    await tab.call("close");
    expect(await other.call("ids")).toEqual(["a", "b"]);
    await other.call("sync");
    expect(errors).toEqual([]);
  });

  it("[TAB21][F46] a browser that promises to keep the store is believed, one that does not is not, and every tab says which", async () => {
    await device.context.addInitScript(`StorageManager.prototype.persisted = () => Promise.resolve(false);
      StorageManager.prototype.persist = () => Promise.resolve(localStorage.getItem("promises") === "yes");`);
    const tabs = [await device.tab(), await device.tab()];
    for (const answer of ["no", "yes"]) {
      for (const tab of tabs) {
        await tab.page.evaluate((said) => localStorage.setItem("promises", said), answer);
        await tab.page.reload();
        await tab.open({ store });
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
      for (const tab of tabs) expect((await tab.call("status")).durability).toMatchObject({ kind: "disk", persistent: answer === "yes" });
    }
  });

  it("[TAB17][F46] what the server has not had for long is told as at risk in every tab, also after a reload, until it has it", async () => {
    const tabLimits = { atRiskMs: 1_500 };
    const tab = await device.tab();
    await tab.open({ store, server: bed.server, tabLimits, sync });
    const other = await device.tab();
    await other.open({ store, server: bed.server, tabLimits, sync });
    await tab.call("sync");
    await bed.killServer();
    const fromMs = Date.now();
    await tab.call("add", ["a"]);
    const { durability } = await tab.call("status");
    expect([durability.persistent, durability.atRisk]).toEqual([false, undefined]);
    for (const each of [tab, other])
      await until("it is at risk", async () => ((await each.call("status")).durability.atRisk?.since ?? 0) >= fromMs - 1, 10_000);
    expect(Date.now() - fromMs).toBeGreaterThanOrEqual(1_500);
    await tab.page.reload();
    expect((await tab.open({ store, server: bed.server, tabLimits, sync })).durability.atRisk).toBeDefined();
    await bed.startServer();
    for (const each of [tab, other])
      await until("it is no more", async () => (await each.call("status")).durability.atRisk === undefined, 20_000);
  });

  const noLocks =
    "for (const each of [globalThis.Navigator, globalThis.WorkerNavigator]) if (each !== undefined) Object.defineProperty(each.prototype, 'locks', { value: undefined })";
  const noChannels = "globalThis.BroadcastChannel = undefined";

  it("[TAB1][F52] without locks tabs still share a store, and one follows the other", async () => {
    await lacking(device, noLocks);
    await device.context.addInitScript(noLocks);
    const tab = await device.tab();
    await tab.open({ store });
    await tab.call("add", ["a"]);
    const other = await device.tab();
    await other.open({ store });
    await other.call("add", ["b"]);
    await tab.page.close();
    await other.call("add", ["c"]);
    expect(await other.call("ids")).toEqual(["a", "b", "c"]);
  });

  for (const [what, script] of [
    ["channels", noChannels],
    ["locks and channels", `${noLocks};${noChannels}`],
  ] as const)
    it(`[TAB8][F52] without ${what} the first tab works, and a second is told so in time`, async () => {
      await lacking(device, script);
      await device.context.addInitScript(script);
      const tab = await device.tab();
      await tab.open({ store });
      await tab.call("add", ["a"]);
      const other = await device.tab();
      const startMs = performance.now();
      await expect(other.open({ store })).rejects.toThrow("store-locked");
      expect(performance.now() - startMs).toBeLessThan(openMsMax + 500);
      expect(await tab.call("ids")).toEqual(["a"]);
      await tab.call("close");
      await other.open({ store });
      expect(await other.call("ids")).toEqual(["a"]);
    });

  it("[TAB8] an owner that does not answer is told so in time", async () => {
    const tab = await device.tab();
    await tab.page.evaluate((name) => {
      void navigator.locks.request(name, () => new Promise(() => undefined));
    }, `holdfast:${store}:owner`);
    const startMs = performance.now();
    await expect(tab.open({ store })).rejects.toThrow("store-locked");
    expect(performance.now() - startMs).toBeLessThan(openMsMax + 500);
  });

  it("[TAB8] a worker whose script does not load is told so", async () => {
    await device.context.route(/replica\.worker.*\.js/, (route) => route.fulfill({ status: 404 }));
    const tab = await device.tab();
    await expect(tab.open({ store })).rejects.toThrow("store-failed");
  });

  it("[TAB16][T18][F46][F47] a severed or a full disk refuses writes, reads go on, and nothing that was refused is kept", async () => {
    await lacking(
      device,
      `const handle = FileSystemSyncAccessHandle.prototype; let failure = "";
       new BroadcastChannel("disk").onmessage = ({ data }) => { failure = data; };
       for (const name of ["write", "flush", "truncate"]) { const real = handle[name];
         handle[name] = function (...p) { if (failure !== "") throw new DOMException("no", failure); return real.apply(this, p); }; }`,
    );
    const tab = await device.tab();
    await tab.open({ store });
    await tab.call("add", ["a"]);
    const fail = async (failure: string): Promise<void> => {
      await tab.page.evaluate(async (data) => {
        const channel = new BroadcastChannel("disk");
        channel.postMessage(data);
        await new Promise((resolve) => setTimeout(resolve, 100));
        channel.close();
      }, failure);
    };
    await fail("InvalidStateError");
    await expect(tab.call("add", ["severed"])).rejects.toThrow("store-failed");
    expect(await tab.call("ids")).toEqual(["a"]);
    await fail("QuotaExceededError");
    await expect(tab.call("add", ["full"])).rejects.toThrow("store-full");
    expect(await tab.call("ids")).toEqual(["a"]);
    await fail("");
    await tab.call("add", ["b"]);
    await tab.call("killWorker");
    expect(await tab.call("ids")).toEqual(["a", "b"]);
    expect(await tab.call("integrity")).toEqual([{ found: "ok" }]);
  });

  it("[TAB15][F46] a store that the browser has taken away is a new replica, says what was lost, and is filled from r0", async () => {
    const tab = await device.tab();
    await tab.open({ store, server: bed.server });
    await tab.call("add", ["a"]);
    await tab.call("sync");
    await bed.killServer();
    await tab.call("add", ["b"]);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await tab.call("close");
    await tab.page.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      await root.removeEntry("holdfast", { recursive: true });
    });
    await bed.startServer();
    await tab.page.reload();
    const { durability } = await tab.open({ store, server: bed.server });
    expect(durability).toMatchObject({ kind: "disk", lost: { pending: 2 } });
    await tab.call("sync");
    expect(await tab.call("ids")).toEqual(["a"]);
    await tab.page.reload();
    expect((await tab.open({ store, server: bed.server })).durability.lost).toBeUndefined();
  });
});
