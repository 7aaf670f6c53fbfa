/** `INSERT … ON CONFLICT … DO UPDATE`: the row as it is now, whether or not there was one. Binds the keys, then the others. */
export function upsertInto(table: string, keys: readonly string[], others: readonly string[]): string {
  const all = [...keys, ...others];
  const updates = others.map((column) => `${column} = excluded.${column}`);
  return `INSERT INTO ${table} (${all.join(", ")}) VALUES (${all.map(() => "?").join(", ")}) ON CONFLICT (${keys.join(", ")}) DO UPDATE SET ${updates.join(", ")}`;
}
