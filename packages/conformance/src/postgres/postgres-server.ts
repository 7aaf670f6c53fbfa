/** A PostgreSQL of a test's own: in a temporary folder, on loopback, durable as in earnest, and gone when the test is. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPostgres } from "./find-postgres.ts";

export interface PostgresServer {
  /** Of the database "postgres", as its superuser. */
  readonly url: string;
  /** SIGKILL to the server's first process: the others end when they notice. */
  kill(): Promise<void>;
  /** SIGQUIT: every backend ends at once, as in a crash; `start` recovers. */
  crash(): Promise<void>;
  /** Resolves when it takes connections. */
  start(): Promise<void>;
  /** Ends it, and removes its folder. */
  dispose(): Promise<void>;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

const superuser = "holdfast";
const startMsMax = 30_000;

/** `settings`: lines of postgresql.conf by name. */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
  const bin = await findPostgres();
  const user = serviceUser();
  const as = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  const folder = mkdtempSync(join(tmpdir(), "holdfast-postgres-"));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const env = { ...process.env, LC_ALL: "C" };
  execFileSync(join(bin, "initdb"), ["-D", data, "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"], {
    ...as,
    cwd: folder,
    env,
    stdio: "pipe",
  });
  const port = await freePort();
  const lines = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: folder,
    shared_buffers: "64MB",
    max_connections: "100",
    ...settings,
  };
  writeFileSync(
    join(data, "postgresql.conf"),
    Object.entries(lines)
      .map(([name, value]) => `${name} = '${value}'\n`)
      .join(""),
  );
  let child: ChildProcess | undefined;
  let log = "";

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      ending.once("exit", () => resolve());
      ending.kill(signal);
    });
  }

  const server: PostgresServer = {
    url: `postgres://${superuser}@127.0.0.1:${port}/postgres`,
    async start() {
      const startMs = performance.now();
      for (;;) {
        const started = spawn(join(bin, "postgres"), ["-D", data], { ...as, cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
        child = started;
        log = "";
        started.stderr?.on("data", (text: Buffer) => {
          log = (log + text.toString()).slice(-4_096);
        });
        while (started.exitCode === null && !(log.includes("ready to accept connections") && (await accepts(port)))) {
          if (performance.now() - startMs > startMsMax) throw new Error(`PostgreSQL did not start: ${log}`);
          await sleep(20);
        }
        if (started.exitCode === null) return;
        // After SIGKILL the old server's last processes may still hold its memory.
        if (performance.now() - startMs > startMsMax) throw new Error(`PostgreSQL did not start: ${log}`);
        await sleep(200);
      }
    },
    kill: () => end("SIGKILL"),
    crash: () => end("SIGQUIT"),
    async dispose() {
      await end("SIGQUIT");
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
  // A test that ends without saying so leaves nothing behind.
  process.once("exit", () => child?.kill("SIGQUIT"));
  try {
    await server.start();
  } catch (error) {
    await server.dispose();
    throw error;
  }
  return server;
}

function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** PostgreSQL refuses to run as root. */
function serviceUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"])
    try {
      const id = (option: string): number => Number(execFileSync("id", [option, name], { encoding: "utf8", stdio: "pipe" }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // The next one.
    }
  throw new Error("PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as.");
}
