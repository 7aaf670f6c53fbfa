#!/usr/bin/env node
/** `holdfast <command>`: finds the command, and gives the process its exit code. */
import { type Command, exitCodes, type Output, reportError } from "./command-line.ts";
import { demo } from "./commands/demo.ts";
import { inspect } from "./commands/inspect.ts";
import { serve } from "./commands/serve.ts";

const commands: ReadonlyMap<string, Command> = new Map([
  ["demo", demo],
  ["serve", serve],
  ["inspect", inspect],
]);

const output: Output = {
  line: (text = "") => console.log(text),
  error: (text) => console.error(text),
  terminal: process.stdout.isTTY
    ? {
        columns: process.stdout.columns,
        color: process.env["NO_COLOR"] === undefined && process.env["TERM"] !== "dumb",
        write: (text) => void process.stdout.write(text),
      }
    : undefined,
};

process.exitCode = await main(process.argv.slice(2));

async function main([name = "--help", ...args]: readonly string[]): Promise<number> {
  const command = commands.get(name);
  if (command === undefined) {
    if (name === "--help" || name === "-h" || name === "help") {
      output.line(overview());
      return exitCodes.done;
    }
    output.error(`holdfast: There is no command "${name}". There are ${[...commands.keys()].join(", ")}: try \`holdfast --help\`.`);
    return exitCodes.usage;
  }
  if (args.includes("--help") || args.includes("-h")) {
    output.line(command.help);
    return exitCodes.done;
  }
  try {
    return await command.run(args, output);
  } catch (error) {
    return reportError(output, name, error);
  }
}

function overview(): string {
  const rows = [...commands].map(([name, { summary }]) => `  ${name.padEnd(9)}${summary}`);
  return ["Usage: holdfast <command> [options]", "", ...rows, "", "`holdfast <command> --help` says more."].join("\n");
}
