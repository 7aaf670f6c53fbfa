/** A server in its own process that holds so many records, and the file of a replica that has them all. */
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
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
      copyFileSync(join(directory, "synced.db"), join(directory, `${name}.db`));
      nameReplica(join(directory, `${name}.db`));
      return openBench(directory, name, port);
    },
    close: () => server.stop(),
  };
}

/** A replica of its own, as if it had synced by itself: two devices with one id would drive each other out. It has synced and never written. */
function nameReplica(path: string): void {
  const database = new DatabaseSync(path);
  database.prepare("UPDATE _meta SET value = ? WHERE key = 'replica'").run(randomBytes(16).toString("hex"));
  database.close();
}

async function prepare(directory: string, port: number): Promise<void> {
  if (existsSync(join(directory, "synced.db"))) return;
  const replica = await openBench(directory, "synced", port);
  await untilSynced(replica);
  await replica.close();
}
