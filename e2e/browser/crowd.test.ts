import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../harness/until.ts";
import { openBrowserBed, type BrowserBed } from "./harness/bed.ts";
import { measureFlushes } from "./harness/flush-floor.ts";

const store = "notes";
/** The failure's own figures (F49) are `CROWD_MS=300000 CROWD_ROWS=50000`. */
const forMs = Number(process.env["CROWD_MS"] ?? 5_000);
const rows = Number(process.env["CROWD_ROWS"] ?? 2_000);
const batchRows = 250;
/** F49: of a read at the 99th percentile. A flush and a message are in every read, so what the machine took for those at most comes on top. */
const readMsMax = 50;
/** A run of a few seconds has too few reads for its 99th percentile to say anything. */
const longMs = 60_000;
/** Writers, and as many readers, in each of two tabs. */
const many = 25;

let bed: BrowserBed;
beforeEach(async () => {
  bed = await openBrowserBed();
});
afterEach(() => bed.close());

test(`[TAB1][TAB4][F49] fifty writers and fifty readers in two tabs while ${rows} rows come in: nothing is told locked, and every read is of one moment`, {
  timeout: forMs + 600_000,
}, async () => {
  const device = await bed.device("phone");
  const tabs = [await device.tab(), await device.tab()];
  for (const tab of tabs) await tab.open({ store, server: bed.server });
  await tabs[0]?.call("createPair");
  await tabs[0]?.call("sync");
  const other = await (await bed.device("tablet")).tab();
  await other.open({ store, server: bed.server });
  const floor = await measureFlushes(bed.directory.file("floor"));
  const crowds = Promise.all(tabs.map((tab, at) => tab.call("crowd", `tab${at}`, many, 200, forMs)));
  let sent = 0;
  const everyMs = (forMs / rows) * batchRows;
  const startMs = performance.now();
  while (sent < rows) {
    await other.call(
      "addFor",
      Array.from({ length: Math.min(batchRows, rows - sent) }, () => "other"),
      `row${sent}`,
    );
    sent += batchRows;
    const leftMs = startMs + (sent / batchRows) * everyMs - performance.now();
    if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs));
  }
  const told = await crowds;
  const flushMs = await floor.stop();
  const sentMs = performance.now() - startMs;
  for (const tab of [other, ...tabs])
    await until("it is in step", async () => (await tab.call("sync").catch(() => 1)) === 0 && (await tab.call("count")) === rows, 300_000);
  console.log({
    forMs: Math.round(sentMs),
    rows,
    flushMs: { p50: flushMs[flushMs.length >> 1], p99: flushMs[Math.floor(flushMs.length * 0.99)], max: flushMs.at(-1) },
    tabs: told.map(({ failures, ...figures }) => ({ ...figures, failures: failures.length })),
  });
  for (const { failures, reads, writes, p50Ms, p99Ms, echoMaxMs } of told) {
    expect(failures).toEqual([]);
    expect(Math.min(reads, writes)).toBeGreaterThan(many);
    expect(p50Ms).toBeLessThan(readMsMax);
    if (forMs >= longMs) expect(p99Ms).toBeLessThan(readMsMax + (flushMs.at(-1) ?? 0) + echoMaxMs);
  }
  expect(await tabs[0]?.call("integrity")).toEqual([{ found: "ok" }]);
  expect(await tabs[0]?.call("digest")).toBe(await other.call("digest"));
});
