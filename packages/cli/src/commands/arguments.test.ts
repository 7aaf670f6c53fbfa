import { describe, expect, it } from "vitest";
import { CommandError, exitCodes, readArguments, readWholeNumber, reportError } from "../command-line.ts";
import { captureOutput } from "../testing/captured-output.ts";
import { runCli } from "../testing/run-cli.ts";
import { demo } from "./demo.ts";
import { inspect } from "./inspect.ts";
import { serve } from "./serve.ts";

describe("arguments", () => {
  it.each([
    ["serve", serve, ["--prot", "1", "s.ts"], "Unknown option '--prot'."],
    ["serve", serve, ["s.ts", "--port", "http"], '--port is "http". It takes a whole number from 0 to 65535.'],
    ["serve", serve, ["s.ts", "--port", "65536"], '--port is "65536".'],
    ["serve", serve, ["a.ts", "b.ts"], '"b.ts" is one argument too many.'],
    ["serve", serve, [], "Name the module that exports it"],
    ["inspect", inspect, [], "Name the file that the replica was opened with"],
    ["inspect", inspect, ["a.db", "--jsn"], "Unknown option '--jsn'."],
    ["demo", demo, ["--seed", "-1"], "--seed"],
    ["demo", demo, ["--seed", "1.5"], '--seed is "1.5".'],
    ["demo", demo, ["--notes"], "--notes"],
    ["demo", demo, ["notes"], '"notes" is one argument too many.'],
    ["demo", demo, ["--notes", "./no-such-directory"], "There is no directory"],
  ] as const)("[CMD1][CMD2] %s: %#", async (name, command, args, expected) => {
    const output = captureOutput();
    const error = await command.run(args, output).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(CommandError);
    expect(reportError(output, name, error)).toBe(exitCodes.usage);
    expect(output.errors.join("\n")).toContain(`holdfast ${name}: `);
    expect(output.errors.join("\n")).toContain(expected);
    expect(output.lines).toEqual([]);
  });

  it("[CMD2] takes the bounds themselves, and nothing beside them", () => {
    expect(readWholeNumber("port", "0", { min: 0, max: 5 })).toBe(0);
    expect(readWholeNumber("port", "5", { min: 0, max: 5 })).toBe(5);
    for (const text of ["6", "-1", "", " 1", "1e1", "0x1", "1.0"])
      expect(() => readWholeNumber("port", text, { min: 0, max: 5 }), text).toThrow(CommandError);
    expect(readArguments("x", ["--a", "b"], { a: { type: "string" } }, []).values.a).toBe("b");
  });

  it("[CMD1][CMD2] the process says so too: help to the output, errors to the error stream, each with its exit code", async () => {
    const [overview, help, unknown, missing] = await Promise.all([
      runCli("--help"),
      runCli("inspect", "--help"),
      runCli("srve"),
      runCli("inspect", "no-such.db"),
    ]);
    expect(overview.code).toBe(0);
    for (const name of ["demo", "serve", "simulate", "inspect"]) expect(overview.out).toContain(`  ${name} `);
    expect(help).toMatchObject({ code: 0, errors: "" });
    expect(help.out).toContain("Usage: holdfast inspect FILE [--json]");
    expect(unknown).toMatchObject({ code: 2, out: "" });
    expect(unknown.errors).toContain('There is no command "srve". There are demo, serve, new-epoch, simulate, inspect');
    expect(missing).toMatchObject({ code: 1, out: "" });
    expect(missing.errors).toContain('There is no file "no-such.db".');
  });

  it("[CMD1] a defect keeps its stack", () => {
    const output = captureOutput();
    expect(reportError(output, "demo", new TypeError("x is not a function"))).toBe(exitCodes.failed);
    expect(output.errors.join("\n")).toMatch(/defect[^]*TypeError: x is not a function\n\s+at /);
  });
});
