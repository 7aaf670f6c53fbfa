/** Programs of ours in processes of their own, spoken to over pipes, killed by pid, never left behind. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { build } from "esbuild";
import type { TempDir } from "./temp-dir.ts";

/** One bundled file starts in a third of the time that a hundred modules take: two hundred lives have to fit into a test. */
export async function bundleProgram(
  name: string,
  directory: TempDir,
  entry: URL = new URL(`./${name}.child.ts`, import.meta.url),
): Promise<string> {
  const outfile = join(directory.path, `${name}.mjs`);
  await build({
    entryPoints: [entry.pathname],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    conditions: ["holdfast-source"],
    // CommonJS inside the bundle (ws) asks for node's modules.
    banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
    logLevel: "error",
  });
  return outfile;
}

export interface Child {
  readonly pid: number;
  /** Each line that it has printed so far. */
  readonly lines: readonly string[];
  readonly errors: () => string;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  running(): boolean;
  /** The next line that begins so (or one that has already come), without that beginning; rejects if the program ends first. */
  line(beginning: string): Promise<string>;
  onLine(listener: (line: string) => void): void;
  send(line: string): void;
  /** SIGKILL, and wait until it is gone and its pipe is empty: a line written before the kill is a line heard. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

const children = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** In `directory`, what node has compiled of it is kept for the next. */
export function startChild(program: string, options: unknown, directory: Pick<TempDir, "path">): Child {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, JSON.stringify(options)], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, NODE_OPTIONS: "", NODE_COMPILE_CACHE: join(directory.path, "compile-cache") },
  });
  children.add(child);
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  let rest = "";
  let errors = "";
  child.stdin.on("error", () => undefined);
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() as string;
    for (const part of parts) {
      lines.push(part);
      for (const listener of [...listeners]) listener(part);
    }
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-10_000);
  });
  let running = true;
  // `close`, not `exit`: only then has the pipe been read to its end.
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on("close", (code, signal) => {
      running = false;
      children.delete(child);
      resolve({ code, signal });
    });
  });
  return {
    pid: child.pid as number,
    lines,
    errors: () => errors,
    exited,
    running: () => running,
    line(beginning) {
      const found = lines.find((line) => line.startsWith(beginning));
      if (found !== undefined) return Promise.resolve(found.slice(beginning.length));
      return new Promise((resolve, reject) => {
        const listener = (line: string): void => {
          if (!line.startsWith(beginning)) return;
          listeners.delete(listener);
          resolve(line.slice(beginning.length));
        };
        listeners.add(listener);
        void exited.then(() => reject(new Error(`The program ended before it said "${beginning}": ${errors}`)));
      });
    },
    onLine(listener) {
      for (const line of lines) listener(line);
      listeners.add(listener);
    },
    send: (line) => void child.stdin.write(`${line}\n`),
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
