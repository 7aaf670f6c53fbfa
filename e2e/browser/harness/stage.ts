/** The notes app as it is built, on the stage: a person's view of three devices, and the switches beside them. */
import { fileURLToPath } from "node:url";
import { type BrowserContext, chromium, type FrameLocator, type Locator, type Page } from "playwright-core";
import { build } from "vite";
import { openStage, type Stage } from "../../../apps/notes/stage/stage-server.ts";
import { createTempDir, type TempDir } from "../../harness/temp-dir.ts";
import { chromiumOptions } from "./browser.ts";

export type DeviceTitle = "Phone" | "Tablet" | "Watch";
export type SwitchName = "Airplane mode" | "Slow network" | "Clock +10 years" | "Kill the worker" | "Power off" | "Switch on";

export interface AppBed {
  readonly url: string;
  readonly context: BrowserContext;
  readonly page: Page;
  /** What went wrong in any page: must stay empty. */
  readonly errors: readonly string[];
  /** The app in its frame. */
  app(device: DeviceTitle): FrameLocator;
  /** The device with its switches. */
  around(device: DeviceTitle): Locator;
  press(device: DeviceTitle, name: SwitchName): Promise<void>;
  /** Until the stage says that all three devices agree, after they did not. */
  agreed(): Promise<void>;
  openStagePage(path?: string): Promise<void>;
  /** The server's process goes, and all ways to it; the built app is not served any more. */
  stopServing(): Promise<void>;
  close(): Promise<void>;
}

/** Built once for a file of tests. */
export async function buildNotesApp(directory: TempDir): Promise<string> {
  const outDir = directory.file("app");
  const configFile = fileURLToPath(new URL("../../../apps/notes/vite.config.ts", import.meta.url));
  // As it is shipped: under a test's `NODE_ENV` it would be built for development, without its service worker.
  process.env["NODE_ENV"] = "production";
  await build({ configFile, logLevel: "error", build: { outDir, emptyOutDir: true } });
  return outDir;
}

interface AppBedOptions {
  readonly appDirectory: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: "light" | "dark";
}

export async function openAppBed({ appDirectory, viewport = { width: 1440, height: 1300 }, colorScheme }: AppBedOptions): Promise<AppBed> {
  const directory = createTempDir("stage");
  let stage: Stage | undefined = await openStage({ appDirectory, storePath: directory.file("r0.db"), port: 0 });
  const { url } = stage;
  const context = await chromium.launchPersistentContext(directory.file("profile"), {
    ...chromiumOptions,
    viewport,
    ...(colorScheme === undefined ? {} : { colorScheme }),
  });
  context.setDefaultTimeout(30_000);
  const page = context.pages()[0] ?? (await context.newPage());
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  const around = (device: DeviceTitle): Locator => page.locator(`section.device[aria-label="${device}"]`);
  const stopServing = async (): Promise<void> => {
    await stage?.close();
    stage = undefined;
  };
  return {
    url,
    context,
    page,
    errors,
    app: (device) => page.frameLocator(`iframe[title="${device}"]`),
    around,
    press: (device, name) => around(device).getByRole("button", { name, exact: true }).click(),
    agreed: () => page.getByText(/All three agree/).waitFor({ timeout: 60_000 }),
    async openStagePage(path = "/stage.html") {
      await page.goto(`${url}${path}`);
      for (const device of ["Phone", "Tablet", "Watch"] as const)
        await page.frameLocator(`iframe[title="${device}"]`).getByText("Weekend in the mountains").waitFor({ timeout: 60_000 });
    },
    stopServing,
    async close() {
      await context.close();
      await stopServing();
      directory.remove();
    },
  };
}
