/** `holdfast demo`: the paper's worked example, played for real. */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, exitCodes, readArguments, readWholeNumber } from "../command-line.ts";
import { runDemo } from "../demo/run-demo.ts";

const help = `Usage: holdfast demo [--notes DIR] [--seed N] [--keep] [--serve] [--headless]

A phone, a tablet and a watch, each a replica in a process of its own, and a server. They import real text, edit it offline,
are killed with SIGKILL in the middle of writing and of a sync cycle, and come back. An oracle that was told of every
acknowledged write then looks for each of them.

  --notes DIR   a directory with Markdown files    (*.md and docs/**/*.md of the current one)
  --seed N      repeats a schedule of edits and kills
  --keep        leave the files where they are
  --serve       leave the server running at the end, and the files
  --headless    plain lines, also on a terminal

Exit code 0: nothing was lost, and the digests of the three replicas and the server are equal. Otherwise 1.`;

export const demo: Command = {
  help,
  async run(args, output) {
    const { values } = readArguments(
      "demo",
      args,
      {
        notes: { type: "string" },
        seed: { type: "string" },
        keep: { type: "boolean" },
        serve: { type: "boolean" },
        headless: { type: "boolean" },
      },
      [],
    );
    const seed = readWholeNumber("seed", values.seed, { min: 0, max: 2 ** 31 - 1 }) ?? randomInt(1_000_000);
    // An interrupted demo takes its devices with it.
    const interrupt = (): never => process.exit(exitCodes.failed);
    process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
    const untilStopped = async (): Promise<void> => {
      process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
      await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    };
    const shown = values.headless === true ? { ...output, terminal: undefined } : output;
    const options = {
      notes: values.notes === undefined ? undefined : whereTyped(values.notes),
      seed,
      keep: values.keep === true,
      serve: values.serve === true,
      untilStopped,
    };
    return runDemo(options, shown);
  },
};

/** npm runs scripts in the package's directory, and says where the person was. */
function whereTyped(directory: string): string {
  const here = resolve(directory);
  const typed = resolve(process.env["INIT_CWD"] ?? ".", directory);
  return existsSync(here) ? here : typed;
}
