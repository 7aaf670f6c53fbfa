/** W7: edits a second that r0 takes durably, from so many clients in spaces of their own, each with one push under way. */
import type { Instance } from "./instance.ts";
import { WireWriter } from "./wire-writer.ts";

export interface Sustained {
  readonly editsPerSecond: number;
  readonly cpuUsPerEdit: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface SustainedLoad {
  readonly clients: number;
  readonly editsPerPush: number;
  readonly seconds: number;
}

/** A first part of each run is not counted: connections, statements and the compiler warm up. */
const warmShare = 0.25;

export async function sustain(instances: readonly Instance[], load: SustainedLoad): Promise<Sustained> {
  const stamp = Math.random().toString(36).slice(2, 8);
  const writers = Array.from({ length: load.clients }, (_, n) => {
    const instance = instances[n % instances.length];
    if (instance === undefined) throw new Error("no instance");
    return new WireWriter(instance.url, `w7-${stamp}-${n}`);
  });
  await inGroups(writers, 100, (writer) => writer.open());
  const startMs = performance.now();
  const countFromMs = startMs + load.seconds * 1_000 * warmShare;
  const endMs = startMs + load.seconds * 1_000;
  const times: number[] = [];
  let edits = 0;
  const runs = writers.map(async (writer) => {
    while (performance.now() < endMs) {
      const began = performance.now();
      await writer.push(load.editsPerPush);
      if (began < countFromMs) continue;
      times.push(performance.now() - began);
      edits += load.editsPerPush;
    }
  });
  await new Promise((resolve) => setTimeout(resolve, countFromMs - performance.now()));
  const before = await cpuOf(instances);
  await Promise.all(runs);
  const tookMs = performance.now() - countFromMs;
  const cpuMs = (await cpuOf(instances)) - before;
  for (const writer of writers) writer.close();
  times.sort((a, b) => a - b);
  return {
    editsPerSecond: (edits * 1_000) / tookMs,
    cpuUsPerEdit: (cpuMs * 1_000) / Math.max(1, edits),
    p50Ms: times[Math.floor(times.length * 0.5)] ?? Number.NaN,
    p99Ms: times[Math.floor(times.length * 0.99)] ?? Number.NaN,
  };
}

async function cpuOf(instances: readonly Instance[]): Promise<number> {
  const answers = await Promise.all(instances.map((instance) => instance.tell({ type: "now" })));
  return answers.reduce((sum, { cpuMs }) => sum + (cpuMs ?? 0), 0);
}

export async function inGroups<T>(all: readonly T[], size: number, run: (each: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < all.length; at += size) await Promise.all(all.slice(at, at + size).map(run));
}
