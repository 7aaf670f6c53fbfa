import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowserBed, type BrowserBed } from "./harness/bed.ts";
import type { SuiteResult } from "./pages/conformance.ts";

let bed: BrowserBed;
beforeAll(async () => {
  bed = await openBrowserBed();
});
afterAll(() => bed.close());

test("[TAB2][STO1][STO2][STO3][STO4][STO5][STO6] the storage contract holds over the origin's private file system", async () => {
  const device = await bed.device("phone");
  const page = await device.context.newPage();
  await page.goto(`${bed.pages.url}/conformance.html`);
  const results = await page.evaluate(() => (globalThis as unknown as { readonly results: Promise<readonly SuiteResult[]> }).results);
  expect(results.length).toBeGreaterThanOrEqual(6);
  expect(results.filter(({ failure }) => failure !== "")).toEqual([]);
});
