import { afterAll, describe, expect, it } from "vitest";
import { loadSqlite } from "../disk/load-sqlite.ts";
import { openNativeLane } from "../native/native-lane.ts";
import { type CrashReport, runCrashLoop } from "./crash-loop.ts";
import type { Tamper } from "./machine.ts";
import { lateCursor, noStartBarrier, weakSync } from "./testing/tampers.ts";
import { allTransactions } from "./transactions/all-transactions.ts";
import { wasmLane } from "./wasm-lane.ts";

const lanes = { native: openNativeLane(), wasm: wasmLane(await loadSqlite()) };
/** Judged recoveries of the short form; `npm run simulate:crashes` is the long one. */
const crashes = { native: 700, wasm: 330 };
/** It takes a few seconds on a machine that has nothing else to do. */
const limitMs = 300_000;

const typesOf = (...names: readonly string[]) => allTransactions.filter(({ name }) => names.includes(name));
const checksOf = ({ failures }: CrashReport): readonly string[] => failures.flatMap(({ findings }) => findings.map(({ check }) => check));

describe("the crash loop", () => {
  for (const lane of [lanes.native, lanes.wasm])
    it(
      `[SIM12][F51] ${lane.name}: a death at any disk operation of any transaction type loses nothing, and leaves nothing in part`,
      async () => {
        const report = await runCrashLoop({ lane, crashes: crashes[lane.name], seed: 1 });
        expect(report.failures).toEqual([]);
        expect(report.crashes).toBeGreaterThanOrEqual(crashes[lane.name]);
        expect([...report.byType.keys()]).toEqual(allTransactions.map(({ name }) => name));
        for (const [type, { deaths }] of report.byType) for (const count of Object.values(deaths)) expect(count, type).toBeGreaterThan(0);
      },
      limitMs,
    );

  it("[SIM13] the same seed gives the same crashes and the same verdicts", async () => {
    const run = () => runCrashLoop({ lane: lanes.native, crashes: 60, seed: 3, types: typesOf("write: register"), tamper: weakSync });
    const [one, other] = [await run(), await run()];
    expect(one.failures.length).toBeGreaterThan(0);
    expect(other).toEqual(one);
  });

  const removals: readonly (readonly [string, Tamper, readonly string[], readonly string[]])[] = [
    ["synchronous=FULL on a device", weakSync, ["write: register", "acknowledgement", "page"], ["content"]],
    ["synchronous=FULL at r0", weakSync, ["r0: push", "r0: own write"], ["content", "answers"]],
    ["the start barrier of a device", noStartBarrier, ["write: register"], ["shown", "counters"]],
    ["the start barrier of r0", noStartBarrier, ["r0: push"], ["answers"]],
    ["the cursor's place in its page's transaction", lateCursor, ["page", "poke"], ["cursor"]],
  ];
  for (const lane of [lanes.native, lanes.wasm])
    for (const [name, tamper, types, checks] of removals)
      it(
        `[SIM14][T21][T22] ${lane.name}: without ${name}, the loop finds it`,
        async () => {
          const report = await runCrashLoop({ lane, crashes: 1_500, seed: 1, types: typesOf(...types), tamper, stopAtFirst: true });
          expect(checks).toContain(checksOf(report)[0]);
        },
        limitMs,
      );

  afterAll(() => {
    for (const lane of [lanes.native, lanes.wasm]) expect(lane.openFiles()).toBe(0);
  });
});
