/**
 * `npm run bench:web`: a replica in Chromium, over the disk of this machine. `--quick` takes fewer rounds and no 100,000 records.
 * The floor of a write is one page written and flushed through a sync access handle of the same browser.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { build } from "vite";
import { type Device, startDevice } from "../../e2e/browser/harness/browser.ts";
import { serveFolder } from "../../e2e/browser/harness/static-server.ts";
import { inDirectory } from "../directory.ts";
import { openStage } from "../stage.ts";
import { ascending, type Line, ms, printTable, quantile, rate } from "../table.ts";
import { type MainThread, traceMainThread } from "./main-thread.ts";
import type { BenchDriver } from "./page.ts";

const quick = process.argv.includes("--quick");
const writes = quick ? 200 : 1_000;
const edits = quick ? 30 : 100;
const sizes = quick ? [2_000] : [10_000, 100_000];

interface Tab {
  readonly page: Page;
  call<N extends keyof BenchDriver>(name: N, ...parameters: Parameters<BenchDriver[N]>): Promise<Awaited<ReturnType<BenchDriver[N]>>>;
}

async function openTab(device: Device, url: string): Promise<Tab> {
  const page = await device.context.newPage();
  await page.goto(url);
  return {
    page,
    call: (name, ...parameters) =>
      page.evaluate(
        async ([method, values]) => {
          const { driver } = globalThis as unknown as { readonly driver: Record<string, (...each: unknown[]) => unknown> };
          return driver[method as string]?.(...(values as unknown[]));
        },
        [name, parameters] as const,
      ) as never,
  };
}

const figure = (work: string, ours: string, floor = "", ratio = "", aim = "", met?: boolean): Line => ({
  work,
  ours,
  floor,
  ratio,
  aim,
  met,
});
const spread = (samples: readonly number[]): string => {
  const sorted = ascending(samples);
  return `${ms(quantile(sorted, 0.5))} p50, ${ms(quantile(sorted, 0.99))} p99`;
};
const median = (samples: readonly number[]): number => quantile(ascending(samples), 0.5);

function delays(asked: Readonly<Record<string, number>>, seen: Readonly<Record<string, number>>): readonly number[] {
  return Object.entries(asked).flatMap(([title, atMs]) => (seen[title] === undefined ? [] : [seen[title] - atMs]));
}

await inDirectory("disk", async (directory) => {
  const outDir = join(directory, "pages");
  await build({
    configFile: false,
    root: fileURLToPath(new URL(".", import.meta.url)),
    logLevel: "error",
    resolve: { conditions: ["holdfast-source", "module", "browser"] },
    worker: { format: "es" },
    build: { outDir, target: "es2022" },
  });
  const pages = await serveFolder(outDir);
  const devices: Device[] = [];
  const start = async (name: string): Promise<Device> => {
    const device = await startDevice(join(directory, name), pages.url);
    devices.push(device);
    return device;
  };

  const alone = await start("alone");
  const owner = await openTab(alone, pages.url);
  await owner.call("open", "writes", "");
  const other = await openTab(alone, pages.url);
  await other.call("open", "writes", "");
  const floor = await owner.call("floor", writes);
  const one = await owner.call("writes", writes);
  const through = await other.call("writes", writes);
  const many = await owner.call("writers", writes * 10, 64);
  printTable("durable writes in a browser", [
    figure("one at a time, in the owner's tab", spread(one), spread(floor), `${(median(one) / median(floor)).toFixed(1)} ×`),
    figure("one at a time, in another tab", spread(through), "", `${(median(through) / median(floor)).toFixed(1)} ×`),
    figure("64 writers", rate(many), rate(1_000 / median(floor)), `${(many / (1_000 / median(floor))).toFixed(1)} ×`),
  ]);
  await owner.call("create", "x");
  await other.call("watch", "x");
  const asked = await owner.call("edits", "x", edits, 10);
  const betweenTabs = delays(asked, await other.call("seen"));
  await alone.close();

  for (const records of sizes) {
    const stageDirectory = join(directory, `stage-${records}`);
    mkdirSync(stageDirectory);
    const stage = await openStage(stageDirectory, records);
    const server = `http://127.0.0.1:${stage.server.port}`;
    const device = await start(`device-${records}`);
    const tab = await openTab(device, pages.url);
    const startMs = performance.now();
    await tab.call("open", "notes", server);
    await tab.call("untilSynced");
    const firstSyncMs = performance.now() - startMs;
    const openings: number[] = [];
    const firsts: number[] = [];
    for (let n = 0; n < 5; n++) {
      await tab.page.reload();
      openings.push(await tab.call("open", "notes", server));
      firsts.push((openings.at(-1) ?? 0) + (await tab.call("firstRecord")));
    }
    const lines = [
      figure("first sync, durable", ms(firstSyncMs)),
      figure("cold open", ms(median(openings))),
      figure("… to the first record", ms(median(firsts))),
    ];
    if (records === sizes[0]) {
      const second = await openTab(await start("second"), pages.url);
      await second.call("open", "notes", server);
      await second.call("untilSynced");
      await tab.call("untilSynced");
      await tab.call("create", "y");
      await second.call("watch", "y");
      const askedThere = await tab.call("edits", "y", edits, 20);
      await new Promise((resolve) => setTimeout(resolve, 500));
      lines.push(
        figure("live edit between two tabs, durable", spread(betweenTabs)),
        figure("live edit between two browsers, durable at both and at r0", spread(delays(askedThere, await second.call("seen")))),
      );
    }
    if (records === sizes.at(-1)) {
      const [, idle] = await traceMainThread(tab.page, () => tab.call("idle", 2_000));
      const [, opening] = await traceMainThread(tab.page, () => tab.call("watchParts", 200));
      const [{ firedBy, tookMs }, changing] = await traceMainThread(tab.page, () => tab.call("changeOne", 20));
      await tab.call("stopWatching");
      const pause = ({ longestMs, longestBusyMs }: MainThread): string => `${ms(longestBusyMs)} (${ms(longestMs)} by the clock)`;
      lines.push(
        figure("one change, 200 live queries: told", `${Math.max(...firedBy)} of 200`, "", "", "1", Math.max(...firedBy) === 1),
        figure("… until told, durable", spread(tookMs)),
        figure("… the page's longest task", pause(changing), pause(idle), "", "≤ 16 ms", changing.longestBusyMs <= 16),
        figure("200 live queries' first results: the page's longest task", pause(opening), "", "", "≤ 16 ms", opening.longestBusyMs <= 16),
      );
    }
    printTable(`${records.toLocaleString("en")} records in a browser`, lines);
    await device.close();
    await stage.close();
  }
  for (const device of devices) await device.close().catch(() => undefined);
  await pages.close();
});
