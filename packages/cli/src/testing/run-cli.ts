/** The command line as its users start it: a process. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));

export interface CliRun {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

export interface RunningCli {
  /** The first line that matches; rejects if the process ends before. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<CliRun>;
}

export function startCli(...args: readonly string[]): RunningCli {
  const child = spawn(process.execPath, ["--conditions=holdfast-source", "--disable-warning=ExperimentalWarning", main, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  let out = "";
  let errors = "";
  const heard = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    for (const listener of heard) listener();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const ended = new Promise<CliRun>((resolve) => child.on("close", (code) => resolve({ code, out, errors })));
  return {
    ended,
    signal: (name) => void child.kill(name),
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(out);
          if (found !== null) resolve(found);
        };
        heard.add(look);
        look();
        void ended.then((run) => reject(new Error(`It ended before it said ${String(pattern)}: ${JSON.stringify(run)}`)));
      }),
  };
}

export function runCli(...args: readonly string[]): Promise<CliRun> {
  return startCli(...args).ended;
}
