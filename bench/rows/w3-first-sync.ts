/** W3: a new replica receives the space, until it is on its disk. */
import { startRelay } from "../byte-relay.ts";
import { BareSqlite } from "../floor.ts";
import { openBench, untilSynced } from "../replicas.ts";
import type { Stage } from "../stage.ts";
import { bytes, type Line, ms } from "../table.ts";

export async function benchFirstSync(stage: Stage): Promise<readonly Line[]> {
  const relay = await startRelay(stage.server.port);
  const bare = new BareSqlite(stage.directory);
  const inserting = performance.now();
  bare.insert(stage.records);
  const floorMs = performance.now() - inserting;
  bare.close();
  const before = process.memoryUsage();
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().heapUsed);
  }, 20);
  const start = performance.now();
  const replica = await openBench(stage.directory, "w3", relay.port);
  await untilSynced(replica);
  const tookMs = performance.now() - start;
  clearInterval(watch);
  const { up, down } = relay.count();
  const count = await replica.space("bench").notes.count();
  if (count !== stage.records) throw new Error(`${count} of ${stage.records} records arrived`);
  const usage = await stage.server.tell({ type: "usage" });
  await replica.close();
  relay.close();
  const large = stage.records > 10_000;
  return [
    {
      work: `first sync of ${stage.records.toLocaleString("en")}, durable`,
      ours: ms(tookMs),
      floor: `${ms(floorMs)} bare inserts`,
      ratio: (tookMs / floorMs).toFixed(1),
      aim: large ? "≤ 4 s" : "≤ 0.4 s",
      met: tookMs <= (large ? 4_000 : 400),
    },
    {
      work: "… bytes",
      ours: bytes(up + down),
      floor: `${bytes(stage.records * 310)} JSON`,
      ratio: ((up + down) / (stage.records * 310)).toFixed(2),
      aim: large ? "" : "≤ 0.9 MB",
      met: large ? undefined : up + down <= 900_000,
    },
    {
      work: "… memory",
      ours: `+${bytes(Math.max(0, peak - before.heapUsed))} heap at the peak, server ${bytes(usage.rssBytes ?? 0)} RSS`,
      floor: "",
      ratio: "",
      aim: "flat",
      met: undefined,
    },
  ];
}
