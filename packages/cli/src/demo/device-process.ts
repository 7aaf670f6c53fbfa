/** A device as its parent sees it: a process, spoken to over pipes, killed by its id. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { PlanDecision, Write } from "./ledger.ts";
import type { Answers, Command, DeviceOptions, Report } from "./messages.ts";

export interface DeviceEvents {
  begun(write: Write): void;
  acknowledged(number: number): void;
  decided(decision: PlanDecision): void;
}

/** As it was when the process was there: the file on the disk is what remains. */
export interface DeviceProcess {
  readonly pid: number;
  /** The file's replica, and what in it the server has not answered. */
  readonly replica: string;
  readonly pending: number;
  readonly ask: <C extends Command>(command: C) => Promise<Answers[C["type"]]>;
  /** SIGKILL; resolves when the process is gone and its pipe is read to the end. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** What was asked of a process that is gone. */
export class DeviceGone extends Error {}

// Beside this file as source, and compiled as compiled.
const program = fileURLToPath(new URL(`./device.program${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url));

export async function startDevice(options: DeviceOptions, events: DeviceEvents): Promise<DeviceProcess> {
  const child = spawn(process.execPath, [...process.execArgv, "--disable-warning=ExperimentalWarning", program, JSON.stringify(options)], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let errors = "";
  let nextRequest = 1;
  let gone = false;
  const waiting = new Map<number, { readonly resolve: (value: never) => void; readonly reject: (error: Error) => void }>();
  let opened: (report: Extract<Report, { type: "opened" }>) => void = () => undefined;
  const exited = new Promise<void>((resolve) => {
    // `close`, not `exit`: only then has the pipe been read to its end.
    child.on("close", () => {
      gone = true;
      for (const { reject } of waiting.values()) reject(new DeviceGone(`The ${options.device} is gone. ${errors}`));
      waiting.clear();
      resolve();
    });
  });

  child.stdin.on("error", () => undefined);
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-10_000);
  });
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() as string;
    for (const line of lines) hear(JSON.parse(line) as Report);
  });

  function hear(report: Report): void {
    switch (report.type) {
      case "opened":
        opened(report);
        return;
      case "begun":
        events.begun(report.write);
        return;
      case "acknowledged":
        events.acknowledged(report.number);
        return;
      case "decided":
        events.decided(report.decision);
        return;
      case "answer":
        waiting.get(report.request)?.resolve(report.value as never);
        waiting.delete(report.request);
        return;
      case "failed":
        waiting.get(report.request)?.reject(new Error(`The ${options.device} failed: ${report.detail}`));
        waiting.delete(report.request);
        return;
    }
  }

  const { replica, pending } = await new Promise<Extract<Report, { type: "opened" }>>((resolve, reject) => {
    opened = resolve;
    void exited.then(() => reject(new Error(`The ${options.device} ended before it was open. ${errors}`)));
  });
  const ask: DeviceProcess["ask"] = (command) => {
    if (gone) return Promise.reject(new DeviceGone(`The ${options.device} is gone.`));
    const request = nextRequest++;
    return new Promise((resolve, reject) => {
      waiting.set(request, { resolve, reject });
      child.stdin.write(`${JSON.stringify({ ...command, request })}\n`);
    });
  };
  return {
    pid: child.pid as number,
    replica,
    pending,
    ask,
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
    async close() {
      if (!gone) await ask({ type: "close" });
      child.stdin.end();
      child.kill("SIGTERM");
      await exited;
    },
  };
}
