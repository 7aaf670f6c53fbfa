/**
 * What one more change costs r0 when the space holds more records (D), has a longer history, or more replicas have written (N): the push of
 * one edit, and the bytes with which a replica that was away for a hundred changes catches up. Both should stay flat.
 */
import type { Instance } from "./instance.ts";
import { WireWriter } from "./wire-writer.ts";

export interface GrowthPoint {
  readonly size: number;
  readonly pushMs: number;
  /** Of the server, a push: what a neighbour's disk does not change. */
  readonly pushCpuUs: number;
  readonly catchUpBytes: number;
  readonly catchUpMs: number;
}

const pushes = 100;
const changes = 100;

export async function growByRecords(instance: Instance, sizes: readonly number[]): Promise<readonly GrowthPoint[]> {
  const points: GrowthPoint[] = [];
  for (const size of sizes) {
    const space = `records-${size}-${Date.now()}`;
    await instance.tell({ type: "populate", space, records: size });
    points.push(await measure(instance, space, size));
  }
  return points;
}

/** Edits of the same eight records, over and over. */
export async function growByHistory(instance: Instance, sizes: readonly number[]): Promise<readonly GrowthPoint[]> {
  const points: GrowthPoint[] = [];
  for (const size of sizes) {
    const space = `history-${size}-${Date.now()}`;
    const author = new WireWriter(instance.url, space);
    await author.open();
    for (let done = 0; done < size; done += 500) await author.push(Math.min(500, size - done));
    author.close();
    points.push(await measure(instance, space, size));
  }
  return points;
}

export async function growByReplicas(instance: Instance, sizes: readonly number[]): Promise<readonly GrowthPoint[]> {
  const points: GrowthPoint[] = [];
  for (const size of sizes) {
    const space = `replicas-${size}-${Date.now()}`;
    for (let n = 0; n < size; n++) {
      const author = new WireWriter(instance.url, space);
      await author.open();
      await author.push(1);
      author.close();
    }
    points.push(await measure(instance, space, size));
  }
  return points;
}

/** The median of single pushes, and one catching up, by replicas that were there before. */
async function measure(instance: Instance, space: string, size: number): Promise<GrowthPoint> {
  const author = new WireWriter(instance.url, space);
  const away = new WireWriter(instance.url, space);
  await author.open();
  await away.open();
  await away.catchUp();
  const times: number[] = [];
  const cpuMs = async (): Promise<number> => (await instance.tell({ type: "now" })).cpuMs ?? 0;
  const before = await cpuMs();
  for (let n = 0; n < pushes; n++) {
    const start = performance.now();
    await author.push(1);
    times.push(performance.now() - start);
  }
  const pushCpuUs = ((await cpuMs()) - before) * (1_000 / pushes);
  await away.catchUp();
  await author.push(changes);
  const start = performance.now();
  const catchUpBytes = await away.catchUp();
  const catchUpMs = performance.now() - start;
  author.close();
  away.close();
  times.sort((a, b) => a - b);
  return { size, pushMs: times[Math.floor(times.length / 2)] ?? Number.NaN, pushCpuUs, catchUpBytes, catchUpMs };
}
