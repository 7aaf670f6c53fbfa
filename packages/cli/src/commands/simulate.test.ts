import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { CommandError } from "../command-line.ts";
import { captureOutput } from "../testing/captured-output.ts";
import { runCli } from "../testing/run-cli.ts";
import { createTempDir } from "../testing/temp-dir.ts";
import { simulate } from "./simulate.ts";

const wallet = (file: string): string => fileURLToPath(new URL(`../../../../docs/guide/examples/wallet/${file}`, import.meta.url));
const modules = ["--schema", wallet("schema.ts"), "--workload", wallet("workload.ts")];
/** A module outside of the workspace cannot import packages of it: these reach the example by its address. */
const schemaLine = `import { schema } from ${JSON.stringify(new URL("../../../../docs/guide/examples/wallet/schema.ts", import.meta.url).href)};\nexport { schema };\n`;
const arbiters = `const no = () => ({ type: "refuse", code: "no", reason: "No." });\nexport const arbiters = { topUp: no, buy: no };\n`;

async function refusal(...args: readonly string[]): Promise<string> {
  const error = await simulate.run(args, captureOutput()).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CommandError);
  expect((error as CommandError).exitCode).toBe(2);
  return `${(error as CommandError).message} ${(error as CommandError).advice}`;
}

describe("holdfast simulate", () => {
  it.each([
    [[], "Which app? Name the module that exports its schema"],
    [["--schema", "none.ts"], "There is no file none.ts."],
    [[...modules, "--faults", "kill,fire"], '--faults names "fire". There are all, none, and kill, power, partition'],
    [[...modules, "--seeds", "0"], '--seeds is "0". It takes a whole number from 1'],
    [[...modules, "--devices", "many"], '--devices is "many".'],
    [[...modules, "--sede", "1"], "Unknown option '--sede'"],
    [[...modules], 'exports no arbiter for the intent "topUp". Export `arbiters`, or name the module that does with --server.'],
    [[...modules, "--server", "none.ts"], "There is no file none.ts."],
    [[...modules, "--server", wallet("server.ts"), "--report", "no-such-folder/out.html"], "The report cannot be written"],
    [[...modules, "--server", wallet("server.ts"), "--replay", wallet("schema.ts")], "cannot be replayed"],
  ] as const)("[CMD10] says what cannot be simulated: %#", async (args, expected) => {
    expect(await refusal(...args)).toContain(expected);
  });

  it("[CMD10] names what is wrong with a workload, and users that the app's own rules do not let in", async () => {
    const directory = createTempDir({
      "schema.mjs": schemaLine + arbiters,
      "empty.mjs": "",
      "idle.mjs": `${schemaLine}export const workload = { schema, operations: { pay: {} } };`,
      "other.mjs": `export const workload = { schema: {} };`,
      "strangers.mjs": `${schemaLine}export const workload = { schema, users: ["eve"] };`,
      "elsewhere.mjs": `${schemaLine}export const workload = { schema, spaces: () => ["team:7"] };`,
      "door.mjs": `${arbiters}export const authenticate = (token) => (token === "ann" ? { id: "ann" } : null);`,
    });
    const of = (workload: string, ...more: readonly string[]): Promise<string> =>
      refusal("--schema", directory.file("schema.mjs"), "--workload", directory.file(workload), ...more);
    expect(await of("none.mjs")).toContain("There is no file");
    expect(await of("empty.mjs")).toContain("exports no `workload`");
    expect(await of("idle.mjs")).toContain('The operation "pay"');
    expect(await of("other.mjs")).toContain("is about another schema");
    expect(await of("strangers.mjs", "--server", directory.file("door.mjs"))).toContain('does not know the token "eve"');
    expect(await of("elsewhere.mjs", "--server", directory.file("door.mjs"))).toContain('does not let ann into the space "team:7"');
  });

  it("[CMD11][CMD12][SIM65] draws what fits a schema that says nothing more, and gives the figures for programs", {
    timeout: 60_000,
  }, async () => {
    const directory = createTempDir({ "schema.mjs": schemaLine + arbiters });
    const args = ["--schema", directory.file("schema.mjs"), "--seeds", "2", "--devices", "2", "--faults", "none", "--jobs", "1", "--json"];
    const { code, out, errors } = await runCli("simulate", ...args);
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    const told = JSON.parse(out) as Record<string, unknown>;
    expect(told).toMatchObject({ runs: 2, failed: 0, failing: [], convergenceMs: { p50: expect.any(Number) } });
    expect(told["acknowledged"]).toBeGreaterThan(5);
  });

  it("[CMD11][CMD12][SIM67][SIM68][SIM73] finds the tutorial's mistake, makes it small, and repeats it; corrected, the same plan passes", {
    timeout: 400_000,
  }, async () => {
    const report = createTempDir().file("out.html");
    const broken = [...modules, "--server", wallet("server.ts")];
    const found = await runCli(
      "simulate",
      ...broken,
      "--seeds",
      "60",
      "--failures",
      "1",
      "--devices",
      "2",
      "--shrink",
      "240",
      "--report",
      report,
    );
    expect(found.errors).toBe("");
    expect(found.code).toBe(1);
    const [, length, told] = /^seed \d+, from \d+ operations and faults to (\d+):\n([^]*?) again: /m.exec(found.out) ?? [];
    expect(Number(length)).toBeLessThanOrEqual(8);
    for (const line of [/requests buy \{"account":"main"/, /WRONG \(invariant\): "the balance is never negative"/])
      expect(told).toMatch(line);
    expect(readFileSync(report, "utf8")).toContain("the balance is never negative");
    const [, plan = ""] = / again: .* --replay (\S+)$/m.exec(found.out) ?? [];
    expect(dirname(plan)).toBe(dirname(report));
    expect(existsSync(plan)).toBe(true);

    const [again, corrected] = await Promise.all([
      runCli("simulate", ...broken, "--replay", plan),
      runCli(
        "simulate",
        ...modules,
        "--server",
        wallet("server-corrected.ts"),
        "--replay",
        plan,
        "--report",
        join(dirname(report), "2.html"),
      ),
    ]);
    expect(again.code).toBe(1);
    expect(again.out).toContain('WRONG (invariant): "the balance is never negative"');
    expect(corrected).toMatchObject({ code: 0, errors: "" });
    expect(corrected.out).toContain("everything held");
  });
});
