/** The PostgreSQL and the Redis of a run, started on loopback and ended with it, and how many bytes the database has grown to. */
import { openTestPostgres } from "@holdfast/conformance/postgres";
import { useTestRedis } from "@holdfast/conformance/redis";
import { Pool } from "pg";

export interface Databases {
  readonly postgresUrl: string;
  readonly redisUrl: string;
  /** Undefined for a store whose bytes are not asked for. */
  bytes(store: "sqlite" | "postgres"): Promise<number | undefined>;
  close(): Promise<void>;
}

export async function openDatabases(): Promise<Databases> {
  const postgres = await openTestPostgres();
  const redis = await useTestRedis();
  return {
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    async bytes(store) {
      if (store === "sqlite") return undefined;
      const pool = new Pool({ connectionString: postgres.url, max: 1 });
      const { rows } = await pool.query<{ size: string }>("SELECT pg_database_size(current_database()) AS size");
      await pool.end();
      return Number(rows[0]?.size);
    },
    async close() {
      await redis.dispose();
      await postgres.dispose();
    },
  };
}
