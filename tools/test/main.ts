/**
 * `npm test`: every check that this repository has, in the order in which a failure is cheapest to learn of, then one plain line.
 * A check counts as one; each vitest test counts as one. All of them run, also after a failure.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";

const root = new URL("../../", import.meta.url).pathname;
const vitestReport = `${root}node_modules/.cache/holdfast/vitest.json`;

interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

const checks: readonly Step[] = [
  { name: "format", command: ["biome", "format", "--max-diagnostics=20", "."] },
  { name: "types", command: ["tsc", "-b"] },
  { name: "lint", command: ["eslint", "."] },
  { name: "layers", command: ["npm", "run", "--silent", "layers"] },
  { name: "unused", command: ["knip", "--no-progress"] },
  { name: "packages", command: ["node", "tools/check-packages/main.ts"] },
  { name: "size", command: ["npm", "run", "--silent", "size"] },
];

interface Count {
  readonly passed: number;
  readonly failed: number;
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly { readonly status: string }[] }[];
}

function run(step: Step, shown: boolean): boolean {
  const startMs = performance.now();
  if (shown) console.log(`… ${step.name}`);
  const [program, ...parameters] = step.command;
  const ended = spawnSync(program as string, parameters, {
    cwd: root,
    stdio: shown ? "inherit" : "pipe",
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const ok = ended.status === 0;
  console.log(`${ok ? "✓" : "✗"} ${step.name}  ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
  if (!ok && !shown) console.log(`${ended.stdout}${ended.stderr}${ended.error === undefined ? "" : String(ended.error)}`.trimEnd());
  return ok;
}

function runTests(): Count {
  mkdirSync(new URL(".", `file://${vitestReport}`), { recursive: true });
  rmSync(vitestReport, { force: true });
  const ok = run(
    { name: "tests", command: ["vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${vitestReport}`] },
    true,
  );
  if (!existsSync(vitestReport)) return { passed: 0, failed: 1 };
  const report = JSON.parse(readFileSync(vitestReport, "utf8")) as VitestReport;
  // A file that does not even load has failed without a failed test in it.
  const unloaded = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((result) => result.status === "failed"),
  );
  const failed = report.numFailedTests + unloaded.length;
  return { passed: report.numPassedTests, failed: ok ? failed : Math.max(failed, 1) };
}

const startMs = performance.now();
let passed = 0;
let failed = 0;
for (const check of checks) {
  if (run(check, false)) passed++;
  else failed++;
}
const tests = runTests();
passed += tests.passed;
failed += tests.failed;
console.log(`\n${((performance.now() - startMs) / 1000).toFixed(0)} s in all`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && tests.passed > 0 ? 0 : 1;
