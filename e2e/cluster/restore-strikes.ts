/**
 * The runbook of docs/guide/disaster-recovery.md, carried out while the devices go on writing: the database is put back to an older backup, gets a
 * new epoch, and the instances start again.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { query, urlOf } from "./postgres-pair.ts";
import { findPostgres } from "./programs.ts";
import type { Strike } from "./strikes.ts";
import type { Topology } from "./topology.ts";

const run = promisify(execFile);
const backupOf = (topology: Topology): string => join(topology.folder, "backup.dump");

export async function backUp(topology: Topology): Promise<void> {
  const url = urlOf(topology.postgres.nodes[0].port, "holdfast");
  await run(join(findPostgres(), "pg_dump"), ["--format=custom", `--file=${backupOf(topology)}`, url]);
}

export async function restore(topology: Topology, { flush }: { readonly flush: boolean }): Promise<string> {
  const { instances, postgres, redis } = topology;
  const [primary] = postgres.nodes;
  await Promise.all(instances.map((instance) => instance.kill()));
  await query(primary.url, "DROP DATABASE holdfast WITH (FORCE)");
  await query(primary.url, "CREATE DATABASE holdfast");
  const url = urlOf(primary.port, "holdfast");
  await run(join(findPostgres(), "pg_restore"), ["--exit-on-error", `--dbname=${url}`, backupOf(topology)]);
  const said = await topology.command("new-epoch", "--postgres", url);
  if (flush) await redis.flush();
  for (const instance of instances) await instance.start();
  return said;
}

export const restoreStrikes: readonly Strike[] = [
  { at: 0.2, what: "backup", on: "postgres", run: backUp },
  { at: 0.45, what: "restored from it", on: "postgres", run: async (topology) => void (await restore(topology, { flush: false })) },
  {
    at: 0.8,
    what: "restored from it again, Redis flushed",
    on: "postgres",
    afterConfirmed: 10,
    run: async (topology) => void (await restore(topology, { flush: true })),
  },
];
