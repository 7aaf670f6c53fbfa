/**
 * The shared store by itself: turns as an edit makes them (a mark and a record read; a mark, a record, a change and an imprint written),
 * from many writers in spaces of their own or in one, beside the floors of the same run on the same server.
 *
 *     node --conditions=holdfast-source bench/programs/postgres-store.ts [writers] [seconds]
 */
import { openTestPostgres } from "@holdfast/conformance/postgres";
import type { ReplicaId, ServerStore, SpaceId, WriteBatch } from "@holdfast/core/engine";
import { postgresStore } from "@holdfast/server/postgres";
import pg from "pg";

const writers = Number(process.argv[2] ?? 64);
const forMs = Number(process.argv[3] ?? 5) * 1_000;
const state = new Uint8Array(250).fill(7);
const bytes = new Uint8Array(90).fill(9);

async function rate(name: string, writer: (i: number) => Promise<void>, perCall = 1): Promise<void> {
  const untilMs = performance.now() + forMs;
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  let calls = 0;
  await Promise.all(
    Array.from({ length: writers }, async (_, i) => {
      while (performance.now() < untilMs) {
        await writer(i);
        calls++;
      }
    }),
  );
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const edits = calls * perCall;
  console.log(
    `${name.padEnd(44)} ${Math.round(edits / seconds)
      .toLocaleString("en")
      .padStart(9)}/s  ${((user + system) / edits).toFixed(0).padStart(5)} µs of this process`,
  );
}

function edit(store: ServerStore, space: SpaceId, replica: ReplicaId, record: string, count: number): Promise<void> {
  return store.transact(space, async (reader) => {
    const { head } = await reader.space();
    const [[mark]] = await Promise.all([reader.marks([replica]), reader.records([{ collection: "notes", record }])]);
    const next = (mark?.mark ?? 0) + count;
    const batch: WriteBatch = {
      space: { space, head: head + count, lamport: head + count, horizon: 0 },
      marks: [{ space, replica, mark: next, chain: bytes.subarray(0, 8), lamport: head, recordedThrough: 0 }],
      records: [{ collection: "notes", record, state, sequence: head + count, deleted: false }],
      stream: Array.from({ length: count }, (_, i) => ({
        sequence: head + 1 + i,
        replica,
        counterFirst: next,
        counterLast: next,
        bytes,
        atMs: 1,
      })),
      outcomes: [],
      intents: [],
      imprints: [{ replica, counterFirst: next - count + 1, counterLast: next, bytes: bytes.subarray(0, 8 * Math.min(count, 10)) }],
      settled: [],
      collected: [],
      stateBytes: 0,
    };
    return { batch, result: undefined };
  });
}

const postgres = await openTestPostgres();
const floor = new pg.Pool({ connectionString: postgres.url, max: 32 });
await floor.query("CREATE TABLE floor (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, bytes bytea)");
const insert = { name: "i1", text: "INSERT INTO floor (bytes) VALUES ($1)", values: [Buffer.from(state)] };
const many = {
  name: "i100",
  text: "INSERT INTO floor (bytes) SELECT * FROM unnest($1::bytea[])",
  values: [Array.from({ length: 100 }, () => Buffer.from(state))],
};
console.log(`${writers} writers, ${forMs / 1_000} s each`);
await rate("floor: single-row inserts, 32 connections", async () => void (await floor.query(insert)));
await rate("floor: UNNEST inserts of 100", async () => void (await floor.query(many)), 100);
for (const partitions of [0, 8]) {
  const schema = `bench_${partitions}`;
  const sizes: number[] = [];
  const store = await postgresStore({
    url: postgres.url,
    schema,
    partitions,
    observe: (event) => event.type === "commit" && sizes.push(event.batches),
  });
  const replicaOf = (i: number): ReplicaId => i.toString(16).padStart(32, "0") as ReplicaId;
  const said = (): string => `(${(sizes.reduce((a, b) => a + b, 0) / sizes.length).toFixed(1)} batches a commit)`;
  await Promise.all(Array.from({ length: writers }, (_, i) => edit(store, `s${i}`, replicaOf(i), "r0", 1)));
  sizes.length = 0;
  await rate(`${partitions} pieces: spaces of their own`, (i) => edit(store, `s${i}`, replicaOf(i), `r${i % 10}`, 1));
  console.log(`  ${said()}`);
  await rate(`${partitions} pieces: spaces of their own, ten a turn`, (i) => edit(store, `s${i}`, replicaOf(i), `r${i % 10}`, 10), 10);
  await rate(`${partitions} pieces: one space, turns of one edit`, (i) => edit(store, "hot", replicaOf(i), `r${i}`, 1));
  await store.close();
}
await floor.end();
await postgres.dispose();
process.exit(0);
