/** Who has been told that they may not read a space holds no row of it: only what they wrote themselves and was not taken, as dead letters (trap 12). */
import type { SqlitePort } from "@holdfast/core/engine";

export interface LostSpace {
  readonly device: string;
  readonly port: SqlitePort;
  readonly space: string;
}

/** `_spaces` holds the space's name, its counters and no data; `_log` voids, which keep the counters' places. */
const keptTables: ReadonlySet<string> = new Set(["_spaces", "_dead_letters", "_log"]);

export function checkLostRows({ device, port, space }: LostSpace): readonly string[] {
  const wrong: string[] = [];
  const tables = port.all(
    "SELECT m.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'space' ORDER BY m.name",
  );
  for (const { name } of tables) {
    if (keptTables.has(String(name))) continue;
    const count = port.all(`SELECT count(*) AS n FROM "${String(name)}" WHERE space = ?`, [space])[0]?.["n"] as number;
    if (count > 0) wrong.push(`${device} may not read ${space}, and holds ${count} rows of it in ${String(name)}`);
  }
  const written = port.all("SELECT bytes FROM _log WHERE space = ?", [space]).filter(({ bytes }) => holdsMark(bytes as Uint8Array));
  if (written.length > 0) wrong.push(`${device} may not read ${space}, and its log holds ${written.length} writes there`);
  return wrong;
}

/** What every entry of the fleet's own app carries. */
function holdsMark(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).includes("=user-");
}
