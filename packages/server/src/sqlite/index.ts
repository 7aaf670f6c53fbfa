/** The embedded store's entry point. */
export { type SqliteRows, sqliteRows } from "./sqlite-rows.ts";
export { type SqliteStoreOptions, sqliteStore } from "./sqlite-store.ts";
