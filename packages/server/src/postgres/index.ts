/** The shared store's entry point. */
export type { PgClient, PgPool, PgQuery, PgResult } from "./connections.ts";
export { type PostgresLimits, postgresLimits } from "./limits.ts";
export { postgresStore, type PostgresStoreOptions } from "./postgres-store.ts";
