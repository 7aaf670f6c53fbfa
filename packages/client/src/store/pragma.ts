/** SQLite obeys some pragmas when they are prepared, and not when they are run: kept as a prepared statement, they do nothing the second time. */
export function isPragma(sql: string): boolean {
  return /^pragma\b/i.test(sql);
}
