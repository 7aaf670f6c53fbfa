/** The store's database over any SQLite that is open already: another build of it, or one on a disk that is simulated. */
import type { SqlitePort } from "@holdfast/core/engine";
import { type Database, prepareDatabase } from "./database.ts";

/** The port becomes the store's, and is closed with it. Its faults pass as they come. */
export function databaseOver(port: SqlitePort, epoch: () => string): Database {
  const database = databaseAs(port);
  prepareDatabase(database, epoch, "");
  return database;
}

/** One that is prepared already. */
export function databaseAs(port: SqlitePort): Database {
  return {
    get: (sql, ...parameters) => port.all(sql, parameters)[0],
    all: (sql, ...parameters) => port.all(sql, parameters),
    each(sql, parameters, visit) {
      for (const row of port.all(sql, parameters)) if (!visit(row)) break;
    },
    run: (sql, ...parameters) => port.run(sql, parameters),
    transaction: (body) => port.transaction(body),
    close: () => port.close(),
  };
}
