import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openBrowserBed, type BrowserBed } from "./harness/bed.ts";
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
