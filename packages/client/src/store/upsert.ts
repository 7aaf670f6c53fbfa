import type { SqlitePort, SqlValue } from "@holdfast/core/engine";

/** A row that has the columns' names and values. */
export function insertInto(port: SqlitePort, table: string, row: Readonly<Record<string, SqlValue>>, otherwise = ""): void {
  port.run(
    `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${questionsFor(Object.keys(row))})${otherwise}`,
    Object.values(row),
  );
}

/** `INSERT … ON CONFLICT … DO UPDATE`: the row as it is now, whether or not there was one. Binds the keys, then the others. */
export function upsertInto(table: string, keys: readonly string[], others: readonly string[]): string {
  const all = [...keys, ...others];
  const updates = others.map((column) => `${column} = excluded.${column}`);
  return `INSERT INTO ${table} (${all.join(", ")}) VALUES (${questionsFor(all)}) ON CONFLICT (${keys.join(", ")}) DO UPDATE SET ${updates.join(", ")}`;
}

function questionsFor(columns: readonly string[]): string {
  return columns.map(() => "?").join(", ");
}
