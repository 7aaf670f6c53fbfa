/** Deaths at the disk operations of every transaction type of the engine, in the lane of WebAssembly: a try is a share of one seed's. */
import { runCrashLoop } from "../../crash/crash-loop.ts";
import { wasmLane } from "../../crash/wasm-lane.ts";
import { loadSqlite } from "../../disk/load-sqlite.ts";
import type { OpenLane } from "./lane.ts";

const crashesPerTry = 400;

export const openCrash: OpenLane = async () => {
  const lane = wasmLane(await loadSqlite());
  return async (seed) => {
    const { failures } = await runCrashLoop({ lane, crashes: crashesPerTry, seed, stopAtFirst: true });
    const [first] = failures;
    const [found] = first?.findings ?? [];
    if (first === undefined || found === undefined) return undefined;
    return { checker: `crash: ${found.harm}`, detail: `${first.type}, ${JSON.stringify(first.point)}: ${JSON.stringify(found)}` };
  };
};
