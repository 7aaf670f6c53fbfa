#!/usr/bin/env node
/** `holdfast <command>`: finds the command, and gives the process its exit code. */
import { type Command, exitCodes, type Output, reportError } from "./command-line.ts";

interface Entry {
  readonly summary: string;
  /** Each command brings its own half of the engine: nobody waits for the other. */
  load(): Promise<Command>;
}

const commands: ReadonlyMap<string, Entry> = new Map([
  [
    "demo",
    {
      summary: "three devices, three processes, kills, and a table of what survived",
      load: async () => (await import("./commands/demo.ts")).demo,
    },
  ],
  ["serve", { summary: "starts a server from a schema module", load: async () => (await import("./commands/serve.ts")).serve }],
  [
    "new-epoch",
    {
      summary: "after a restore from a backup: lets the devices bring back what it lost",
      load: async () => (await import("./commands/new-epoch.ts")).newEpoch,
    },
  ],
  [
    "simulate",
    {
      summary: "runs fleets of your app under every failure, from seeds, and draws what it saw",
      load: async () => (await import("./commands/simulate.ts")).simulate,
    },
  ],
  [
    "inspect",
    {
      summary: "shows what a replica's file holds: pending, refused, conflicts, cursors",
      load: async () => (await import("./commands/inspect.ts")).inspect,
    },
  ],
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
  const entry = commands.get(name);
  if (entry === undefined) {
    if (name === "--help" || name === "-h" || name === "help") {
      output.line(overview());
      return exitCodes.done;
    }
    output.error(`holdfast: There is no command "${name}". There are ${[...commands.keys()].join(", ")}: try \`holdfast --help\`.`);
    return exitCodes.usage;
  }
  try {
    const command = await entry.load();
    if (args.includes("--help") || args.includes("-h")) {
      output.line(command.help);
      return exitCodes.done;
    }
    return await command.run(args, output);
  } catch (error) {
    return reportError(output, name, error);
  }
}

function overview(): string {
  const rows = [...commands].map(([name, { summary }]) => `  ${name.padEnd(11)}${summary}`);
  return ["Usage: holdfast <command> [options]", "", ...rows, "", "`holdfast <command> --help` says more."].join("\n");
}
