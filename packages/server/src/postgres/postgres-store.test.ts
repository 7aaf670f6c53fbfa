import { randomBytes } from "node:crypto";
import { describeServerStore, type StoreFixture } from "@holdfast/conformance";
import { openTestPostgres, type TestPostgres } from "@holdfast/conformance/postgres";
import type { ServerStore } from "@holdfast/core/engine";
import pg from "pg";
import { afterAll, beforeAll, describe, it } from "vitest";
import { postgresStore, type PostgresStoreOptions } from "./index.ts";

let postgres: TestPostgres;
let admin: pg.Pool;
beforeAll(async () => {
  postgres = await openTestPostgres();
  admin = new pg.Pool({ connectionString: postgres.url, max: 2 });
  admin.on("error", () => {});
}, 60_000);
afterAll(async () => {
  await admin.end();
  await postgres.dispose();
});

const freshSchema = (): string => `t_${randomBytes(6).toString("hex")}`;

async function fixtureOf(options: Omit<PostgresStoreOptions, "url" | "pool" | "schema">): Promise<StoreFixture> {
  const schema = freshSchema();
  const open = (): Promise<ServerStore> => postgresStore({ url: postgres.url, schema, ...options });
  const fixture = { store: await open() };
  return {
    store: fixture.store,
    async reopen() {
      await fixture.store.close();
      fixture.store = await open();
      return fixture.store;
    },
    async dispose() {
      await fixture.store.close();
      await admin.query(`DROP SCHEMA ${schema} CASCADE`);
    },
  };
}

describeServerStore({ describe, it }, "PostgreSQL, commits shared, tables in pieces", () => fixtureOf({ partitions: 3 }));

describeServerStore({ describe, it }, "PostgreSQL, each space a shard, each turn under its lock", () =>
  fixtureOf({ partitions: 0, shardOf: (space) => space, limits: { overtakenMax: 0 } }),
);
