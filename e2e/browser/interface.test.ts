import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../harness/until.ts";
import { type BrowserBed, openBrowserBed, soon as sync } from "./harness/bed.ts";
import type { Tab } from "./harness/browser.ts";

const store = "notes";

describe("the interface of a replica, in a tab that works through another", () => {
  let bed: BrowserBed;
  let owner: Tab;
  let tab: Tab;
  beforeEach(async () => {
    bed = await openBrowserBed();
    const device = await bed.device("phone");
    owner = await device.tab();
    await owner.open({ store, server: bed.server, sync });
    tab = await device.tab();
    await tab.open({ store, server: bed.server, sync });
  });
  afterEach(() => bed.close());

  it("[TAB1][CLI15][CLI16] a request is decided, what was refused is in every tab's list, and a write is confirmed", async () => {
    expect(await tab.call("confirmed", "a")).toEqual({ status: "confirmed" });
    await tab.call("listen", "refused");
    expect(await tab.call("spend", "nobody", "r", 5)).toMatchObject({ status: "refused", code: "no-credit" });
    for (const each of [owner, tab]) await until("it is listed", async () => (await each.call("deadLetters")).length === 1);
    await until("its listener has it", async () => (await tab.call("heard", "refused")) === 1);
    const [letter] = await tab.call("deadLetters");
    expect(letter).toMatchObject({ code: "no-credit", payload: { type: "request", intent: "spend" } });
    await tab.call("discard", letter?.id ?? 0);
    expect(await tab.call("deadLetters")).toEqual([]);
    await until("the other tab has it no more", async () => (await owner.call("deadLetters")).length === 0, 2_000);
    expect((await owner.call("status")).refused).toBe(0);
    expect(await tab.call("sql")).toEqual([{ n: 1 }]);
    await expect(tab.call("unknown")).rejects.toThrow("unknown-space");
  });

  it("[TAB1][CLI20] a conflict is in every tab's list, and any of them restores what was not kept", async () => {
    const other = await (await bed.device("tablet")).tab();
    await other.open({ store, server: bed.server, sync });
    await tab.call("createBoard", "x");
    await tab.call("sync");
    await until("the other device has it", async () => (await other.call("title", "x")) === "t");
    await other.call("background");
    for (const each of [owner, tab]) await each.call("background");
    await tab.call("rename", "x", "ours");
    await other.call("rename", "x", "theirs");
    expect((await tab.call("inspect", "x")).pending).toBeGreaterThan(0);
    for (const each of [owner, tab, other]) await each.call("foreground");
    for (const each of [owner, tab]) await until("it is listed", async () => (await each.call("conflicts")).length === 1);
    const [conflict] = await tab.call("conflicts");
    const shown = await tab.call("title", "x");
    expect([shown, conflict?.value].sort()).toEqual(["ours", "theirs"]);
    await tab.call("restore", conflict?.id ?? 0);
    expect(await tab.call("title", "x")).toBe(conflict?.value);
    expect(await tab.call("conflicts")).toEqual([]);
    await until("the other device has it", async () => (await other.call("title", "x")) === conflict?.value);
  });

  it("[TAB1] tabs rest together: there is a connection while one of them wants it", async () => {
    await tab.call("sync");
    await tab.call("background");
    expect((await tab.call("status")).connection.kind).not.toBe("off");
    await owner.call("background");
    await until("all rest", async () => (await tab.call("status")).connection.kind !== "connected");
    await until("the socket is gone", () => bed.sockets.open() === 0);
    await owner.call("foreground");
    await until("one is awake", async () => (await tab.call("status")).connection.kind === "connected");
  });

  it("[TAB1][CLI26] signing out in one tab ends all of them, and the sealed store opens no more without its user", async () => {
    await owner.call("add", ["a"]);
    await owner.call("sync");
    await owner.call("listen", "signed-out");
    await tab.call("signOut");
    await until("the other tab hears of it", async () => (await owner.call("heard", "signed-out")) === 1);
    await expect(owner.call("add", ["b"])).rejects.toThrow("closed");
    await tab.page.reload();
    await expect(tab.open({ store, server: bed.server })).rejects.toThrow("wrong-principal");
  });
});
