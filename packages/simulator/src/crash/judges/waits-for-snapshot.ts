/**
 * r0 has been heard, and the file waits for all of its state: what it shows is of an older history, whose confirmations and positions count no
 * longer. It is replaced in one go when the last page of the snapshot is here.
 */
import type { SqlitePort } from "@holdfast/core/engine";

export function waitsForSnapshot(port: SqlitePort, space: string): boolean {
  const sql = `SELECT 1 FROM _spaces, _meta WHERE space = ? AND key = 'epoch' AND (length(cursor) = 0 OR bootstrapping = 1)`;
  return port.all(sql, [space]).length > 0;
}
