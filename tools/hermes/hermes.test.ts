import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import { bundleBare } from "./bare.ts";
import { bundleTests } from "./build.ts";
import { brought, entryPoints } from "./entry-points.ts";
import { leftOut, sortFiles } from "./left-out.ts";
import { compileForDevice, root, runOnVm } from "./vm.ts";

const place = mkdtempSync(join(tmpdir(), "holdfast-hermes-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** Of a property. Every run is made in Node; this many take a minute and a half here. */
const runsMax = 25;
const folders = ["core", "client", "react", "tanstack-db"].map((name) => `packages/${name}/src`);

describe("Hermes", () => {
  it("[NAT11][F74][F63] tests of the core, the client and the bindings hold on its VM", { timeout: 900_000 }, async () => {
    const tracked = execFileSync("git", ["ls-files", "-z", ...folders], { cwd: root, encoding: "utf8" }).split("\0");
    const { run, reasons } = await sortFiles(
      root,
      tracked.filter((path) => path.endsWith(".test.ts")),
    );
    const script = join(place, "tests.js");
    writeFileSync(script, await bundleTests(root, run, runsMax));
    const ran = runOnVm(script, 800_000);
    const lines = ran.stdout.split("\n");
    const starting = (word: string): string[] => lines.filter((line) => line.startsWith(word));
    // A failure's stack stands below its line.
    expect([ran.stdout.slice(Math.max(0, ran.stdout.indexOf("FAILED"))).slice(0, 4_000), ran.stderr]).toEqual([
      ran.stdout.includes("FAILED") ? "" : ran.stdout.slice(0, 4_000),
      "",
    ]);
    expect(lines.at(-2)).toMatch(/^end: \d+ run, 0 failed$/);
    const titles = leftOut.filter(({ title }) => title !== undefined);
    for (const { path, title } of titles) expect(starting(`left out ${path}`).join(), `${path} ${title}`).toContain(title);
    for (const { path, reason } of leftOut.filter(({ title }) => title === undefined))
      expect([...reasons].filter(([file, said]) => file.startsWith(path) && said === reason).length, path).toBeGreaterThan(0);
    // What runs grows with the tests: it may not shrink unseen.
    expect(run.length).toBeGreaterThanOrEqual(45);
    expect(starting("ok").length).toBeGreaterThanOrEqual(380);
    const told = [
      `${starting("ok").length} tests of ${run.length} files ran on the VM. Left out:`,
      ...titles.map(({ path, title, reason }) => `${path}, ${title}: ${reason}`),
      ...[...reasons].map(([file, reason]) => `${file}: ${reason}`),
    ];
    console.log(told.join("\n  "));
  });

  it("[NAT13][F74] all that ships to a phone loads on a VM without what a phone may lack, and opens nothing without randomness", {
    timeout: 120_000,
  }, async () => {
    const script = join(place, "bare.js");
    writeFileSync(script, await bundleBare());
    const ran = runOnVm(script, 60_000);
    const names = Object.keys(entryPoints);
    expect([ran.stderr, ran.stdout.trim().split("\n")]).toEqual([
      "",
      [
        ...names.map((name) => expect.stringMatching(`^loaded ${name} [1-9]`)),
        "refused @holdfast/client/expo invalid-option []",
        "refused @holdfast/client/op-sqlite invalid-option []",
        "end",
      ],
    ]);
  });

  for (const [name, entry] of Object.entries(entryPoints))
    it(`[NAT12][F74] ${name} compiles with the compiler of React Native, without being lowered`, { timeout: 120_000 }, async () => {
      const bundled = await build({
        entryPoints: [join(root, entry)],
        bundle: true,
        write: false,
        format: "iife",
        globalName: "bundle",
        target: "esnext",
        conditions: ["holdfast-source"],
        external: [...brought],
        logLevel: "error",
      });
      const script = join(place, "bundle.js");
      writeFileSync(script, bundled.outputFiles[0]?.text ?? "");
      const compiled = compileForDevice(script, join(place, "bundle.hbc"));
      expect([compiled.status, compiled.stderr.slice(0, 2_000)]).toEqual([0, ""]);
    });
});
