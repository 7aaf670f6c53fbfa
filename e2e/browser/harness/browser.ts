/** Chromium, headless, with a profile of its own on a real disk: one is one device. */
import { type BrowserContext, chromium, type Page } from "playwright-core";
import type { Driver, OpenRequest } from "../pages/page.ts";

/** For `chromium.launch` and `launchPersistentContext`. */
export const chromiumOptions = {
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  headless: true,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // A worker whose script a test has changed on its way comes from nowhere, and could not reach a server of this machine.
    "--disable-features=LocalNetworkAccessChecks",
  ],
};

export interface Device {
  readonly context: BrowserContext;
  /** A new tab with nothing open in it. */
  tab(): Promise<Tab>;
  close(): Promise<void>;
}

export interface Tab {
  readonly page: Page;
  call<N extends keyof Driver>(name: N, ...parameters: Parameters<Driver[N]>): Promise<Awaited<ReturnType<Driver[N]>>>;
  open(request: OpenRequest): Promise<Awaited<ReturnType<Driver["open"]>>>;
}

export async function startDevice(profile: string, url: string): Promise<Device> {
  const context = await chromium.launchPersistentContext(profile, chromiumOptions);
  return {
    context,
    async tab() {
      const page = await context.newPage();
      await page.goto(url);
      return createTab(page);
    },
    close: () => context.close(),
  };
}

/**
 * As a browser freezes a page that nobody looks at. A headless one shows every page, and freezes none however it is asked: the events are
 * said as it would say them, and the page's own tasks are then held.
 */
export async function freeze(page: Page): Promise<() => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  await page.evaluate(() => document.dispatchEvent(new Event("freeze")));
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  return async () => {
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await page.evaluate(() => document.dispatchEvent(new Event("resume")));
    await session.detach();
  };
}

export function createTab(page: Page): Tab {
  const call: Tab["call"] = (name, ...parameters) =>
    page.evaluate(
      async ([method, values]) => {
        const { driver } = globalThis as unknown as { readonly driver: Record<string, (...parameters: unknown[]) => unknown> };
        return driver[method as string]?.(...(values as unknown[]));
      },
      [name, parameters] as const,
    ) as never;
  return { page, call, open: (request) => call("open", request) };
}
