import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../harness/until.ts";
import { openBrowserBed, soon as sync, type BrowserBed } from "./harness/bed.ts";

const store = "notes";

describe("a browser that is offline", () => {
  let bed: BrowserBed;
  beforeEach(async () => {
    bed = await openBrowserBed();
  });
  afterEach(() => bed.close());

  it("[TAB1][I1] three devices that wrote offline are in step after reconnection", async () => {
    const tabs = [];
    for (const name of ["phone", "tablet", "watch"]) {
      const tab = await (await bed.device(name)).tab();
      await tab.open({ store, server: bed.server, sync });
      await tab.call("sync");
      tabs.push({ name, tab });
    }
    await bed.killServer();
    for (const { name, tab } of tabs) {
      await tab.call("add", [`${name}.1`, `${name}.2`]);
      await tab.call("addTotal", "sum", 2);
    }
    await bed.startServer();
    const digests = new Set<string>();
    for (const { tab } of tabs) await until("it has pushed", async () => (await tab.call("status")).pending === 0, 20_000);
    for (const { name, tab } of tabs) {
      await until(`${name} has all`, async () => (await tab.call("count")) === 6 && (await tab.call("total", "sum")) === 6, 20_000);
      digests.add(await tab.call("digest"));
    }
    expect(digests.size).toBe(1);
  });

  it("[TAB20] a network that is back, and a page that comes into sight, have the server tried at once, also from a tab that owns nothing", async () => {
    const device = await bed.device("phone");
    const tabs = [await device.tab(), await device.tab()];
    // By itself it would rest for minutes.
    const patient = { backoffBaseMs: 3_600_000, backoffCapMs: 3_600_000 };
    for (const tab of tabs) await tab.open({ store, server: bed.server, sync: patient });
    const [owner, other] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
    await owner.call("sync");
    for (const say of [
      () => other.page.evaluate(() => window.dispatchEvent(new Event("online"))),
      () => other.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange"))),
    ]) {
      await bed.killServer();
      await until("it has given up for now", async () => (await owner.call("status")).connection.kind === "waiting");
      await owner.call("add", [`written ${await owner.call("count")}`]);
      await bed.startServer();
      await new Promise((resolve) => setTimeout(resolve, 500));
      const { connection, pending } = await owner.call("status");
      expect([connection.kind, pending > 0]).toEqual(["waiting", true]);
      await say();
      await until("it is sent", async () => (await owner.call("status")).pending === 0);
    }
  });

  it("[TAB20] a network that is said to be gone has the link asked at once whether it lives", async () => {
    const tab = await (await bed.device("phone")).tab();
    await tab.open({ store, server: bed.server, sync: { ...sync, pongMsMax: 500 } });
    await tab.call("sync");
    bed.freezeServer();
    const kind = async (): Promise<string> => (await tab.call("status")).connection.kind;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await kind()).toBe("connected");
    await tab.page.evaluate(() => window.dispatchEvent(new Event("offline")));
    await until("it has found that nobody answers", async () => (await kind()) !== "connected", 3_000);
  });

  it("[TAB1][F44] a reload and a cold start without a server show everything that was acknowledged", async () => {
    const device = await bed.device("phone");
    const tab = await device.tab();
    await tab.open({ store, server: bed.server, sync });
    await tab.call("add", ["a", "b"]);
    await tab.call("sync");
    await bed.killServer();
    await tab.call("add", ["c"]);
    await tab.page.reload();
    await tab.open({ store, server: bed.server, sync });
    expect(await tab.call("ids")).toEqual(["a", "b", "c"]);
    expect((await tab.call("status")).pending).toBeGreaterThan(0);
    await device.close();
    const again = await (await bed.device("phone")).tab();
    await again.open({ store, server: bed.server, sync });
    expect(await again.call("ids")).toEqual(["a", "b", "c"]);
    await bed.startServer();
    await until("what was written offline is confirmed", async () => (await again.call("status")).pending === 0, 20_000);
  });

  it("[TAB5][T8] a worker that is killed while it writes loses no acknowledged write, and another takes its place", async () => {
    const tab = await (await bed.device("phone")).tab();
    await tab.open({ store });
    const acknowledged: string[] = [];
    for (let round = 0; round < 5; round++) {
      const ids = Array.from({ length: 200 }, (_, n) => `${round}.${n}`);
      const adding = tab.call("add", ids);
      await new Promise((resolve) => setTimeout(resolve, 5 + round * 7));
      await tab.call("killWorker");
      // None of them is refused: what had no answer is asked of the next worker under the same keys.
      acknowledged.push(...(await adding));
    }
    expect(acknowledged).toHaveLength(1_000);
    expect(await tab.call("count")).toBe(1_000);
    expect(await tab.call("integrity")).toEqual([{ found: "ok" }]);
  });

  it("[TAB3] a total that is raised while workers are killed is raised once for each answer", async () => {
    const tab = await (await bed.device("phone")).tab();
    await tab.open({ store });
    await tab.call("addTotal", "sum", 0);
    for (let round = 0; round < 5; round++) {
      const adding = Promise.all(Array.from({ length: 40 }, () => tab.call("addTotal", "sum", 1)));
      await new Promise((resolve) => setTimeout(resolve, 3 + round * 5));
      await tab.call("killWorker");
      await adding;
    }
    expect(await tab.call("total", "sum")).toBe(200);
  });
});
