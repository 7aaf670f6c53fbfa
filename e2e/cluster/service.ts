/** A program that serves: started, watched, killed by pid, its output kept in a file. Nothing is left running when this process ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";

export interface ServiceOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** PostgreSQL refuses to run as root. */
  readonly user?: ServiceUser | undefined;
}

export interface ServiceUser {
  readonly uid: number;
  readonly gid: number;
}

export interface Service {
  readonly name: string;
  readonly pid: number;
  running(): boolean;
  /** What it has said, for whoever looks for the reason. */
  log(): string;
  /** Resolves when it is gone. */
  signal(signal: NodeJS.Signals): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
// Without a listener a signal ends a process before it has ended what it has started.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(1);
  });

export function startService({ name, command, args, logFile, environment, user }: ServiceOptions): Service {
  const output = openSync(logFile, "a");
  const child = spawn(command, [...args], {
    stdio: ["ignore", output, output],
    env: { ...process.env, NODE_OPTIONS: "", ...environment },
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
  });
  closeSync(output);
  running.add(child);
  let alive = true;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      alive = false;
      running.delete(child);
      resolve();
    };
    child.on("exit", end);
    child.on("error", end);
  });
  return {
    name,
    pid: child.pid ?? 0,
    running: () => alive,
    log: () => readFileSync(logFile, "utf8").slice(-4_000),
    async signal(signal) {
      if (alive) child.kill(signal);
      await ended;
    },
  };
}

/** Free now, and soon taken by whom it is given to. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { readonly port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Asks until the answer is yes; if the service ends before, says why. */
export async function untilReady(service: Service, holds: () => Promise<boolean>, msMax = 30_000): Promise<void> {
  const startMs = performance.now();
  for (;;) {
    if (await holds().catch(() => false)) return;
    if (!service.running()) throw new Error(`${service.name} has ended:\n${service.log()}`);
    if (performance.now() - startMs > msMax) throw new Error(`${service.name} is not ready after ${msMax} ms:\n${service.log()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
