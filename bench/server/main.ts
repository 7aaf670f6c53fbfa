/**
 * `npm run bench:server`: row W7 of the performance goals and the rows of idle clients, fan-out, growth and first sync, over SQLite and
 * PostgreSQL, each beside raw floors of the same run on this machine. `-- w7 hot` runs some parts; `--quick` is small; `--million` adds the
 * first sync of a million records. Curves of what changes cost as a space grows go to `docs/guide/images/growth.svg`.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inDirectory } from "../directory.ts";
import { ms, printTable, rate, type Line } from "../table.ts";
import { openDatabases, type Databases } from "./databases.ts";
import { deliver, fanOut } from "./fan-out.ts";
import { firstSync } from "./first-sync.ts";
import { broadcastFloor, echoFloor, postgresFloor, sqliteFloor, startSocketFloor } from "./floors.ts";
import { growByHistory, growByRecords, growByReplicas, type GrowthPoint } from "./growth.ts";
import { idleBytes, idleFloorBytes } from "./idle.ts";
import { startInstance } from "./instance.ts";
import { liveAcross } from "./live.ts";
import { plot } from "./plot.ts";
import { sustain } from "./sustained.ts";

const parts = ["w7", "hot", "idle", "sync", "live", "growth"] as const;
const asked = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const quick = process.argv.includes("--quick");
const million = process.argv.includes("--million");
const wants = (part: (typeof parts)[number]): boolean => asked.length === 0 || asked.includes(part);
const seconds = quick ? 2 : 6;
const line = (work: string, ours: string, rest: Partial<Line> = {}): Line => ({
  work,
  ours,
  floor: "",
  ratio: "",
  aim: "",
  met: undefined,
  ...rest,
});
const perMiB = 1024 * 1024;
const mib = (bytes: number): string => `${(bytes / perMiB).toFixed(0)} MiB`;
const number = (value: number): string => value.toLocaleString("en");

const unknown = asked.filter((word) => !(parts as readonly string[]).includes(word));
if (unknown.length > 0) throw new Error(`There is no part "${unknown.join(", ")}": it is one of ${parts.join(", ")}.`);

await inDirectory("disk", async (directory) => {
  const databases = await openDatabases();
  try {
    for (const store of ["sqlite", "postgres"] as const) {
      await show("w7", `W7  sustained edits over ${store}`, () => sustained(store, directory, databases));
      await show("hot", `one hot space over ${store}`, () => hot(store, directory, databases));
      await show("sync", `first sync over ${store}`, () => syncs(store, directory, databases));
      await show("growth", `what one change costs as a space grows, over ${store}`, () => growth(store, directory, databases));
    }
    await show("idle", "idle connected clients", () => idle(directory));
    await show("live", "live edit and instances, PostgreSQL and Redis", () => instances(directory, databases));
  } finally {
    await databases.close();
  }
});

type Store = "sqlite" | "postgres";

/** One that fails says so, and the others are run all the same. */
async function show(part: (typeof parts)[number], title: string, run: () => Promise<readonly Line[]>): Promise<void> {
  if (!wants(part)) return;
  const startMs = performance.now();
  try {
    printTable(title, await run());
  } catch (error) {
    process.exitCode = 1;
    process.stdout.write(`\n${title}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
  process.stdout.write(`  (${((performance.now() - startMs) / 1_000).toFixed(0)} s)\n`);
}

function optionsOf(store: Store, directory: string, databases: Databases) {
  return store === "sqlite"
    ? { sqlite: join(directory, `r0-${process.hrtime.bigint()}.db`) }
    : { postgres: databases.postgresUrl, redis: databases.redisUrl };
}

async function sustained(store: Store, directory: string, databases: Databases): Promise<readonly Line[]> {
  const lines: Line[] = [];
  const instance = await startInstance(optionsOf(store, directory, databases));
  const socket = await startSocketFloor();
  const before = await databases.bytes(store);
  let edits = 0;
  for (const clients of quick ? [1, 64] : [1, 8, 64, 1_000]) {
    const connections = Math.min(32, clients);
    const floor =
      store === "sqlite" ? sqliteFloor(directory, 1, seconds / 3) : await postgresFloor(databases.postgresUrl, connections, 1, seconds / 3);
    const echo = await echoFloor(socket, clients, seconds / 3);
    const found = await sustain([instance], { clients, editsPerPush: 1, seconds });
    edits += found.editsPerSecond * seconds;
    lines.push(
      line(`${number(clients)} clients, one edit a push`, `${rate(found.editsPerSecond)}, ${ms(found.p50Ms)} p50, ${ms(found.p99Ms)} p99`, {
        floor: `${rate(floor)} single inserts, ${rate(echo.perSecond)} echoes`,
        ratio: `${(found.editsPerSecond / floor).toFixed(2)}, ${(found.editsPerSecond / echo.perSecond).toFixed(2)}`,
        ...(clients >= 64 ? aimOfRate(store, found.editsPerSecond) : {}),
      }),
      line("… server CPU an edit", `${found.cpuUsPerEdit.toFixed(0)} µs`, {
        floor: `${echo.serverCpuUs.toFixed(0)} µs a bare echo`,
        ratio: (found.cpuUsPerEdit / echo.serverCpuUs).toFixed(1),
        ...(clients >= 64 ? { aim: "≤ 120 µs", met: found.cpuUsPerEdit <= 120 } : {}),
      }),
    );
  }
  const unnest =
    store === "sqlite" ? sqliteFloor(directory, 100, seconds / 3) : await postgresFloor(databases.postgresUrl, 8, 100, seconds / 3);
  const grouped = await sustain([instance], { clients: 64, editsPerPush: 20, seconds });
  lines.push(
    line("64 clients, twenty edits a push", `${rate(grouped.editsPerSecond)}, ${grouped.cpuUsPerEdit.toFixed(0)} µs server CPU an edit`, {
      floor: `${rate(unnest)} rows in hundreds`,
      ratio: (grouped.editsPerSecond / unnest).toFixed(2),
    }),
  );
  const after = await databases.bytes(store);
  if (before !== undefined && after !== undefined)
    lines.push(
      line("database bytes an edit, indexes included", `${((after - before) / (edits + grouped.editsPerSecond * seconds)).toFixed(0)} B`),
    );
  socket.stop();
  await instance.stop();
  return lines;
}

function aimOfRate(store: Store, perSecond: number): Partial<Line> {
  const aim = store === "sqlite" ? 8_000 : 5_000;
  return { aim: `≥ ${rate(aim)}`, met: perSecond >= aim };
}

async function hot(store: Store, directory: string, databases: Databases): Promise<readonly Line[]> {
  const followers = quick ? 200 : 1_000;
  const edits = quick ? 30 : 100;
  const socket = await startSocketFloor();
  const raw = await broadcastFloor(socket, followers, edits);
  socket.stop();
  const instance = await startInstance(optionsOf(store, directory, databases));
  const paced = await fanOut(instance, followers, 100, quick ? 3 : 10);
  const bare = await deliver(instance, followers, edits);
  await instance.stop();
  return [
    line(`100 edits/s to ${number(followers)} followers`, `${ms(paced.p50Ms)} p50, ${ms(paced.p99Ms)} p99`, {
      aim: "p99 ≤ 250 ms",
      met: paced.p99Ms <= 250,
    }),
    line("… of the deliveries came as a change", `${((100 * paced.deliveries) / paced.expected).toFixed(1)} %`),
    line("… server CPU a delivery", `${paced.serverCpuUsPerDelivery.toFixed(1)} µs`, {
      floor: `${raw.serverCpuUs.toFixed(1)} µs bare ws`,
      ratio: (paced.serverCpuUsPerDelivery / raw.serverCpuUs).toFixed(2),
    }),
    line("one edit after another, each durable and delivered", `${rate(bare.perSecond)} deliveries`, {
      floor: `${rate(raw.perSecond)} bare ws`,
      ratio: (bare.perSecond / raw.perSecond).toFixed(2),
      aim: "≥ 0.6 of raw",
      met: bare.perSecond >= 0.6 * raw.perSecond,
    }),
    line("… server CPU a delivery", `${bare.serverCpuUs.toFixed(1)} µs`, {
      floor: `${raw.serverCpuUs.toFixed(1)} µs bare ws`,
      ratio: (bare.serverCpuUs / raw.serverCpuUs).toFixed(2),
    }),
  ];
}

async function idle(directory: string): Promise<readonly Line[]> {
  const clients = quick ? 1_000 : 10_000;
  const socket = await startSocketFloor();
  const floor = await idleFloorBytes(socket, clients);
  socket.stop();
  const instance = await startInstance({ sqlite: join(directory, "idle.db") });
  const ours = await idleBytes(instance, clients);
  await instance.stop();
  return [
    line(`${number(clients)} clients in spaces of their own`, `${(ours / 1024).toFixed(1)} KiB each`, {
      floor: `${(floor / 1024).toFixed(1)} KiB bare ws`,
      ratio: (ours / floor).toFixed(2),
      aim: "≤ 20 KiB",
      met: ours <= 20 * 1024,
    }),
  ];
}

async function syncs(store: Store, directory: string, databases: Databases): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const records of quick ? [2_000] : million ? [10_000, 1_000_000] : [10_000, 100_000]) {
    const instance = await startInstance(optionsOf(store, directory, databases));
    const found = await firstSync(instance, directory, records);
    await instance.stop();
    lines.push(
      line(`${number(records)} records`, `${(found.tookMs / 1_000).toFixed(2)} s, ${(found.wireBytes / records).toFixed(0)} B a record`),
      line("… memory above the start, at the peak", `device ${mib(found.clientGrewBytes)}, server ${mib(found.serverGrewBytes)}`, {
        aim: "flat",
      }),
    );
  }
  return lines;
}

async function instances(directory: string, databases: Databases): Promise<readonly Line[]> {
  const lines: Line[] = [];
  const options = optionsOf("postgres", directory, databases);
  const [a, b, c] = await Promise.all([startInstance(options), startInstance(options), startInstance(options)]);
  const times = await liveAcross(directory, a, b, quick ? 50 : 300);
  const p50 = times[Math.floor(times.length * 0.5)] ?? Number.NaN;
  const p99 = times[Math.floor(times.length * 0.99)] ?? Number.NaN;
  lines.push(line("live A → B across two instances", `${ms(p50)} p50, ${ms(p99)} p99`, { aim: "p50 ≤ 8 ms", met: p50 <= 8 }));
  for (const some of [[a], [a, b], [a, b, c]]) {
    const found = await sustain(some, { clients: 64, editsPerPush: 1, seconds });
    lines.push(
      line(
        `64 clients over ${some.length} instance${some.length > 1 ? "s" : ""}`,
        `${rate(found.editsPerSecond)}, ${found.cpuUsPerEdit.toFixed(0)} µs CPU an edit`,
      ),
    );
  }
  await Promise.all([a.stop(), b.stop(), c.stop()]);
  return lines;
}

async function growth(store: Store, directory: string, databases: Databases): Promise<readonly Line[]> {
  const instance = await startInstance(optionsOf(store, directory, databases));
  const sizes = quick ? [100, 1_000] : [100, 1_000, 10_000, 100_000];
  const writers = quick ? [1, 10] : [1, 10, 100, 1_000];
  // The first sizes would else pay for what is compiled.
  for (let n = 0; n < (quick ? 1 : 8); n++) await growByHistory(instance, [100]);
  const found: Readonly<Record<string, readonly GrowthPoint[]>> = {
    "records in the space": await growByRecords(instance, sizes),
    "changes in its history": await growByHistory(instance, sizes),
    "replicas that have written": await growByReplicas(instance, writers),
  };
  await instance.stop();
  if (!quick) drawGrowth(store, found);
  return Object.entries(found).flatMap(([name, points]) =>
    points.map((point) =>
      line(
        `${number(point.size)} ${name}`,
        `push ${ms(point.pushMs)}, ${point.pushCpuUs.toFixed(0)} µs server CPU; 100 changes: ${(point.catchUpBytes / 1_000).toFixed(1)} kB, ${ms(point.catchUpMs)}`,
      ),
    ),
  );
}

function drawGrowth(store: Store, found: Readonly<Record<string, readonly GrowthPoint[]>>): void {
  const panels = Object.entries(found).flatMap(([name, points]) => [
    {
      title: `Push of one edit (${store})`,
      xName: name,
      yName: "µs of the server's processor",
      curves: [{ name: "push", points: points.map(({ size, pushCpuUs }) => ({ x: size, y: pushCpuUs })) }],
    },
    {
      title: "Catching up with 100 changes",
      xName: name,
      yName: "kB",
      curves: [{ name: "bytes", points: points.map(({ size, catchUpBytes }) => ({ x: size, y: catchUpBytes / 1_000 })) }],
    },
  ]);
  writeFileSync(join(import.meta.dirname, `../../docs/guide/images/growth-${store}.svg`), plot(panels, 2));
}
