/**
 * F01 as the field reports it: what commits late is skipped for ever by who has read further. Several instances write to the same spaces,
 * commits are held open for random times, readers follow by cursor. `HOLDFAST_STRAGGLER_RUNS=10000` for the long form.
 */
import { batchOf, replicaOf, streamRow } from "@holdfast/conformance";
import type { ServerStore, SpaceId } from "@holdfast/core/engine";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postgresStore } from "./index.ts";
import { type RecordingPool, recordStatements } from "./testing/recording-pool.ts";
import { useTestSchemas } from "./testing/schemas.ts";

const runs = Number(process.env["HOLDFAST_STRAGGLER_RUNS"] ?? 200);
const runsAtOnce = runs > 1_000 ? 50 : 25;
const writers = 8;

function append(store: ServerStore, space: SpaceId, writer: number): Promise<number> {
  return store.transact(space, async (reader) => {
    const { head } = await reader.space();
    return { batch: batchOf(space, { head: head + 1, stream: [streamRow(head + 1, replicaOf(writer))] }), result: head + 1 };
  });
}

const sleep = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));

/** Small, fast, seeded (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe("several instances over one database", () => {
  const schemas = useTestSchemas();
  const opened: { readonly own: pg.Pool; readonly pool: RecordingPool; readonly store: ServerStore }[] = [];
  const stores = (): readonly ServerStore[] => opened.map(({ store }) => store);

  beforeAll(async () => {
    const schema = schemas.fresh();
    for (let i = 0; i < 3; i++) {
      const own = new pg.Pool({ connectionString: schemas.url, max: 10 });
      const pool = recordStatements(own);
      opened.push({ own, pool, store: await postgresStore({ pool, schema, partitions: 2 }) });
    }
  }, 60_000);
  afterAll(async () => {
    for (const { own, store } of opened) {
      await store.close();
      await own.end();
    }
  });

  /** Between a commit's statement and its COMMIT: others see nothing of it, and its rows are there. */
  function holdCommits(delayMs: (spaces: string) => number): void {
    for (const { pool } of opened)
      pool.around = async (query, run, client) => {
        const holdMs = query.name?.startsWith("hf_commit") === true ? delayMs(String(query.values?.[0])) : 0;
        if (holdMs === 0) return run();
        await client.query("BEGIN");
        try {
          const result = await run();
          await sleep(holdMs);
          await client.query("COMMIT");
          return result;
        } catch (error) {
          await client.query("ROLLBACK");
          throw error;
        }
      };
  }

  /** Every change of the space by cursor, as a device does, until `count` were read. */
  async function follow(store: ServerStore, space: SpaceId, count: number, random: () => number): Promise<readonly string[]> {
    const read: string[] = [];
    let cursor = 0;
    while (cursor < count) {
      const [row] = await store.readSpaces([space]);
      const rows = await store.readStream(space, cursor, row?.head ?? 0, { countMax: 5, bytesMax: 1_000 });
      for (const { sequence, replica } of rows) read.push(`${sequence} ${replica}`);
      cursor = rows.at(-1)?.sequence ?? cursor;
      await sleep(random() * 3);
    }
    return read;
  }

  async function run(seed: number): Promise<void> {
    const random = randomOf(seed);
    const space = `run${seed}`;
    const written: string[] = [];
    const followers = stores().map((store) => follow(store, space, writers, random));
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        await sleep(random() * 10);
        const sequence = await append(stores()[writer % opened.length] as ServerStore, space, writer);
        written.push(`${sequence} ${replicaOf(writer)}`);
      }),
    );
    const expected = written.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
    expect(expected.map((each) => Number.parseInt(each, 10))).toEqual(Array.from({ length: writers }, (_, i) => i + 1));
    for (const read of await Promise.all(followers)) expect(read).toEqual(expected);
  }

  it(
    `[PGS4][F01][T5] ${runs} runs of ${writers} writers with stragglers: whoever follows by cursor has every change, once and in order`,
    async () => {
      const random = randomOf(1);
      holdCommits(() => (random() < 0.3 ? random() * (random() < 0.05 ? 60 : 6) : 0));
      for (let seed = 0; seed < runs; seed += runsAtOnce)
        await Promise.all(Array.from({ length: Math.min(runsAtOnce, runs - seed) }, (_, i) => run(seed + i)));
    },
    60_000 + runs * 500,
  );

  it("[PGS4][F01][F71] a transaction that is held open delays its own space and no other, and what comes after it in its space is read after it", async () => {
    await Promise.all(
      ["held", ...Array.from({ length: 20 }, (_, i) => `free${i}`)].map((space) => append(stores()[0] as ServerStore, space, 0)),
    );
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const [first, second] = opened;
    if (first === undefined || second === undefined) throw new Error("no stores");
    holdCommits(() => 0);
    first.pool.around = async (query, send, client) => {
      if (query.name?.startsWith("hf_commit") !== true || !String(query.values?.[0]).includes("held")) return send();
      await client.query("BEGIN");
      const result = await send();
      await held;
      await client.query("COMMIT");
      return result;
    };
    const straggler = append(first.store, "held", 1);
    await sleep(50);
    const behind = append(second.store, "held", 2);
    const startMs = performance.now();
    for (let round = 0; round < 5; round++)
      await Promise.all(
        [first, second].flatMap(({ store }, i) => Array.from({ length: 10 }, (_, n) => append(store, `free${i * 10 + n}`, 3))),
      );
    const tookMs = performance.now() - startMs;
    expect((await second.store.readSpaces(["held"]))[0]?.head).toBe(1);
    expect(await second.store.readStream("held", 1, 9, { countMax: 9, bytesMax: 999 })).toEqual([]);
    release();
    expect([await straggler, await behind]).toEqual([2, 3]);
    expect((await second.store.readStream("held", 0, 9, { countMax: 9, bytesMax: 999 })).map(({ replica }) => replica)).toEqual(
      [0, 1, 2].map(replicaOf),
    );
    // A hundred commits beside it, in rounds of ten; far below any bound of the held one.
    expect(tookMs).toBeLessThan(4_000);
  });
});
