/** The VM and the compiler of this machine. */
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

const platform = { linux: "linux64-bin", darwin: "osx-bin", win32: "win64-bin" }[process.platform as "linux"];
const vm = join(root, "node_modules/hermes-engine-cli", platform, "hermes");
/** Which React Native 0.88 pins. */
const compiler = join(root, "node_modules/hermes-compiler/hermesc", platform, "hermesc");

export function runOnVm(script: string, timeoutMs: number): SpawnSyncReturns<string> {
  return spawnSync(vm, ["-Xes6-promise", "-Xmicrotask-queue", "-O", "-w", script], {
    encoding: "utf8",
    timeout: timeoutMs,
    maxBuffer: 1 << 26,
  });
}

export function compileForDevice(script: string, out: string): SpawnSyncReturns<string> {
  return spawnSync(compiler, ["-O", "-w", "-emit-binary", "-out", out, script], { encoding: "utf8" });
}
