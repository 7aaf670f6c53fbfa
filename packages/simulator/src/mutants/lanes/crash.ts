/** Deaths at the disk operations of every transaction type of the engine, in the lane of WebAssembly: a try is a share of one seed's. */
import { runCrashLoop } from "../../crash/crash-loop.ts";
import { allTransactions } from "../../crash/transactions/all-transactions.ts";
import { wasmLane } from "../../crash/wasm-lane.ts";
import { loadSqlite } from "../../disk/load-sqlite.ts";
import type { OpenLane } from "./lane.ts";

/** Each goes on to a whole conversation with r0: what stands in a file in part shows only there. */
const crashesPerTry = 50;

export const openCrash: OpenLane = async ({ direction }) => {
  const lane = wasmLane(await loadSqlite());
  const types = allTransactions.filter(({ name }) => name.includes(direction?.crashTypes ?? ""));
  return async (seed) => {
    const { failures } = await runCrashLoop({ lane, crashes: crashesPerTry, types, seed, stopAtFirst: true, syncShare: 1 });
    const [first] = failures;
    const [found] = first?.findings ?? [];
    if (first === undefined || found === undefined) return undefined;
    return { checker: `crash: ${found.harm}`, detail: `${first.type}, ${JSON.stringify(first.point)}: ${JSON.stringify(found)}` };
  };
};
