import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import { bundleTests } from "./build.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const place = mkdtempSync(join(tmpdir(), "holdfast-hermes-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const platform = { linux: "linux64-bin", darwin: "osx-bin", win32: "win64-bin" }[process.platform as "linux"];
const vm = join(root, "node_modules/hermes-engine-cli", platform, "hermes");
const compiler = join(root, "node_modules/hermes-compiler/hermesc", platform, "hermesc");

/** Whole files, but for tests whose twin is the platform's own codec: those run in Node alone. The heavy ones (lists, text, the cycle) take minutes here. */
const files = [
  "packages/core/src/causality/version-vector.test.ts",
  "packages/core/src/causality/causal-context.test.ts",
  "packages/core/src/causality/reorder-buffer.test.ts",
  "packages/core/src/causality/lamport.test.ts",
  "packages/core/src/lattice/counter.test.ts",
  "packages/core/src/lattice/presence.test.ts",
  "packages/core/src/lattice/register.test.ts",
  "packages/core/src/resilience/resilience.test.ts",
  "packages/client/src/native/exact-values.test.ts",
  "packages/client/src/native/native-fault.test.ts",
  "packages/client/src/native/native-runtime.test.ts",
  "packages/client/src/native/lifecycle.test.ts",
];

describe("Hermes", () => {
  it("[NAT11][F74] properties of the core and of the client hold on its VM", { timeout: 120_000 }, async () => {
    const script = join(place, "tests.js");
    writeFileSync(
      script,
      await bundleTests(
        root,
        files.map((file) => join(root, file)),
        60,
      ),
    );
    const ran = spawnSync(vm, ["-Xes6-promise", "-Xmicrotask-queue", "-O", "-w", script], { encoding: "utf8", timeout: 100_000 });
    const lines = ran.stdout.split("\n");
    expect([lines.filter((line) => line.startsWith("FAILED")), ran.stderr]).toEqual([[], ""]);
    expect(lines.filter((line) => line.startsWith("ok")).length).toBeGreaterThan(25);
    expect(lines.at(-2)).toMatch(/^end: \d+ run, 0 failed$/);
  });

  for (const [name, entry] of [
    ["@holdfast/core", "packages/core/src/index.ts"],
    ["@holdfast/core/engine", "packages/core/src/engine.ts"],
    ["@holdfast/client", "packages/client/src/index.ts"],
    ["@holdfast/client/expo", "packages/client/src/expo/index.ts"],
    ["@holdfast/client/op-sqlite", "packages/client/src/op-sqlite/index.ts"],
  ] as const)
    it(`[NAT12][F74] ${name} compiles with the compiler of React Native, without being lowered`, async () => {
      const bundled = await build({
        entryPoints: [join(root, entry)],
        bundle: true,
        write: false,
        format: "iife",
        globalName: "bundle",
        target: "esnext",
        conditions: ["holdfast-source"],
        external: ["expo-sqlite", "@op-engineering/op-sqlite", "react-native"],
        logLevel: "error",
      });
      const script = join(place, "bundle.js");
      writeFileSync(script, bundled.outputFiles[0]?.text ?? "");
      const compiled = spawnSync(compiler, ["-O", "-w", "-emit-binary", "-out", join(place, "bundle.hbc"), script], { encoding: "utf8" });
      expect([compiled.status, compiled.stderr.slice(0, 2_000)]).toEqual([0, ""]);
    });
});
