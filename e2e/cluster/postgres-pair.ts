/**
 * A primary and its synchronous standby, with real streaming replication: a commit is told of only when both have it on disk, so that nothing
 * that was acknowledged is lost with the primary. The settings are those of `deploy/postgres/node.conf`; only memory is small.
 */
import { execFile } from "node:child_process";
import { appendFileSync, chmodSync, chownSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { findPostgres, serviceUser } from "./programs.ts";
import { type Service, startService, untilReady } from "./service.ts";

export interface PostgresNode {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  /** SIGKILL to all of its processes' parent: the others notice and end. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends as after a power failure, and starts again: recovery from the log. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresPair {
  readonly nodes: readonly [PostgresNode, PostgresNode];
  /** The standby becomes the primary. Resolves when it takes writes. */
  promote(): Promise<void>;
  /** The old primary comes back as the new one's synchronous standby, from a fresh base backup. */
  rejoin(): Promise<void>;
  stop(): Promise<void>;
}

const run = promisify(execFile);
const superuser = "holdfast";

/** What a deployment runs with, and what this machine needs otherwise. */
const settings = (port: number, folder: string): string => `
include '${join(folder, "node.conf")}'
listen_addresses = '127.0.0.1'
port = ${port}
unix_socket_directories = '${folder}'
shared_buffers = 64MB
wal_receiver_status_interval = 1s
wal_receiver_timeout = 5s
wal_sender_timeout = 5s
log_min_messages = warning
`;

const synchronous = "synchronous_standby_names = 'FIRST 1 (standby)'\n";

export async function startPostgresPair(folder: string, ports: readonly [number, number]): Promise<PostgresPair> {
  const bin = findPostgres();
  const user = serviceUser();
  const as = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  const dataOf = (index: number): string => join(folder, `data-${index}`);
  mkdirSync(folder, { recursive: true });
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  copyFileSync(new URL("../../deploy/postgres/node.conf", import.meta.url), join(folder, "node.conf"));
  chmodSync(join(folder, "node.conf"), 0o644);
  const execute = (program: string, args: readonly string[]): Promise<unknown> =>
    run(join(bin, program), [...args], { ...as, cwd: folder, env: { ...process.env, LC_ALL: "C" } });
  const own = (path: string): void => {
    if (user !== undefined) chownSync(path, user.uid, user.gid);
  };

  function node(index: 0 | 1): PostgresNode {
    const name = `postgres-${index + 1}`;
    const port = ports[index];
    const url = urlOf(port, "postgres");
    let service: Service | undefined;
    const self: PostgresNode = {
      name,
      port,
      url,
      async start() {
        const logFile = join(folder, `${name}.log`);
        service = startService({ name, command: join(bin, "postgres"), args: ["-D", dataOf(index)], logFile, user });
        await untilReady(service, () => asks(url, "SELECT 1"));
      },
      async kill() {
        await service?.signal("SIGKILL");
      },
      async restart() {
        await service?.signal("SIGQUIT");
        await self.start();
      },
      // Not SIGTERM, which waits for every client to go.
      async stop() {
        await service?.signal("SIGINT");
      },
    };
    return self;
  }

  const nodes = [node(0), node(1)] as const;
  const follow = async (index: 0 | 1, from: 0 | 1): Promise<void> => {
    const target = dataOf(index);
    await execute("pg_basebackup", [
      "-h",
      "127.0.0.1",
      "-p",
      String(ports[from]),
      "-U",
      superuser,
      "-D",
      target,
      "-X",
      "stream",
      "-c",
      "fast",
    ]);
    writeFileSync(join(target, "postgresql.conf"), settings(ports[index], folder));
    appendFileSync(
      join(target, "postgresql.conf"),
      `primary_conninfo = 'host=127.0.0.1 port=${ports[from]} user=${superuser} application_name=standby'\n`,
    );
    writeFileSync(join(target, "standby.signal"), "");
    own(join(target, "standby.signal"));
    await nodes[index].start();
    // From here on a commit waits for the standby.
    appendFileSync(join(dataOf(from), "postgresql.conf"), synchronous);
    await query(nodes[from].url, "SELECT pg_reload_conf()");
    await until(
      async () => asks(nodes[from].url, "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"),
      "the standby is synchronous",
    );
  };

  await execute("initdb", ["-D", dataOf(0), "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions"]);
  writeFileSync(join(dataOf(0), "postgresql.conf"), settings(ports[0], folder));
  await nodes[0].start();
  await query(nodes[0].url, "CREATE DATABASE holdfast");
  await follow(1, 0);

  return {
    nodes,
    async promote() {
      await query(nodes[1].url, "SELECT pg_promote(true, 30)");
      await until(async () => asks(nodes[1].url, "SELECT 1 WHERE NOT pg_is_in_recovery()"), "the standby is promoted");
    },
    async rejoin() {
      await nodes[0].kill();
      await run("rm", ["-rf", dataOf(0)]);
      await follow(0, 1);
    },
    async stop() {
      await Promise.all(nodes.map((each) => each.stop()));
    },
  };
}

export function urlOf(port: number, database: string): string {
  return `postgres://${superuser}@127.0.0.1:${port}/${database}`;
}

export async function query(url: string, sql: string, parameters: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(sql, [...parameters])).rows as Record<string, unknown>[];
  } finally {
    await client.end().catch(() => {});
  }
}

/** True if it gives a row. */
async function asks(url: string, sql: string): Promise<boolean> {
  return (await query(url, sql)).length > 0;
}

async function until(holds: () => Promise<boolean>, what: string, msMax = 30_000): Promise<void> {
  const startMs = performance.now();
  while (!(await holds().catch(() => false))) {
    if (performance.now() - startMs > msMax) throw new Error(`${what}: not within ${msMax} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
