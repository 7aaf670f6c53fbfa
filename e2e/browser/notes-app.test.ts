/** The notes app as a person sees it: built, in a real browser, against a real server, with the switches of the stage. */
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import type { AxeResults } from "axe-core";
import type { Frame, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTempDir } from "../harness/temp-dir.ts";
import { type AppBed, buildNotesApp, openAppBed } from "./harness/stage.ts";

const directory = createTempDir("notes-app");
let appDirectory: string;
beforeAll(async () => {
  appDirectory = await buildNotesApp(directory);
});
afterAll(() => directory.remove());

describe("the notes app", () => {
  let bed: AppBed;
  beforeEach(async () => {
    bed = await openAppBed({ appDirectory });
  });
  afterEach(async () => {
    const { errors } = bed;
    await bed.close();
    expect(errors).toEqual([]);
  });

  it("[APP1][APP2] what two devices wrote while apart is merged or kept aside, survives a dead worker and a power cut, and is restored by one press", async () => {
    await bed.openStagePage();
    await bed.agreed();
    for (const device of ["Phone", "Tablet", "Watch"] as const) await bed.press(device, "Airplane mode");
    for (const device of ["Phone", "Tablet"] as const) {
      const app = bed.app(device);
      await app.getByRole("button", { name: /Groceries/ }).click();
      await app.getByLabel("Title").fill(`Groceries, from the ${device}`);
      await app.getByLabel("Text").fill(`Hello from ${device}. `);
      await app.getByLabel("Add an item").fill(`Thing of ${device}`);
      await app.getByLabel("Add an item").press("Enter");
      await app.getByRole("checkbox", { name: `Thing of ${device}` }).waitFor();
      await bed.around(device).getByText("4 changes wait").waitFor();
    }
    await bed.press("Tablet", "Kill the worker");
    await bed.press("Phone", "Power off");
    await bed.press("Phone", "Switch on");
    await bed
      .app("Phone")
      .getByRole("button", { name: /Groceries, from the Phone/ })
      .click();
    // And one more: the note has been opened again.
    await bed
      .around("Phone")
      .getByText(/[45] changes wait/)
      .waitFor();
    await bed.page.getByText(/something keeps them so/).waitFor();
    for (const device of ["Phone", "Tablet", "Watch"] as const) await bed.press(device, "Airplane mode");
    await bed.agreed();

    for (const device of ["Phone", "Tablet"] as const) {
      const app = bed.app(device);
      for (const other of ["Phone", "Tablet"]) await app.getByRole("checkbox", { name: `Thing of ${other}` }).waitFor();
      expect(await app.getByLabel("Text").inputValue()).toContain("Hello from Phone. ");
      expect(await app.getByLabel("Text").inputValue()).toContain("Hello from Tablet. ");
    }
    const shown = await bed.app("Phone").getByLabel("Title").inputValue();
    expect(await bed.app("Tablet").getByLabel("Title").inputValue()).toBe(shown);
    const lost = shown.endsWith("Phone") ? "Groceries, from the Tablet" : "Groceries, from the Phone";

    const tablet = bed.app("Tablet");
    await tablet.getByRole("button", { name: /changes not kept/ }).click();
    await tablet.getByText(`“${lost}”`).waitFor();
    await tablet.getByRole("button", { name: "Show this one instead" }).click();
    await tablet.getByRole("button", { name: "Close" }).click();
    await expect.poll(() => bed.app("Phone").getByLabel("Title").inputValue(), { timeout: 30_000 }).toBe(lost);
  });

  it("[APP3] a purchase that the credits are not enough for is shown at once, undone when the server decides, and explained", async () => {
    await bed.openStagePage();
    for (const device of ["Phone", "Tablet"] as const) await bed.press(device, "Airplane mode");
    for (const device of ["Phone", "Tablet"] as const) {
      const app = bed.app(device);
      await app.getByRole("button", { name: "Your plan" }).click();
      await app.getByRole("button", { name: /Pro for 10 credits/ }).click();
      await app.getByText("On this device it is yours already.").waitFor();
      await app.getByText("0 credits left").waitFor();
    }
    await bed.press("Phone", "Airplane mode");
    await bed.app("Phone").getByText("The server says yes").waitFor({ timeout: 60_000 });
    await bed.press("Tablet", "Airplane mode");
    const tablet = bed.app("Tablet");
    await tablet.getByText(/The server says no: pro costs 10 credits, and 0 are left/).waitFor({ timeout: 60_000 });
    await tablet.getByText("Pro", { exact: true }).waitFor();
    await tablet.getByRole("button", { name: "Close" }).click();
    await tablet.getByRole("button", { name: /1 refused/ }).click();
    await tablet.getByText("Buy the plan “pro”").waitFor();
    await tablet.getByRole("button", { name: "Throw away" }).click();
    await tablet.getByText("Nothing was refused.").waitFor();
  });

  it("[APP4] a clock that is ten years ahead decides nothing", async () => {
    await bed.openStagePage();
    await bed.press("Phone", "Clock +10 years");
    await bed.around("Phone").getByText("worker number 2").waitFor();
    const title = (device: "Phone" | "Tablet") => bed.app(device).getByLabel("Title");
    for (const device of ["Phone", "Tablet"] as const)
      await bed
        .app(device)
        .getByRole("button", { name: /Ideas for the talk/ })
        .click();
    await title("Phone").fill("Ideas from the future");
    await expect.poll(() => title("Tablet").inputValue(), { timeout: 30_000 }).toBe("Ideas from the future");
    // Written later, and having seen the other: whatever the clocks say, this one stands.
    await title("Tablet").fill("Ideas of today");
    await expect.poll(() => title("Phone").inputValue(), { timeout: 30_000 }).toBe("Ideas of today");
    await bed.agreed();
    expect(
      await bed
        .app("Phone")
        .getByRole("button", { name: /not kept/ })
        .count(),
    ).toBe(0);
  });

  it("[APP5] an app that was visited once starts without a network, with everything, and takes writes", async () => {
    await bed.page.goto(`${bed.url}/`);
    await bed.page.getByText("Weekend in the mountains").waitFor({ timeout: 60_000 });
    await bed.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    const session = await bed.context.newCDPSession(bed.page);
    expect((await session.send("Page.getAppManifest")).errors).toEqual([]);
    expect((await session.send("Page.getInstallabilityErrors")).installabilityErrors).toEqual([]);
    await bed.page.getByRole("button", { name: /Groceries/ }).click();
    await bed.page.getByLabel("Add an item").fill("Milk");
    await bed.page.getByLabel("Add an item").press("Enter");
    await bed.page.getByRole("checkbox", { name: "Milk" }).waitFor();
    await bed.page.getByText("In step").first().waitFor({ timeout: 30_000 });
    await bed.stopServing();
    const page = await bed.context.newPage();
    await bed.page.close();
    await page.goto(`${bed.url}/`);
    await page.getByRole("button", { name: /Groceries/ }).click();
    const milk = page.getByRole("checkbox", { name: "Milk" });
    await milk.click();
    await page.getByText("2 of 4 done").waitFor();
    await page
      .getByText(/Offline/)
      .first()
      .waitFor();
    await page.reload();
    await page.getByRole("button", { name: /Groceries/ }).click();
    await expect.poll(() => milk.isChecked(), { timeout: 15_000 }).toBe(true);
    await page.getByText("On this device").first().waitFor();
  });

  it("[APP1][F63] emoji that two devices type into one another's text while apart stay whole, wherever the caret stood", async () => {
    await bed.openStagePage();
    const text = (device: "Phone" | "Tablet") => bed.app(device).getByLabel("Text");
    for (const device of ["Phone", "Tablet"] as const)
      await bed
        .app(device)
        .getByRole("button", { name: /Ideas for the talk/ })
        .click();
    const family = "👩‍👩‍👧‍👦";
    await text("Phone").fill(`${family}🇩🇪`);
    await expect.poll(() => text("Tablet").inputValue(), { timeout: 30_000 }).toBe(`${family}🇩🇪`);
    for (const device of ["Phone", "Tablet"] as const) await bed.press(device, "Airplane mode");
    // Also where no person could put it: between the halves of a pair.
    for (const [device, typed, places] of [
      ["Phone", "🎉", [0, 1, 2, 5]],
      ["Tablet", "नि", [1, 3, 4, 12]],
    ] as const)
      for (const place of places) {
        await text(device).evaluate((field, at) => {
          (field as HTMLTextAreaElement).focus();
          (field as HTMLTextAreaElement).setSelectionRange(at, at);
        }, place);
        await bed.page.keyboard.insertText(typed);
      }
    for (const device of ["Phone", "Tablet"] as const) await bed.press(device, "Airplane mode");
    await bed.agreed();
    await expect
      .poll(async () => (await text("Phone").inputValue()) === (await text("Tablet").inputValue()), { timeout: 30_000 })
      .toBe(true);
    const shown = await text("Phone").inputValue();
    expect(shown).not.toMatch(/\p{Surrogate}/u);
    expect([shown.split("🎉").length - 1, shown.split("नि").length - 1]).toEqual([4, 4]);
    expect(shown.replaceAll("🎉", "").replaceAll("नि", "")).toBe(`${family}🇩🇪`);
  });

  it("[APP6] items are dragged with a mouse and with a finger, and stay one item each", async () => {
    await bed.openStagePage();
    for (const device of ["Phone", "Tablet"] as const)
      await bed
        .app(device)
        .getByRole("button", { name: /Groceries/ })
        .click();
    const shown = (device: "Phone" | "Tablet") => () =>
      bed
        .app(device)
        .getByRole("group", { name: "Checklist" })
        .getByRole("checkbox")
        .evaluateAll((boxes) => boxes.map((box) => box.parentElement?.textContent ?? ""));
    /** Where two handles are, once nothing has to be scrolled any more. */
    const handles = async (device: "Phone" | "Tablet", items: readonly [string, string]) => {
      const buttons = items.map((item) => bed.app(device).getByRole("button", { name: new RegExp(`Move “${item}”`) }));
      for (const button of [...buttons, ...buttons]) await button.scrollIntoViewIfNeeded();
      const places = [];
      for (const button of buttons) {
        const box = await button.boundingBox();
        if (box === null) throw new Error(`There is no handle of ${items.join(" or ")}.`);
        places.push({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
      }
      return places as [(typeof places)[0], (typeof places)[0]];
    };
    await expect.poll(shown("Phone")).toEqual(["Bread", "Lentils", "Coffee"]);

    const [coffee, bread] = await handles("Tablet", ["Coffee", "Bread"]);
    const { mouse } = bed.page;
    await mouse.move(coffee.x, coffee.y);
    await mouse.down();
    await mouse.move(coffee.x, (coffee.y + bread.y) / 2, { steps: 4 });
    await mouse.move(bread.x, bread.y - 6, { steps: 4 });
    await mouse.up();
    for (const device of ["Tablet", "Phone"] as const)
      await expect.poll(shown(device), { timeout: 30_000 }).toEqual(["Coffee", "Bread", "Lentils"]);

    const session = await bed.page.context().newCDPSession(bed.page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", at?: { readonly x: number; readonly y: number }) =>
      session.send("Input.dispatchTouchEvent", { type, touchPoints: at === undefined ? [] : [at] });
    const [from, to] = await handles("Phone", ["Coffee", "Lentils"]);
    await touch("touchStart", from);
    for (let step = 1; step <= 6; step++) await touch("touchMove", { x: from.x, y: from.y + ((to.y + 6 - from.y) * step) / 6 });
    await touch("touchEnd");
    for (const device of ["Phone", "Tablet"] as const)
      await expect.poll(shown(device), { timeout: 30_000 }).toEqual(["Bread", "Lentils", "Coffee"]);
  });

  it("[APP6] items move by the arrow keys, and everywhere", async () => {
    await bed.openStagePage();
    for (const device of ["Phone", "Tablet"] as const)
      await bed
        .app(device)
        .getByRole("button", { name: /Groceries/ })
        .click();
    await bed
      .app("Tablet")
      .getByRole("button", { name: /Move “Coffee”/ })
      .press("ArrowUp");
    const order = () =>
      bed
        .app("Phone")
        .getByRole("group", { name: "Checklist" })
        .getByRole("checkbox")
        .evaluateAll((boxes) => boxes.map((box) => box.parentElement?.textContent ?? ""));
    await expect.poll(order, { timeout: 30_000 }).toEqual(["Bread", "Coffee", "Lentils"]);
  });

  it("[APP9] a note is found, opened, changed and left by the keyboard alone, and a panel that closes gives the focus back", async () => {
    const { page } = bed;
    await page.goto(`${bed.url}/`);
    await page.getByText("Weekend in the mountains").waitFor();
    const focused = () =>
      page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "");
    /** By Tab alone, and no further than a person would. */
    const reach = async (target: Locator): Promise<void> => {
      for (let presses = 0; presses < 60; presses++) {
        if (await target.evaluate((element) => element === document.activeElement)) return;
        await page.keyboard.press("Tab");
      }
      throw new Error(`Tab does not reach ${String(target)}; it stands on “${await focused()}”.`);
    };
    await reach(page.getByRole("button", { name: "Settings" }));
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await focused()).toBe("Settings");

    await reach(page.getByRole("button", { name: /Groceries/ }));
    await page.keyboard.press("Enter");
    await reach(page.getByLabel("Title"));
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("Shopping");
    await reach(page.getByLabel("Add an item"));
    await page.keyboard.type("Milk");
    await page.keyboard.press("Enter");
    const milk = page.getByRole("checkbox", { name: "Milk" });
    await milk.waitFor();
    await reach(milk);
    await page.keyboard.press("Space");
    await expect.poll(() => milk.isChecked()).toBe(true);
    await page.getByRole("button", { name: /Shopping/ }).waitFor();
  });

  it("[APP7] has no serious accessibility finding, in either theme", async () => {
    const found: string[] = [];
    for (const theme of ["light", "dark"]) {
      await bed.openStagePage(`/stage.html?theme=${theme}`);
      await bed
        .app("Tablet")
        .getByRole("button", { name: /Groceries/ })
        .click();
      await bed.app("Tablet").getByLabel("Title").waitFor();
      await bed.app("Phone").getByRole("button", { name: "Your plan" }).click();
      for (const frame of bed.page.frames())
        found.push(...(await seriousFindings(frame)).map((finding) => `${theme} ${frame.url().split("?")[1] ?? ""}: ${finding}`));
    }
    expect(found).toEqual([]);
  });

  it("[APP7] has no serious accessibility finding at a phone's width, with any of its panels open, in either theme", async () => {
    const { page } = bed;
    await page.setViewportSize({ width: 390, height: 844 });
    const found: string[] = [];
    const look = async (what: string): Promise<void> => {
      found.push(...(await seriousFindings(page)).map((finding) => `${what}: ${finding}`));
      // What is wider than the screen can be reached by nobody.
      if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) found.push(`${what}: wider than the screen`);
    };
    for (const theme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await page.goto(`${bed.url}/`);
      await page.getByRole("button", { name: /Weekend in the mountains/ }).waitFor();
      await look(`${theme}, list`);
      for (const panel of ["Your plan", "Settings"]) {
        await page.getByRole("button", { name: panel }).click();
        await page.getByRole("dialog").waitFor();
        await look(`${theme}, ${panel}`);
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "detached" });
      }
      await page.getByRole("button", { name: /Weekend in the mountains/ }).click();
      await page.getByLabel("Title").waitFor();
      await look(`${theme}, note`);
      await page.goto(`${bed.url}/stage.html`);
      await page.frameLocator('iframe[title="Phone"]').getByText("Groceries").waitFor();
      await look(`${theme}, stage`);
    }
    expect(found).toEqual([]);
  });

  it("[APP8] goes on while the server is down and on a slow network, shows what waits, and what the server takes when it is back", async () => {
    await bed.openStagePage();
    await bed.agreed();
    const { page } = bed;
    await page.getByRole("button", { name: "Take the server down" }).click();
    await page.getByText("server is down").waitFor();
    await bed.press("Tablet", "Slow network");
    await bed
      .app("Phone")
      .getByRole("button", { name: /Ideas for the talk/ })
      .click();
    await bed.app("Phone").getByLabel("Title").fill("Ideas of a dark hour");
    await bed.around("Phone").getByText("2 changes wait").waitFor();
    await bed.app("Phone").getByText("On this device").first().waitFor();
    const vectors = page.getByRole("region", { name: /Version vectors/ });
    await vectors
      .getByRole("row", { name: /^phone/ })
      .getByLabel("not confirmed")
      .waitFor();
    expect(
      await vectors
        .getByRole("row", { name: /^tablet/ })
        .getByLabel("not confirmed")
        .count(),
    ).toBe(0);
    await page.getByRole("button", { name: "Bring the server up" }).click();
    await bed.around("Phone").getByText("nothing waits").waitFor();
    await bed.agreed();
    await page.getByRole("listitem").filter({ hasText: "phone title" }).waitFor();
    await expect.poll(() => vectors.getByLabel("not confirmed").count()).toBe(0);
    await bed
      .app("Tablet")
      .getByRole("button", { name: /Ideas of a dark hour/ })
      .waitFor();
    await bed.app("Phone").getByText("Everywhere").first().waitFor();
  });
});

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function seriousFindings(frame: Frame | Page): Promise<readonly string[]> {
  await frame.evaluate(axeSource);
  const results = await frame.evaluate(() =>
    (globalThis as unknown as { readonly axe: { run(context: object, options: object): Promise<AxeResults> } }).axe.run(document, {
      iframes: false,
    }),
  );
  return results.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}
