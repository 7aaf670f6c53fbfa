/** Workers in processes of their own: a plan on which one hangs or dies costs that worker, and is answered all the same. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Answer, AppModule, Task } from "./task.ts";

export interface PoolOptions {
  readonly jobs: number;
  readonly app?: AppModule;
  /** A task that takes longer, by the wall, is taken for hung. */
  readonly taskMsMax?: number;
  /** Instead of the runner's own: for tests of the pool. */
  readonly program?: URL;
}

export interface Pool {
  /** Waits for a free worker. Never rejects for what a task does. `extraMs`: beyond the limit of every task. */
  run(task: Task, extraMs?: number): Promise<Answer>;
  /** Resolves when the workers have gone. */
  close(): Promise<void>;
}

/** The longest plans of the swarm take half a minute of an idle core; others may want the machine as well. */
const taskMsMaxDefault = 300_000;
const stderrCharactersMax = 2_000;

interface Job {
  readonly task: Task;
  readonly msMax: number;
  readonly done: (answer: Answer) => void;
}

export function openPool({ jobs, app, taskMsMax = taskMsMaxDefault, program = workerProgram() }: PoolOptions): Pool {
  const waiting: Job[] = [];
  const idle: Worker[] = [];
  let workers = 0;
  const start = (): Worker => {
    workers++;
    return new Worker(program, app);
  };
  const next = async (): Promise<void> => {
    if (waiting.length === 0 || (idle.length === 0 && workers >= jobs)) return;
    const job = waiting.shift() as Job;
    const worker = idle.pop() ?? start();
    const answer = await worker.run(job.task, job.msMax);
    if (answer.type === "lost") {
      workers--;
      await worker.end();
    } else idle.push(worker);
    job.done(answer);
    void next();
  };
  return {
    run: (task, extraMs = 0) =>
      new Promise((resolve) => {
        waiting.push({ task, msMax: taskMsMax + extraMs, done: resolve });
        void next();
      }),
    close: async () => {
      await Promise.all(idle.splice(0).map((worker) => worker.end()));
    },
  };
}

class Worker {
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  readonly #ready: Promise<unknown>;
  #stderr = "";

  constructor(program: URL, app: AppModule | undefined) {
    this.#child = fork(fileURLToPath(program), [JSON.stringify({ app })], {
      execArgv: import.meta.url.endsWith(".ts") ? ["--conditions=holdfast-source"] : [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      serialization: "json",
    });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr = `${this.#stderr}${chunk.toString()}`.slice(-stderrCharactersMax);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on("error", (error) => resolve(error.message));
      this.#child.on("close", (code, signal) => resolve(`its process ended (${String(code ?? signal)}): ${this.#stderr.trim()}`));
    });
    this.#ready = new Promise((resolve) => this.#child.once("message", resolve));
  }

  async run(task: Task, msMax: number): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    const lost = this.#ended.then((detail): Answer => ({ type: "lost", detail }));
    const hung = new Promise<Answer>((resolve) => {
      timer = setTimeout(() => resolve({ type: "lost", detail: `it has not come to an end within ${msMax / 1_000} s` }), msMax);
    });
    const answered = this.#ready.then(
      () =>
        new Promise<Answer>((resolve) => {
          this.#child.once("message", resolve as (message: unknown) => void);
          this.#child.send(task);
        }),
    );
    const answer = await Promise.race([answered, lost, hung]);
    clearTimeout(timer);
    return answer;
  }

  async end(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

/** As it stands beside this file: source, or built. */
function workerProgram(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "worker.program.ts" : "worker.program.js", import.meta.url);
}
