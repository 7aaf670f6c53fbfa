/** A device's first sync of a large space: time, bytes on the wire, and how far memory rises on each side. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { startRelay } from "../byte-relay.ts";
import type { Instance } from "./instance.ts";

export interface FirstSync {
  readonly tookMs: number;
  readonly wireBytes: number;
  readonly clientGrewBytes: number;
  readonly serverGrewBytes: number;
}

export async function firstSync(instance: Instance, directory: string, records: number): Promise<FirstSync> {
  const space = `sync-${records}-${Date.now()}`;
  await instance.tell({ type: "populate", space, records });
  const relay = await startRelay(instance.port);
  const before = (await instance.tell({ type: "usage" })).rssBytes ?? 0;
  let peak = before;
  const watch = setInterval(() => {
    void instance.tell({ type: "now" }).then(({ rssBytes }) => {
      peak = Math.max(peak, rssBytes ?? 0);
    });
  }, 250);
  const program = join(import.meta.dirname, "sync.program.ts");
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=holdfast-source", program, `http://127.0.0.1:${relay.port}`, space, join(directory, `${space}.db`)],
    { maxBuffer: 1024 * 1024 },
  );
  clearInterval(watch);
  const { up, down } = relay.count();
  relay.close();
  const said = JSON.parse(stdout) as { tookMs: number; grewBytes: number };
  return { tookMs: said.tookMs, wireBytes: up + down, clientGrewBytes: said.grewBytes, serverGrewBytes: peak - before };
}
