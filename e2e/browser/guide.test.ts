import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { build } from "vite";
import { createTempDir } from "../harness/temp-dir.ts";
import { until } from "../harness/until.ts";
import { startDevice } from "./harness/browser.ts";
import { serveFolder } from "./harness/static-server.ts";

const root = fileURLToPath(new URL("../../docs/guide/examples/browser", import.meta.url));

test("[TAB1] the guide's example is built as it stands, and keeps a note across a reload", async () => {
  const directory = createTempDir("guide");
  const outDir = directory.file("dist");
  await build({
    root,
    configFile: `${root}/vite.config.ts`,
    logLevel: "error",
    resolve: { conditions: ["holdfast-source", "module", "browser"] },
    build: { outDir },
  });
  const pages = await serveFolder(outDir);
  const device = await startDevice(directory.file("profile"), pages.url);
  try {
    const page = await device.context.newPage();
    await page.goto(pages.url);
    await page.getByRole("status").filter({ hasText: "kept on this device" }).waitFor();
    await page.getByLabel("New note").fill("Milk");
    await page.getByRole("button").click();
    await until("it is shown", async () => (await page.getByRole("listitem").allTextContents()).includes("Milk"));
    await page.reload();
    await page.getByText("Milk").waitFor();
    expect(await page.getByRole("listitem").allTextContents()).toEqual(["Milk"]);
  } finally {
    await device.close();
    await pages.close();
    directory.remove();
  }
});
