/**
 * The topology of `compose.yaml` as local processes: PostgreSQL with a synchronous standby, Redis, instances of `holdfast serve`, and HAProxy
 * before the instances and before PostgreSQL, with the configuration of `deploy/haproxy.cfg` itself.
 */
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import { Redis } from "ioredis";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundleInstance } from "./bundle-instance.ts";
import { findProgram } from "./programs.ts";
import { type PostgresPair, query, startPostgresPair, urlOf } from "./postgres-pair.ts";
import { freePorts, type Service, startService, untilReady } from "./service.ts";

export interface Instance {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  readonly metricsUrl: string;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** SIGTERM: it drains, and ends by itself. Resolves with how long that took. */
  drain(): Promise<number>;
  running(): boolean;
}

export interface Topology {
  /** What devices connect to. */
  readonly url: string;
  readonly haproxyFiguresUrl: string;
  /** Through HAProxy: whichever takes writes. */
  readonly postgresUrl: string;
  readonly redisUrl: string;
  readonly instances: readonly Instance[];
  readonly postgres: PostgresPair;
  /** `holdfast …`, of the same version as the instances; resolves with what it says. */
  command(...args: readonly string[]): Promise<string>;
  readonly folder: string;
  readonly redis: { kill(): Promise<void>; start(): Promise<void>; flush(): Promise<void> };
  stop(): Promise<void>;
}

export interface TopologyOptions {
  readonly folder: string;
  readonly instances: number;
  /** The module that `holdfast serve` is given. */
  readonly app: string;
  /** Limits and rates, as `--config` takes them. */
  readonly config?: string;
  readonly told?: (line: string) => void;
}

const root = new URL("../../", import.meta.url).pathname;

export async function startTopology({ folder, instances: count, app, config, told = () => {} }: TopologyOptions): Promise<Topology> {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755); // PostgreSQL's user comes through here
  const ports = await freePorts(6 + 2 * count);
  const [front, figures, postgresFront, postgres1, postgres2, redisPort, ...rest] = ports as readonly [
    number,
    number,
    number,
    number,
    number,
    number,
    ...number[],
  ];
  told("PostgreSQL: a primary and a synchronous standby");
  const postgres = await startPostgresPair(join(folder, "postgres"), [postgres1, postgres2]);
  await query(postgres.nodes[0].url, "CREATE ROLE holdfast_check LOGIN");
  told("Redis");
  const redis = await startRedis(folder, redisPort);
  told("HAProxy");
  const instancePorts = rest.slice(0, count);
  const proxy = await startHaproxy(folder, {
    HAPROXY_MAXCONN: "4000",
    HAPROXY_BIND: `127.0.0.1:${front}`,
    HAPROXY_FIGURES_BIND: `127.0.0.1:${figures}`,
    POSTGRES_BIND: `127.0.0.1:${postgresFront}`,
    POSTGRES_1: `127.0.0.1:${postgres1}`,
    POSTGRES_2: `127.0.0.1:${postgres2}`,
    ...Object.fromEntries(instancePorts.map((port, index) => [`INSTANCE_${index + 1}`, `127.0.0.1:${port}`])),
  });
  const postgresUrl = urlOf(postgresFront, "holdfast");
  await until(async () => (await query(postgresUrl, "SELECT 1")).length === 1, "PostgreSQL through HAProxy");
  const program = await bundleInstance(app);
  const instances = instancePorts.map((port, index) =>
    instanceAt({
      name: `instance-${index + 1}`,
      port,
      metricsPort: rest[count + index] as number,
      folder,
      main: program.main,
      args: [program.app, "--postgres", postgresUrl, "--redis", redis.url, ...(config === undefined ? [] : ["--config", config])],
    }),
  );
  told(`${count} instances`);
  for (const instance of instances) await instance.start();
  const url = `http://127.0.0.1:${front}`;
  await until(async () => (await fetch(`${url}/ready`)).ok, "the front");
  return {
    url,
    haproxyFiguresUrl: `http://127.0.0.1:${figures}`,
    postgresUrl,
    redisUrl: redis.url,
    instances,
    postgres,
    redis,
    folder,
    command: async (...args) => (await promisify(execFile)(process.execPath, [program.main, ...args])).stdout,
    async stop() {
      await Promise.all(instances.map((instance) => instance.kill()));
      await proxy.signal("SIGKILL");
      await redis.kill();
      await postgres.stop();
      program.remove();
    },
  };
}

interface InstancePlace {
  readonly name: string;
  readonly port: number;
  readonly metricsPort: number;
  readonly folder: string;
  readonly main: string;
  readonly args: readonly string[];
}

function instanceAt({ name, port, metricsPort, folder, main, args }: InstancePlace): Instance {
  let service: Service | undefined;
  const url = `http://127.0.0.1:${port}`;
  return {
    name,
    port,
    url,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    async start() {
      service = startService({
        name,
        command: process.execPath,
        args: [
          "--disable-warning=ExperimentalWarning",
          main,
          "serve",
          ...args,
          "--port",
          String(port),
          "--metrics-port",
          String(metricsPort),
        ],
        logFile: join(folder, `${name}.log`),
        environment: { NODE_COMPILE_CACHE: join(folder, "compile-cache") },
      });
      await untilReady(service, async () => (await fetch(`${url}/health`)).ok, 60_000);
    },
    async kill() {
      await service?.signal("SIGKILL");
    },
    async drain() {
      const startMs = performance.now();
      await service?.signal("SIGTERM");
      return performance.now() - startMs;
    },
    running: () => service?.running() === true,
  };
}

async function startRedis(folder: string, port: number) {
  const command = findProgram("redis-server", "redis-server");
  const url = `redis://127.0.0.1:${port}`;
  let service: Service | undefined;
  const ask = async (asked: (client: Redis) => Promise<unknown>): Promise<boolean> => {
    const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
    client.on("error", () => {});
    try {
      await client.connect();
      await asked(client);
      return true;
    } finally {
      client.disconnect();
    }
  };
  const start = async (): Promise<void> => {
    // Nothing is kept: what is in Redis are hints.
    const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder];
    service = startService({ name: "redis", command, args, logFile: join(folder, "redis.log") });
    await untilReady(service, () => ask((client) => client.ping()));
  };
  await start();
  return {
    url,
    start,
    kill: async (): Promise<void> => service?.signal("SIGKILL"),
    flush: async (): Promise<void> => void (await ask((client) => client.flushall())),
  };
}

async function startHaproxy(folder: string, environment: Readonly<Record<string, string>>): Promise<Service> {
  const command = findProgram("haproxy", "haproxy");
  const args = ["-db", "-f", join(root, "deploy/haproxy.cfg")];
  const service = startService({ name: "haproxy", command, args, logFile: join(folder, "haproxy.log"), environment });
  const { HAPROXY_FIGURES_BIND: figures = "" } = environment;
  await untilReady(service, async () => (await fetch(`http://${figures}/health`)).ok);
  return service;
}

async function until(holds: () => Promise<boolean>, what: string, msMax = 60_000): Promise<void> {
  const startMs = performance.now();
  while (!(await holds().catch(() => false))) {
    if (performance.now() - startMs > msMax) throw new Error(`${what}: not within ${msMax} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
