/**
 * `npm run simulate:crashes -- --crashes 200000 [--lane native|wasm|both] [--seed S] [--only TYPE]`: crashes the engine at every disk
 * operation of every transaction type, and says what was lost. Exit code 1: something was. Interrupted, it says what it has found so far.
 */
import { loadSqlite } from "../disk/load-sqlite.ts";
import { openNativeLane } from "../native/native-lane.ts";
import { runCrashLoop } from "./crash-loop.ts";
import type { Lane, LaneName } from "./lane.ts";
import { failuresToText, reportToTable } from "./report-table.ts";
import { allTransactions } from "./transactions/all-transactions.ts";
import { wasmLane } from "./wasm-lane.ts";
import { failWith, readNumber, readOptions } from "../run/read-options.ts";

const values = readOptions(import.meta.url, {
  crashes: { type: "string", default: "20000" },
  lane: { type: "string", default: "both" },
  seed: { type: "string", default: "1" },
  only: { type: "string", default: "" },
});
const lanes: Readonly<Record<LaneName, () => Promise<Lane>>> = {
  native: async () => openNativeLane(),
  wasm: async () => wasmLane(await loadSqlite()),
};
const lanesWanted: Readonly<Record<string, readonly LaneName[]>> = { both: ["native", "wasm"], native: ["native"], wasm: ["wasm"] };
const names = lanesWanted[values.lane] ?? failWith(`--lane is one of both, native and wasm, not "${values.lane}".`);
const types = allTransactions.filter(({ name }) => name.includes(values.only));
if (types.length === 0) failWith(`--only: no transaction type has "${values.only}" in its name.`);
const crashesWanted = readNumber("crashes", values.crashes, { min: 1 });
const seed = readNumber("seed", values.seed);
/** Beside each other, both lanes take about the same time. */
const shares: Readonly<Record<LaneName, number>> = names.length === 1 ? { native: 1, wasm: 1 } : { native: 0.8, wasm: 0.2 };
const progressEvery = 2_000;
let failed = false;
let interrupted = false;
/** What was found so far is told. */
process.once("SIGINT", () => (interrupted = true));

for (const name of names) {
  if (interrupted) break;
  const lane = await lanes[name]();
  const crashes = Math.ceil(crashesWanted * shares[name]);
  const startedMs = performance.now();
  const perSecond = (count: number): string => ((count / (performance.now() - startedMs)) * 1_000).toFixed(0);
  console.log(`${name}: ${crashes} crash-recoveries over ${types.length} transaction types, from seed ${values.seed}`);
  const report = await runCrashLoop({
    lane,
    crashes,
    seed,
    types,
    progress: ({ crashes: done, failures }) => {
      if (done % progressEvery === 0) console.log(`  ${done} (${perSecond(done)} a second), ${failures.length} failed`);
      return !interrupted;
    },
  });
  console.log(reportToTable(report));
  console.log(
    `${name}: ${report.crashes} crash-recoveries in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s, ${perSecond(report.crashes)} a second`,
  );
  console.log(failuresToText(report));
  failed ||= report.failures.length > 0;
}
process.exitCode = failed ? 1 : 0;
