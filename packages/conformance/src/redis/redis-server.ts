/**
 * A Redis for tests: the one at HOLDFAST_REDIS_URL, where a test only uses it; else, and where a test ends and restarts it, a redis-server of
 * this machine, on a free port of loopback and without files. A machine without one fails, and says which package is missing.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer as createTcpServer, type AddressInfo, createConnection } from "node:net";

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Again, at the same port, and empty. */
  start(): Promise<void>;
  /** It lives, and answers nothing (SIGSTOP), until `resume`. */
  suspend(): void;
  resume(): void;
}

/** Names of channels and keys that no other test of a shared Redis has. */
export function testPrefix(): string {
  return `holdfast-test-${randomBytes(6).toString("hex")}`;
}

const startMsMax = 10_000;

/** A process of its own. */
export async function startTestRedis(): Promise<TestRedis> {
  const port = await freePort();
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = await launch(port);
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    start,
    async kill() {
      const dying = child;
      child = undefined;
      if (dying === undefined || dying.exitCode !== null) return;
      const exited = once(dying, "exit");
      dying.kill("SIGKILL");
      await exited;
    },
    suspend: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
  };
}

/** Whichever there is, to be used and left as it is. */
export async function useTestRedis(): Promise<{ readonly url: string; dispose(): Promise<void> }> {
  const url = process.env["HOLDFAST_REDIS_URL"];
  if (url !== undefined && url !== "") return { url, dispose: async () => {} };
  const redis = await startTestRedis();
  return { url: redis.url, dispose: () => redis.kill() };
}

async function launch(port: number): Promise<ChildProcess> {
  const options = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"];
  const child = spawn("redis-server", options, { stdio: "ignore" });
  const failed = new Promise<never>((_, reject) => {
    child.once("error", () =>
      reject(
        new Error(
          "These tests need Redis, and there is no redis-server: install Debian's package redis-server (apt-get install redis-server), or name one in HOLDFAST_REDIS_URL.",
        ),
      ),
    );
    child.once("exit", (code) => reject(new Error(`redis-server has ended at once, with exit code ${String(code)}.`)));
  });
  failed.catch(() => {});
  // Never longer than the test's process.
  process.once("exit", () => child.kill("SIGKILL"));
  await Promise.race([failed, untilOpen(port)]);
  return child;
}

async function untilOpen(port: number): Promise<void> {
  for (const endMs = performance.now() + startMsMax; performance.now() < endMs; ) {
    const socket = createConnection(port, "127.0.0.1");
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`redis-server does not listen after ${startMsMax} ms.`);
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
