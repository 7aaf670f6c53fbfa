/** One device's first sync in a process of its own, so that its memory is its own: argv is the server's URL, the space and the file. */
import { openReplica } from "@holdfast/client/node";
import { schema } from "../schema.ts";

const [url = "", space = "", path = ""] = process.argv.slice(2);
const beforeBytes = process.memoryUsage.rss();
let peakBytes = beforeBytes;
const watch = setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
}, 20);
const start = performance.now();
const replica = await openReplica({ schema, path, spaces: [space], auth: () => "bench", server: url });
await new Promise<void>((resolve) => {
  const look = (): void => {
    if (replica.status().spaces[space]?.synced === true) resolve();
  };
  replica.on("status", look);
  look();
});
const tookMs = performance.now() - start;
clearInterval(watch);
await replica.close();
process.stdout.write(JSON.stringify({ tookMs, grewBytes: peakBytes - beforeBytes }));
