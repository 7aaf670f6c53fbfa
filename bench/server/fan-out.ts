/** One hot space: one device writes at a steady pace, a thousand follow, and each delivery is timed. */
import type { Instance } from "./instance.ts";
import { inGroups } from "./sustained.ts";
import { WireWriter } from "./wire-writer.ts";

export interface Delivered {
  readonly perSecond: number;
  readonly serverCpuUs: number;
}

export interface FanOut {
  readonly deliveries: number;
  readonly expected: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverCpuUsPerDelivery: number;
}

/** One edit after another, each when the last of the followers has the one before: bare deliveries, as the floor's. */
export async function deliver(instance: Instance, followers: number, edits: number): Promise<Delivered> {
  const space = `bare-${Math.random().toString(36).slice(2, 8)}`;
  const author = new WireWriter(instance.url, space);
  await author.open();
  const readers = Array.from({ length: followers }, () => new WireWriter(instance.url, space));
  let delivered = 0;
  let wake = (): void => {};
  await inGroups(readers, 100, async (reader) => {
    await reader.open();
    await reader.catchUp();
    reader.heard = () => {
      if (++delivered % followers === 0) wake();
    };
  });
  await author.push(1);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  delivered = 0;
  const before = (await instance.tell({ type: "now" })).cpuMs ?? 0;
  const start = performance.now();
  for (let n = 0; n < edits; n++) {
    const all = new Promise<void>((resolve) => {
      wake = resolve;
    });
    await author.push(1);
    await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 5_000))]);
  }
  const tookMs = performance.now() - start;
  const cpuMs = ((await instance.tell({ type: "now" })).cpuMs ?? 0) - before;
  for (const each of [author, ...readers]) each.close();
  return { perSecond: (delivered * 1_000) / tookMs, serverCpuUs: (cpuMs * 1_000) / Math.max(1, delivered) };
}

/** The edits' pushes are not waited for: the pace is kept whatever happens. */
export async function fanOut(instance: Instance, followers: number, perSecond: number, seconds: number): Promise<FanOut> {
  const space = `hot-${Math.random().toString(36).slice(2, 8)}`;
  const author = new WireWriter(instance.url, space);
  await author.open();
  const sentMs = new Map<number, number>();
  const times: number[] = [];
  const readers: WireWriter[] = [];
  await inGroups(Array.from({ length: followers }), 100, async () => {
    const reader = new WireWriter(instance.url, space);
    reader.poked = ({ head, changes }) => {
      const nowMs = performance.now();
      const first = changes[0]?.sequence ?? head;
      for (let sequence = first; sequence <= head; sequence++) {
        const at = sentMs.get(sequence);
        if (at !== undefined) times.push(nowMs - at);
      }
    };
    await reader.open();
    await reader.catchUp();
    readers.push(reader);
  });
  const before = (await instance.tell({ type: "now" })).cpuMs ?? 0;
  const total = perSecond * seconds;
  const start = performance.now();
  let sequence = 0;
  const answers: Promise<void>[] = [];
  while (sequence < total) {
    const due = Math.min(total, Math.floor(((performance.now() - start) * perSecond) / 1_000) + 1);
    for (; sequence < due; ) {
      sentMs.set(++sequence, performance.now());
      answers.push(author.push(1));
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(answers);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const cpuMs = ((await instance.tell({ type: "now" })).cpuMs ?? 0) - before;
  for (const each of [author, ...readers]) each.close();
  times.sort((a, b) => a - b);
  return {
    deliveries: times.length,
    expected: total * followers,
    p50Ms: times[Math.floor(times.length * 0.5)] ?? Number.NaN,
    p99Ms: times[Math.floor(times.length * 0.99)] ?? Number.NaN,
    serverCpuUsPerDelivery: (cpuMs * 1_000) / Math.max(1, times.length),
  };
}
