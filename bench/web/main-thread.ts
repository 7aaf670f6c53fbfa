/**
 * What a page's main thread did, as Chromium's own trace says it: the longest task by the clock, and by the processor's time alone, which
 * other programs on the machine do not add to.
 */
import type { Page } from "playwright-core";

export interface MainThread {
  readonly longestMs: number;
  readonly longestBusyMs: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly dur?: number;
  /** Microseconds of the thread's processor time. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Of the page's own renderer: no other page may be open in the browser. */
export async function traceMainThread<T>(page: Page, run: () => Promise<T>): Promise<readonly [T, MainThread]> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => {
    events.push(...(value as unknown as readonly TraceEvent[]));
  });
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["toplevel", "__metadata"] } });
  const result = await run();
  const ended = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await ended;
  await session.detach();
  const mains = new Set(
    events.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain").map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = events.filter(({ ph, pid, tid, dur }) => ph === "X" && dur !== undefined && mains.has(`${pid} ${tid}`));
  const longest = (of: (event: TraceEvent) => number | undefined): number =>
    tasks.reduce((max, event) => Math.max(max, (of(event) ?? 0) / 1_000), 0);
  return [result, { longestMs: longest(({ dur }) => dur), longestBusyMs: longest(({ tdur }) => tdur) }];
}
