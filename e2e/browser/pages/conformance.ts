/** Runs the storage suite in a worker and keeps what it says. */
export interface SuiteResult {
  readonly title: string;
  /** Empty: passed. */
  readonly failure: string;
}

const results = new Promise<readonly SuiteResult[]>((resolve) => {
  const worker = new Worker(new URL("./conformance.worker.ts", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }: MessageEvent<readonly SuiteResult[]>) => resolve(data));
  worker.addEventListener("error", ({ message }) => resolve([{ title: "the worker", failure: message }]));
});

Object.assign(globalThis, { results });
