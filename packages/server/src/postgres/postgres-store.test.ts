import { describeServerStore, type StoreFixture } from "@holdfast/conformance";
import type { ServerStore } from "@holdfast/core/engine";
import { describe, it } from "vitest";
import { postgresStore, type PostgresStoreOptions } from "./index.ts";
import { tableNames } from "./tables.ts";
import { useTestSchemas } from "./testing/schemas.ts";

const schemas = useTestSchemas();

/** The tables are made once for a suite, and emptied after each test. */
function fixturesOf(options: Omit<PostgresStoreOptions, "url" | "pool" | "schema">): () => Promise<StoreFixture> {
  const schema = schemas.fresh();
  const open = (): Promise<ServerStore> => postgresStore({ url: schemas.url, schema, ...options });
  return async () => {
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
        const statements = tableNames.map((name) => `DELETE FROM ${schema}.${name}`);
        await schemas.admin.query(["SELECT set_config('holdfast.writer', 'engine', true)", ...statements].join("; "));
      },
    };
  };
}

describeServerStore({ describe, it }, "PostgreSQL, commits shared, tables in pieces", fixturesOf({ partitions: 3 }));

describeServerStore(
  { describe, it },
  "PostgreSQL, each space a shard, each turn under its lock",
  fixturesOf({ partitions: 0, shardOf: (space) => space, limits: { overtakenMax: 0 } }),
);
