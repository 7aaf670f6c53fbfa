/** `holdfast inspect`: what a replica's file holds. It reads only. */
import { inspectFile } from "@holdfast/client/node";
import { type Command, CommandError, exitCodes, readArguments } from "../command-line.ts";
import { composeReport } from "../inspect/compose-report.ts";
import { reportToJson } from "../inspect/report-to-json.ts";

const help = `Usage: holdfast inspect FILE [--json]

Shows what a replica's file holds: who it belongs to, where each space stands with the server, which writes are pending,
what was refused and why, and which values lost a conflict. It changes nothing. The app that owns the file must be closed;
or look at a copy, of the file and of the one beside it that ends in -wal.

  --json   everything, for programs`;

export const inspect: Command = {
  help,
  async run(args, output) {
    const { values, positionals } = readArguments("inspect", args, { json: { type: "boolean" } }, ["FILE"]);
    const [path] = positionals;
    if (path === undefined)
      throw new CommandError("Which file?", "Name the file that the replica was opened with: `holdfast inspect notes.db`.");
    const report = inspectFile(path);
    if (values.json === true) output.line(reportToJson(report));
    else for (const line of composeReport(report)) output.line(line);
    return exitCodes.done;
  },
};
