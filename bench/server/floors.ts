/** What the machine gives with nothing of ours on it, measured in the same run: bare sockets, bare PostgreSQL, bare SQLite. */
import { fork } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { Pool } from "pg";
import { WebSocket } from "ws";
import { BareSqlite } from "../floor.ts";
import { bodyOf } from "../note-text.ts";
import type { Delivered } from "./fan-out.ts";
import { inGroups } from "./sustained.ts";

export interface SocketFloor {
  readonly port: number;
  usage(): Promise<{ readonly rssBytes: number; readonly cpuMs: number }>;
  stop(): void;
}

export async function startSocketFloor(): Promise<SocketFloor> {
  const child = fork(join(import.meta.dirname, "socket-floor.program.ts"), { execArgv: ["--conditions=holdfast-source", "--expose-gc"] });
  const answer = <T>() => new Promise<T>((resolve) => child.once("message", (message) => resolve(message as T)));
  const { port } = await answer<{ port: number }>();
  return {
    port,
    usage() {
      const answered = answer<{ rssBytes: number; cpuMs: number }>();
      child.send("usage");
      return answered;
    },
    stop: () => child.disconnect(),
  };
}

export async function openSocket(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", () => resolve());
    socket.once("error", reject);
  });
  return socket;
}

export interface Echoes {
  readonly perSecond: number;
  readonly serverCpuUs: number;
}

/** Round trips a second of so many clients, each with one message under way, and what one costs the far process. */
export async function echoFloor(floor: SocketFloor, clients: number, seconds: number): Promise<Echoes> {
  const sockets: WebSocket[] = [];
  await inGroups(
    Array.from({ length: clients }),
    100,
    async () => void sockets.push(await openSocket(`ws://127.0.0.1:${floor.port}/echo`)),
  );
  const before = await floor.usage();
  const message = Buffer.alloc(120, 7);
  const endMs = performance.now() + seconds * 1_000;
  let trips = 0;
  await Promise.all(
    sockets.map(async (socket) => {
      while (performance.now() < endMs) {
        const back = new Promise((resolve) => socket.once("message", resolve));
        socket.send(message);
        await back;
        trips++;
      }
    }),
  );
  const { cpuMs } = await floor.usage();
  for (const socket of sockets) socket.terminate();
  return { perSecond: trips / seconds, serverCpuUs: ((cpuMs - before.cpuMs) * 1_000) / Math.max(1, trips) };
}

/** Deliveries a second of one message after another to so many followers. */
export async function broadcastFloor(floor: SocketFloor, followers: number, messages: number): Promise<Delivered> {
  let delivered = 0;
  let wake: () => void = () => {};
  const sockets: WebSocket[] = [];
  await inGroups(Array.from({ length: followers }), 100, async () => {
    const socket = await openSocket(`ws://127.0.0.1:${floor.port}/broadcast`);
    socket.on("message", () => {
      delivered++;
      if (delivered % followers === 0) wake();
    });
    sockets.push(socket);
  });
  const author = await openSocket(`ws://127.0.0.1:${floor.port}/broadcast`);
  const message = Buffer.alloc(120, 7);
  const before = await floor.usage();
  const start = performance.now();
  for (let n = 0; n < messages; n++) {
    const all = new Promise<void>((resolve) => {
      wake = resolve;
    });
    author.send(message);
    await all;
  }
  const perSecond = (delivered * 1_000) / (performance.now() - start);
  const { cpuMs } = await floor.usage();
  for (const socket of [...sockets, author]) socket.terminate();
  return { perSecond, serverCpuUs: ((cpuMs - before.cpuMs) * 1_000) / Math.max(1, delivered) };
}

/** Rows a second of PostgreSQL: `rowsEach` 1 is a plain insert, more are one `UNNEST`; each connection has one statement under way. */
export async function postgresFloor(url: string, connections: number, rowsEach: number, seconds: number): Promise<number> {
  const pool = new Pool({ connectionString: url, max: connections });
  await pool.query("CREATE TABLE IF NOT EXISTS bench_floor (space text, sequence bigint, body text, PRIMARY KEY (space, sequence))");
  const endMs = performance.now() + seconds * 1_000;
  const body = bodyOf(1);
  let rows = 0;
  await Promise.all(
    Array.from({ length: connections }, async (_, n) => {
      const space = `floor-${process.hrtime.bigint()}-${n}`;
      let sequence = 0;
      while (performance.now() < endMs) {
        if (rowsEach === 1) await pool.query("INSERT INTO bench_floor VALUES ($1, $2, $3)", [space, ++sequence, body]);
        else {
          const sequences = Array.from({ length: rowsEach }, () => ++sequence);
          await pool.query("INSERT INTO bench_floor SELECT $1, s, $3 FROM UNNEST($2::bigint[]) AS s", [space, sequences, body]);
        }
        rows += rowsEach;
      }
    }),
  );
  await pool.query("DROP TABLE bench_floor");
  await pool.end();
  return rows / seconds;
}

/** Rows a second of SQLite, WAL and FULL, in this process. */
export function sqliteFloor(directory: string, rowsEach: number, seconds: number): number {
  const bare = new BareSqlite(mkdtempSync(join(directory, "floor-")));
  const endMs = performance.now() + seconds * 1_000;
  let rows = 0;
  while (performance.now() < endMs) {
    bare.insert(rowsEach);
    rows += rowsEach;
  }
  bare.close();
  return rows / seconds;
}
