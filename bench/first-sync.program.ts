/**
 * `npm run bench:first-sync`: a new replica receives a large space over a network that breaks once in a while (F68), beside the same over one that
 * does not. `--records 1000000 --cut-ms 30000 --rate 500000` (bytes a second towards the replica; 0: as fast as it goes).
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { type RelayOptions, startRelay } from "./byte-relay.ts";
import { inDirectory } from "./directory.ts";
import { openBench, space, untilSynced } from "./replicas.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "1000000" },
    "cut-ms": { type: "string", default: "30000" },
    rate: { type: "string", default: "500000" },
  },
});
const records = Number(values.records);
const cutMs = Number(values["cut-ms"]);
const rate = Number(values.rate);
const megabytes = (count: number): string => `${(count / 1_000_000).toFixed(1)} MB`;

interface Run {
  readonly tookMs: number;
  readonly bytes: number;
  readonly cuts: number;
}

async function syncOnce(server: ServerProcess, directory: string, name: string, options: RelayOptions): Promise<Run> {
  const relay = await startRelay(server.port, options);
  const delay = monitorEventLoopDelay({ resolution: 10 });
  const before = process.memoryUsage();
  let [heap, rss, serverRss] = [0, 0, 0];
  const watch = setInterval(() => {
    const now = process.memoryUsage();
    heap = Math.max(heap, now.heapUsed - before.heapUsed);
    rss = Math.max(rss, now.rss);
    void server.tell({ type: "usage" }).then(({ rssBytes }) => {
      serverRss = Math.max(serverRss, rssBytes ?? 0);
    });
  }, 1_000);
  const start = performance.now();
  const replica = await openBench(directory, name, relay.port);
  delay.enable();
  await untilSynced(replica);
  const tookMs = performance.now() - start;
  delay.disable();
  clearInterval(watch);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const { up, down } = relay.count();
  const count = await replica.space(space).notes.count();
  if (count !== records) throw new Error(`${count} of ${records} records arrived`);
  await replica.close();
  relay.close();
  process.stdout.write(
    `${name}: ${(tookMs / 1_000).toFixed(1)} s, ${megabytes(up + down)}, ${relay.cuts} cuts; ` +
      `replica: heap +${megabytes(heap)} at the peak, RSS ${megabytes(rss)}, longest block ${Math.round(delay.max / 1e6)} ms; ` +
      `r0: RSS ${megabytes(serverRss)} at the peak\n`,
  );
  return { tookMs, bytes: up + down, cuts: relay.cuts };
}

await inDirectory("disk", async (directory) => {
  process.stdout.write(`filling r0 with ${records.toLocaleString("en")} records …\n`);
  const server = await startServer(directory);
  await server.tell({ type: "fill", space, records });
  const { stateBytes } = await server.tell({ type: "inspect", space });
  process.stdout.write(`r0 holds ${megabytes(stateBytes ?? 0)} of states\n`);
  const slow = rate === 0 ? {} : { bytesPerSecond: rate };
  const smooth = await syncOnce(server, directory, "uninterrupted", {});
  const cut = await syncOnce(server, directory, "interrupted", { cutMs, ...slow });
  await server.stop();
  const ratio = cut.bytes / smooth.bytes;
  process.stdout.write(`interrupted ${cut.cuts} times, it took ${ratio.toFixed(3)} times the bytes (at most 1.2)\n`);
  if (ratio > 1.2 || cut.cuts === 0) process.exitCode = 1;
});
