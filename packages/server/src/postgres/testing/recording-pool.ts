/** A pool whose statements a test can read, hold up or spoil, on their way to a real server. */
import type pg from "pg";
import type { PgClient, PgPool, PgQuery, PgResult } from "../connections.ts";

export interface RecordingPool extends PgPool {
  readonly texts: string[];
  /** Runs in the place of each statement; `run` sends it. */
  around: (query: PgQuery, run: () => Promise<PgResult>, client: pg.PoolClient) => Promise<PgResult>;
}

export function recordStatements(pool: pg.Pool): RecordingPool {
  const wrapped = new WeakMap<pg.PoolClient, PgClient>();
  const wrap = (client: pg.PoolClient): PgClient => ({
    query(query) {
      recording.texts.push(query.text);
      return recording.around(query, () => client.query(query as unknown as string), client);
    },
    release: (destroy) => client.release(destroy),
    on: (event, listener) => client.on(event, listener),
  });
  const recording: RecordingPool = {
    texts: [],
    around: (_query, run) => run(),
    async connect() {
      const client = await pool.connect();
      const known = wrapped.get(client) ?? wrap(client);
      wrapped.set(client, known);
      return known;
    },
    on: (event, listener) => pool.on(event, listener),
  };
  return recording;
}
