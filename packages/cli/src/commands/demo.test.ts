import { existsSync, rmSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { runCli, startCli } from "../testing/run-cli.ts";
import { createTempDir } from "../testing/temp-dir.ts";

const notes = {
  "home/groceries.md": "# Groceries\n\nFor the weekend, when everybody is here and hungry.\n\n- [ ] Milk\n- [x] Bread\n- Apples\n",
  "work/plan.md": "# Plan\n\nOne thing after another, and none of them twice.\n\n1. Think\n2. Write\n",
  "empty.md": "",
};

describe("holdfast demo", () => {
  it("[DEMO1][DEMO6][DEMO7] plays the example, loses nothing, agrees, and cleans up", { timeout: 60_000 }, async () => {
    const { path } = createTempDir(notes);
    const { code, out, errors } = await runCli("demo", "--notes", path, "--seed", "3", "--headless");
    expect(errors).toBe("");
    expect(out).not.toMatch(/\x1b/);
    for (const line of [
      /^seed 3 · files in (\S+)$/m,
      /^ {2}1 {2}Import$/m,
      /120 of 120 writes acknowledged/,
      /SIGKILL to process \d+ after \d+ acknowledged writes, \d+ more were in flight/,
      /SIGKILL to process \d+ in the middle of its sync cycle/,
      /^ {2}writes acknowledged +\d{3} /m,
      /^ {2}processes killed +2 /m,
      /^ {2}recovered +2 /m,
      /^ {2}lost +0 /m,
      /^ {2}conflicts detected +[1-9]\d* /m,
      /^ {2}losers kept +[1-9]\d* /m,
      /^ {2}requests accepted +1 +\w+: \w+$/m,
      /^ {2}requests refused +1 +\w+: \w+, undone \(no-credit: A plan costs 10 credits, and 0 are left\.\)$/m,
      /^ {2}bytes an operation +[1-9]\d* /m,
      /^ {2}time to convergence +\d+\.\d s /m,
      /^ {2}Nothing was lost, and all four agree\.$/m,
    ])
      expect(out).toMatch(line);
    const digests = [...out.matchAll(/ ([0-9a-f]{64}) {2}✓$/gm)].map(([, digest]) => digest);
    expect(digests).toHaveLength(4);
    expect(new Set(digests).size).toBe(1);
    expect(code).toBe(0);
    const directory = /files in (\S+)/.exec(out)?.[1] as string;
    expect(existsSync(directory)).toBe(false);
  });

  it.each([
    ["interrupted", "SIGINT", 1],
    ["killed", "SIGKILL", null],
  ] as const)("[DEMO1] is over, with its devices, when it is %s", async (_how, signal, code) => {
    const { path } = createTempDir(notes);
    const demo = startCli("demo", "--notes", path, "--headless");
    const [, pids] = await demo.line(/^processes: (.*)$/m);
    const [, directory] = await demo.line(/files in (\S+)/);
    onTestFinished(() => rmSync(directory as string, { recursive: true, force: true }));
    demo.signal(signal);
    expect((await demo.ended).code).toBe(code);
    const devices = [...(pids as string).matchAll(/(?:phone|tablet|watch) (\d+)/g)].map(([, pid]) => Number(pid));
    expect(devices).toHaveLength(3);
    for (const pid of devices) await expect.poll(() => isRunning(pid), { timeout: 5_000 }).toBe(false);
  });
});

/** A killed process whose parent is gone may wait a moment to be buried. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
