/** A server in its own process that holds so many records, and the file of a replica that has them all. */
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { type BenchReplica, openBench, space, untilSynced } from "./replicas.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

export interface Stage {
  readonly directory: string;
  readonly records: number;
  readonly server: ServerProcess;
  /** Opens the copy of a synced replica's file, as an app that was closed. */
  openSynced(name: string, port?: number): Promise<BenchReplica>;
  close(): Promise<void>;
}

export async function openStage(directory: string, records: number): Promise<Stage> {
  const server = await startServer(directory);
  await server.tell({ type: "populate", space, records });
  return {
    directory,
    records,
    server,
    async openSynced(name, port) {
      await prepare(directory, server.port);
      // Each copy has its own replica id from the start: the file is of a replica that has synced and never written.
      copyFileSync(join(directory, "synced.db"), join(directory, `${name}.db`));
      return openBench(directory, name, port);
    },
    close: () => server.stop(),
  };
}

async function prepare(directory: string, port: number): Promise<void> {
  if (existsSync(join(directory, "synced.db"))) return;
  const replica = await openBench(directory, "synced", port);
  await untilSynced(replica);
  await replica.close();
}
