import { batchOf, commit, recordRow, replicaOf, streamRow } from "@holdfast/conformance";
import { type PostgresServer, startPostgres } from "@holdfast/conformance/postgres";
import type { HoldfastError, ReplicaId, ServerStore, SpaceId } from "@holdfast/core/engine";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postgresStore, type PostgresStoreOptions } from "./index.ts";
import type { PgResult } from "./connections.ts";
import { type RecordingPool, recordStatements } from "./testing/recording-pool.ts";

const sleep = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));
const codeOf = (result: Promise<unknown>): Promise<string> => result.then(() => "none").catch((error: HoldfastError) => error.code);

function append(store: ServerStore, space: SpaceId, replica: ReplicaId = replicaOf(1), ran: () => void = () => {}): Promise<number> {
  return store.transact(space, async (reader) => {
    ran();
    const { head } = await reader.space();
    return { batch: batchOf(space, { head: head + 1, stream: [streamRow(head + 1, replica)] }), result: head + 1 };
  });
}

describe("PostgreSQL that fails", () => {
  let server: PostgresServer;
  let admin: pg.Pool;
  let schemas = 0;
  beforeAll(async () => {
    server = await startPostgres();
    admin = new pg.Pool({ connectionString: server.url, max: 2 });
    admin.on("error", () => {});
  }, 60_000);
  afterAll(async () => {
    await admin.end();
    await server.dispose();
  });

  interface Opened {
    readonly schema: string;
    readonly own: pg.Pool;
    readonly pool: RecordingPool;
    readonly store: ServerStore;
    close(): Promise<void>;
  }

  async function open(options: Partial<PostgresStoreOptions> = {}): Promise<Opened> {
    const own = new pg.Pool({ connectionString: server.url, max: 6 });
    const pool = recordStatements(own);
    const schema = options.schema ?? `f${++schemas}`;
    const store = await postgresStore({ pool, schema, partitions: 2, ...options });
    return {
      schema,
      own,
      pool,
      store,
      async close() {
        await store.close();
        await own.end();
      },
    };
  }

  /** Once, in the place of the first commit. */
  function atFirstCommit(pool: RecordingPool, instead: (run: () => Promise<PgResult>, client: pg.PoolClient) => Promise<PgResult>): void {
    let done = false;
    pool.around = (query, run, client) => {
      if (done || query.name?.startsWith("hf_commit_known") !== true) return run();
      done = true;
      return instead(run, client);
    };
  }

  it("[PGS1][T22] a server that does not keep what it says is refused", async () => {
    const unsafe = await startPostgres({ fsync: "off" });
    try {
      expect(await codeOf(postgresStore({ url: unsafe.url }))).toBe("store-unsafe");
    } finally {
      await unsafe.dispose();
    }
    await admin.query("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0");
    expect(await codeOf(postgresStore({ url: server.url.replace(/postgres$/, "ascii") }))).toBe("store-unsafe");
  });

  it("[PGS1][T22] a role's own synchronous_commit = off is overruled, and a commit that got by is told as done only when it is durable", async () => {
    await admin.query("ALTER ROLE holdfast SET synchronous_commit = off");
    const { store, pool, close } = await open({ limits: { turnMsMax: 400 } });
    await admin.query("ALTER ROLE holdfast RESET synchronous_commit");
    expect(await append(store, "s")).toBe(1);
    // As a pooler between would have it: another session than the one that was made ours.
    pool.around = async (query, run, client) => {
      if (query.name?.startsWith("hf_commit") === true) await client.query("SET synchronous_commit = off");
      if (query.name === "hf_fate") await client.query("SET synchronous_commit = on");
      return run();
    };
    expect(await append(store, "s")).toBe(2);
    expect(pool.texts.some((text) => text.includes("SET head = head"))).toBe(true);
    pool.around = async (query, run, client) => {
      if (/^hf_(commit|fate)/.test(query.name ?? "")) await client.query("SET synchronous_commit = off");
      return run();
    };
    expect(await codeOf(append(store, "s"))).toBe("commit-unknown");
    pool.around = (_query, run) => run();
    await close();
  });

  it.each(["40001", "40P01", "55P03", "25006"])("[PGS6] SQLSTATE %s is no turn's outcome: it is decided again", async (code) => {
    const { store, pool, close } = await open();
    await append(store, "s");
    let runs = 0;
    atFirstCommit(pool, (_run, client) => client.query(`DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '${code}'; END $$`) as never);
    expect(await append(store, "s", replicaOf(1), () => void runs++)).toBe(2);
    expect(runs).toBe(2);
    await close();
  });

  it("[PGS6] a statement that the database refuses for good is told so, once", async () => {
    const { store, pool, close } = await open();
    await append(store, "s");
    let runs = 0;
    atFirstCommit(pool, (_run, client) => client.query("SELECT 1 / 0") as never);
    expect(await codeOf(append(store, "s", replicaOf(1), () => void runs++))).toBe("store-failed");
    expect(runs).toBe(1);
    await close();
  });

  it.each(["before", "after"] as const)("[PGS6][F12] a connection that breaks %s the commit: it is done once", async (when) => {
    const { store, pool, close } = await open();
    await append(store, "s");
    let runs = 0;
    atFirstCommit(pool, async (run, client) => {
      const result = when === "after" ? await run() : undefined;
      const { processID } = client as unknown as { readonly processID: number };
      await admin.query("SELECT pg_terminate_backend($1)", [processID]);
      await sleep(50);
      return result === undefined ? run() : Promise.reject(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
    });
    expect(await append(store, "s", replicaOf(1), () => void runs++)).toBe(2);
    expect([runs, (await store.readStream("s", 0, 9, { countMax: 9, bytesMax: 999 })).length]).toEqual([1, 2]);
    await close();
  });

  it("[PGS6][T15] an answer that never comes is given up, and the commit is done once", async () => {
    const { store, pool, close } = await open({ limits: { answerMsMax: 300 } });
    await append(store, "s");
    atFirstCommit(pool, async (run) => {
      await run();
      return new Promise(() => {});
    });
    expect(await append(store, "s")).toBe(2);
    await close();
  });

  it("[PGS7][F68] no connection within its time is a typed fault, and the store goes on when there is one", async () => {
    const { store, own, close } = await open({ limits: { connectMsMax: 200, turnMsMax: 500, retryMsMax: 400 } });
    await append(store, "s");
    const taken = await Promise.all(Array.from({ length: 6 }, () => own.connect()));
    const read = store.readMark("s", replicaOf(1));
    await expect(read).rejects.toMatchObject({ code: "store-busy", origin: "disk", retry: true });
    expect(await codeOf(append(store, "s"))).toBe("store-busy");
    for (const client of taken) client.release();
    expect(await append(store, "s")).toBe(2);
    await close();
  });

  it("[PGS7] a pool that is too small, and options that cannot work, are refused", async () => {
    const small = new pg.Pool({ connectionString: server.url, max: 2 });
    for (const options of [
      {},
      { pool: small as never },
      { url: server.url, pool: small as never },
      { url: server.url, schema: "a b" },
      { url: server.url, partitions: -1 },
    ])
      expect(await codeOf(postgresStore(options))).toBe("invalid-option");
    await small.end();
  });

  it("[PGS8][F66] what is told as done is there for the next who asks any instance, however slow the database", async () => {
    const a = await open();
    const b = await open({ schema: a.schema });
    a.pool.around = async (query, run) => {
      if (query.name?.startsWith("hf_commit") === true) await sleep(300);
      return run();
    };
    const appended = append(a.store, "s");
    expect((await b.store.readSpaces(["s"]))[0]?.head).toBe(0);
    await appended;
    expect((await b.store.readStream("s", 0, 1, { countMax: 9, bytesMax: 999 })).length).toBe(1);
    // Closing waits for what is under way.
    const last = append(a.store, "s");
    await Promise.all([sleep(5).then(() => a.close()), last]);
    expect((await b.store.readSpaces(["s"]))[0]?.head).toBe(2);
    await b.close();
  });

  it("[PGS8][F05] who starts from a snapshot while others write has, with the stream after it, every record as it is", async () => {
    const a = await open();
    const b = await open({ schema: a.schema });
    const records = 40;
    const write = (store: ServerStore, writer: number, n: number): Promise<number> =>
      store.transact("s", async (reader) => {
        const sequence = (await reader.space()).head + 1;
        const bytes = new TextEncoder().encode(`r${String((writer * 7 + n * 3) % records).padStart(2, "0")}`);
        const record = recordRow("c", new TextDecoder().decode(bytes), sequence, new TextEncoder().encode(String(sequence)));
        return {
          batch: batchOf("s", { head: sequence, stream: [streamRow(sequence, replicaOf(writer), bytes)], records: [record] }),
          result: sequence,
        };
      });
    let writing = true;
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; n < 25; n++) await write(writer % 2 === 0 ? a.store : b.store, writer, n);
    });
    const bootstrap = async (): Promise<void> => {
      const state = new Map<string, number>();
      const [row] = await b.store.readSpaces(["s"]);
      let position = row?.head ?? 0;
      for (let after: { collection: string; record: string } | undefined; ; ) {
        const page = await b.store.readRecords("s", after, { countMax: 7, bytesMax: 9_999 });
        for (const each of page) state.set(each.record, Number(new TextDecoder().decode(each.state)));
        after = page.at(-1);
        if (after === undefined) break;
      }
      for (;;) {
        const isLast = !writing;
        const [now] = await b.store.readSpaces(["s"]);
        const rows = await b.store.readStream("s", position, now?.head ?? 0, { countMax: 9, bytesMax: 999 });
        for (const { sequence, bytes } of rows) {
          expect(sequence).toBe(position + 1);
          position = sequence;
          const record = new TextDecoder().decode(bytes);
          state.set(record, Math.max(state.get(record) ?? 0, sequence));
        }
        if (isLast && rows.length === 0) break;
      }
      const stored = await b.store.readRecords("s", undefined, { countMax: 1_000, bytesMax: 99_999 });
      expect([...state].sort()).toEqual(stored.map((each) => [each.record, Number(new TextDecoder().decode(each.state))]).sort());
    };
    const followers = Array.from({ length: 20 }, async (_, i) => {
      await sleep(i * 20);
      await bootstrap();
    });
    await Promise.all(writers);
    writing = false;
    await Promise.all(followers);
    await a.close();
    await b.close();
  });

  it("[PGS6][T8] backends ended and killed, and the server crashed and started again, in the midst of commits: nothing told as done is lost, and nothing is doubled", async () => {
    const a = await open({ limits: { turnMsMax: 60_000, retryMsMax: 60_000 } });
    const b = await open({ schema: a.schema, limits: { turnMsMax: 60_000, retryMsMax: 60_000 } });
    const acknowledged = new Map<string, number>();
    let next = 0;
    let ended = false;
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      while (!ended) {
        const replica = replicaOf(++next);
        acknowledged.set(replica, await append(writer % 2 === 0 ? a.store : b.store, `s${writer % 3}`, replica));
      }
    });
    for (let round = 0; round < 3; round++) {
      await sleep(400);
      await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holdfast'");
      await sleep(400);
      // One killed as by the kernel: the server ends all the others, and recovers by itself.
      const { rows } = await admin.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'holdfast' ORDER BY state LIMIT 1");
      for (const { pid } of rows as readonly { readonly pid: number }[]) process.kill(pid, "SIGKILL");
      await sleep(400);
      await server.crash();
      await server.start();
    }
    await sleep(300);
    ended = true;
    await Promise.all(writers);
    const found = new Map<string, number>();
    for (const space of ["s0", "s1", "s2"]) {
      const rows = await a.store.readStream(space, 0, 1_000_000, { countMax: 100_000, bytesMax: 1e9 });
      expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, i) => i + 1));
      for (const { replica, sequence } of rows) {
        expect(found.has(replica)).toBe(false);
        found.set(replica, sequence);
      }
    }
    expect([...found].sort()).toEqual([...acknowledged].sort());
    await a.close();
    await b.close();
  }, 120_000);

  it("[PGS5][F07] a change behind the engine's back is refused by name, on a table and on its pieces, and says what to do", async () => {
    const { schema, store, close } = await open();
    await commit(store, batchOf("s", { head: 1, stream: [streamRow(1)], records: [recordRow("notes", "a", 1)] }));
    const refusal = async (sql: string): Promise<string> => {
      const error = (await admin.query(sql).catch((thrown: unknown) => thrown)) as { code?: string; message?: string; hint?: string };
      expect(error.hint ?? "").toContain("server.space(id).write");
      return `${error.code} ${error.message?.split(":")[0]}`;
    };
    const piece = (await admin.query(`SELECT tableoid::regclass::text AS name FROM ${schema}.records`)).rows[0] as {
      readonly name: string;
    };
    for (const sql of [
      `UPDATE ${schema}.records SET data = NULL`,
      `UPDATE ${schema}.records SET sequence = sequence`,
      `DELETE FROM ${piece.name}`,
      `INSERT INTO ${schema}.records SELECT * FROM ${schema}.records ON CONFLICT (space, collection, record) DO UPDATE SET deleted = true`,
      `TRUNCATE ${schema}.stream`,
      `TRUNCATE ${piece.name}`,
      `UPDATE ${schema}.live_records SET data = '{}'`,
      `DELETE FROM ${schema}.replicas`,
    ])
      expect(await refusal(sql)).toBe("HF001 holdfast-foreign-write");
    await admin.query(`ALTER TABLE ${schema}.records ADD COLUMN mine text DEFAULT 'x'`);
    await commit(
      store,
      batchOf("s", { head: 2, stream: [streamRow(2)], records: [recordRow("notes", "a", 2), recordRow("notes", "b", 2)] }),
    );
    expect((await admin.query(`SELECT record, mine FROM ${schema}.records ORDER BY record`)).rows).toEqual([
      { record: "a", mine: "x" },
      { record: "b", mine: "x" },
    ]);
    await close();
  });

  it("[PGS5][F07] a guard that was taken away is back with the next start", async () => {
    const first = await open();
    await admin.query(`DROP TRIGGER foreign_write ON ${first.schema}.stream`);
    await admin.query(`UPDATE ${first.schema}.stream SET at = 0`);
    const again = await open({ schema: first.schema });
    await expect(admin.query(`UPDATE ${first.schema}.stream SET at = 0`)).rejects.toMatchObject({ code: "HF001" });
    await first.close();
    await again.close();
  });

  it("[PGS9] the tables are made once, by whoever comes first, also if that one dies in the midst of it; a newer version is refused", async () => {
    const schema = `f${++schemas}`;
    const dying = new pg.Pool({ connectionString: server.url, max: 4 });
    const pool = recordStatements(dying);
    let statements = 0;
    pool.around = (_query, run, client) => {
      if (++statements !== 30) return run();
      (client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }).connection.stream.destroy();
      return Promise.reject(new Error("died"));
    };
    await expect(postgresStore({ pool, schema, partitions: 2 })).rejects.toThrow();
    await dying.end();
    const stores = await Promise.all(Array.from({ length: 4 }, () => open({ schema, partitions: 4 })));
    const metas = await Promise.all(stores.map(({ store }) => store.meta()));
    expect(new Set(metas.map(({ epoch }) => epoch)).size).toBe(1);
    expect((await admin.query(`SELECT version, partitions FROM ${schema}.migrations ORDER BY version`)).rows).toEqual([
      { version: 1, partitions: 4 },
      { version: 2, partitions: 4 },
    ]);
    for (const { close } of stores) await close();
    await admin.query(`UPDATE ${schema}.migrations SET version = 99 WHERE version = 2`);
    expect(await codeOf(open({ schema }))).toBe("store-mismatch");
  });
});
