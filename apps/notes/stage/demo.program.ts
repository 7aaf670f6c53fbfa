/** `npm run demo`: the notes app on three devices, in one page. With `--headless`, the same story told in a terminal. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "vite";
import { openStage } from "./stage-server.ts";

const help = `Usage: npm run demo [-- --port N] [-- --keep DIR]       three devices in one page
       npm run demo -- --headless [--seed N] [...]        the same in a terminal: \`holdfast demo\`

  --port N     where the page is served, 0 for any free port (4477)
  --keep DIR   keep the server's file there; else it is a temporary one`;

const args = process.argv.slice(2);
if (args.includes("--headless")) {
  const program = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=holdfast-source", program, "demo", ...args], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, "exit")) as [number | null];
  process.exit(code ?? 1);
}

const { values } = parseArgs({ args, options: { port: { type: "string" }, keep: { type: "string" }, help: { type: "boolean" } } });
if (values.help === true) {
  console.log(help);
  process.exit(0);
}
const configFile = fileURLToPath(new URL("../vite.config.ts", import.meta.url));
console.log("Building the app …");
await build({ configFile, logLevel: "error" });
const directory = values.keep ?? mkdtempSync(join(tmpdir(), "holdfast-notes-"));
const stage = await openStage({
  appDirectory: fileURLToPath(new URL("../dist", import.meta.url)),
  storePath: join(directory, "server.db"),
  port: Number(values.port ?? 4477),
});
console.log(`
  Three devices, one page     ${stage.url}/stage.html
  The app by itself           ${stage.url}/

The server's file: ${join(directory, "server.db")}
Stop with Ctrl+C.`);
await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
await stage.close();
if (values.keep === undefined) rmSync(directory, { recursive: true, force: true });
