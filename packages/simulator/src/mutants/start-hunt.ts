/** Starts a hunt's process and waits for its last word; one that hangs is killed, which is a finding like any other. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { HuntMessage, HuntRequest } from "./hunt.ts";
import type { Finding } from "./lanes/lane.ts";

export type HuntResult =
  | { readonly found: true; readonly seed: number; readonly tried: number; readonly finding: Finding; readonly seconds: number }
  | { readonly found: false; readonly tried: number; readonly seconds: number };

/** One try that takes longer than this, by the wall, hangs: the longest takes a few seconds of the processor, which others may want too. */
const tryMsMax = 300_000;

export function startHunt(request: HuntRequest): Promise<HuntResult> {
  const program = fileURLToPath(new URL("hunt.program.ts", import.meta.url));
  return new Promise((resolve, reject) => {
    const child = fork(program, [JSON.stringify(request)], {
      execArgv: ["--conditions=holdfast-source"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let last = { seed: request.start, tried: 0 };
    let errors = "";
    let answered = false;
    const answer = (message: Exclude<HuntMessage, { type: "trying" }>): void => {
      answered = true;
      clearTimeout(watchdog);
      if (message.type === "nothing") resolve({ found: false, tried: message.tried, seconds: message.seconds });
      else resolve({ found: true, ...message });
    };
    const hangs = (): void => {
      answer({
        type: "found",
        ...last,
        finding: { checker: "the process", detail: `hangs: no end within ${tryMsMax} ms` },
        seconds: tryMsMax / 1_000,
      });
      child.kill("SIGKILL");
    };
    let watchdog = setTimeout(hangs, tryMsMax);
    child.stderr?.on("data", (chunk: Buffer) => (errors = `${errors}${chunk.toString()}`.slice(-4_000)));
    child.on("message", (message: HuntMessage) => {
      // Before its first try it fails by itself: what does not load is no program without its protection, and no finding.
      if (message.type === "found" && message.tried === 0)
        return reject(new Error(`the hunt of ${request.mutant} did not start: ${message.finding.detail}`));
      if (message.type !== "trying") return answer(message);
      last = { seed: message.seed, tried: message.tried };
      clearTimeout(watchdog);
      watchdog = setTimeout(hangs, tryMsMax);
    });
    child.on("error", reject);
    child.on("exit", (code) => {
      clearTimeout(watchdog);
      if (answered) return;
      // Dead without a word before its first try: the mutant does not load, and that is no finding.
      if (last.tried === 0) reject(new Error(`the hunt of ${request.mutant} did not start (${String(code)}): ${errors}`));
      else
        answer({
          type: "found",
          ...last,
          finding: { checker: "the process", detail: `died (${String(code)}): ${errors.slice(0, 500)}` },
          seconds: 0,
        });
    });
  });
}
