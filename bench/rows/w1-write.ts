/** W1: durable local writes, one at a time and with 64 in flight, beside bare SQLite and a bare fdatasync in alternating rounds. */
import { BareSqlite, probeFdatasync, type Sample, sampleOf } from "../floor.ts";
import { type BenchReplica, openBench, space } from "../replicas.ts";
import { noteOf } from "../schema.ts";
import { type Line, ms, rate } from "../table.ts";
import { inDirectory } from "../directory.ts";

const inFlight = 64;

export async function benchWrites(rounds: number): Promise<readonly Line[]> {
  const disk = await inDirectory("disk", (directory) => measure(directory, rounds));
  const memory = await inDirectory("memory", (directory) => measure(directory, rounds));
  const { fsync, bare, bareBatch, single, batch } = disk;
  const microseconds = (sample: Sample, each = 1) => `${((1_000 * sample.p50Ms) / each).toFixed(0)} µs`;
  return [
    {
      work: "a raw fdatasync of 4 KiB",
      ours: "",
      floor: `${ms(fsync.p50Ms)} p50, ${rate(fsync.perSecond)}`,
      ratio: "",
      aim: "",
      met: undefined,
    },
    {
      work: "one write at a time",
      ours: `${ms(single.p50Ms)} p50, ${ms(single.p99Ms)} p99, ${rate(single.perSecond)}`,
      floor: `${ms(bare.p50Ms)} p50, ${rate(bare.perSecond)} bare SQLite`,
      ratio: (single.perSecond / bare.perSecond).toFixed(2),
      aim: "≥ 0.8 × floor",
      met: single.perSecond >= 0.8 * bare.perSecond,
    },
    {
      work: `${inFlight} writers in flight`,
      ours: rate(batch.perSecond * inFlight),
      floor: `${rate(bareBatch.perSecond * inFlight)} bare SQLite in batches`,
      ratio: `${((batch.perSecond * inFlight) / single.perSecond).toFixed(1)} × single`,
      aim: "≥ 20 × single",
      met: batch.perSecond * inFlight >= 20 * single.perSecond,
    },
    {
      work: "where the time goes: without a disk",
      ours: `${microseconds(memory.single)} single, ${microseconds(memory.batch, inFlight)} in a batch`,
      floor: `${microseconds(memory.bare)} single, ${microseconds(memory.bareBatch, inFlight)} in a batch`,
      ratio: "",
      aim: "≤ 30 µs of our own",
      met: 1_000 * (memory.single.p50Ms - memory.bare.p50Ms) <= 30,
    },
  ];
}

async function measure(directory: string, rounds: number) {
  const replica = await openBench(directory, "w1");
  const bare = new BareSqlite(directory);
  const times: Record<"single" | "batch" | "bare" | "bareBatch", number[]> = { single: [], batch: [], bare: [], bareBatch: [] };
  let n = 0;
  const timed = async (into: number[], count: number, run: () => unknown) => {
    for (let i = 0; i < count; i++) {
      const start = performance.now();
      await run();
      into.push(performance.now() - start);
    }
  };
  const write = () => replica.write(space, (tx) => tx.notes.create(noteOf(n++)));
  await timed([], 200, write);
  await timed([], 200, () => bare.insert(1));
  for (let round = 0; round < rounds; round++) {
    await timed(times.bare, 100, () => bare.insert(1));
    await timed(times.single, 100, write);
    await timed(times.bareBatch, 10, () => bare.insert(inFlight));
    await timed(times.batch, 10, () => Promise.all(Array.from({ length: inFlight }, write)));
  }
  await checkCount(replica, n);
  const fsync = probeFdatasync(directory, 300);
  bare.close();
  await replica.close();
  return {
    fsync,
    single: sampleOf(times.single),
    batch: sampleOf(times.batch),
    bare: sampleOf(times.bare),
    bareBatch: sampleOf(times.bareBatch),
  };
}

async function checkCount(replica: BenchReplica, written: number): Promise<void> {
  const count = await replica.space(space).notes.count();
  if (count !== written) throw new Error(`${written} writes were acknowledged and ${count} records are there`);
}
