/** The embedded store's entry point. */
export { type SqliteStoreOptions, sqliteStore } from "./sqlite-store.ts";
