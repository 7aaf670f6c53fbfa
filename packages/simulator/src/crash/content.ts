/** A database's whole content as one text, without what every start changes: two states are the same exactly when their contents are. */
import { createHash } from "node:crypto";
import type { SqlitePort, SqlRow } from "@holdfast/core/engine";

/** The start barrier's marks, on a device and at r0. */
const startMarks = { _meta: { column: "key", value: "boots" }, meta: { column: "starts", value: undefined } } as const;

export function hashContent(port: SqlitePort): string {
  const hash = createHash("sha256");
  const tables = port.all("SELECT name, type, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name");
  for (const { name, type, sql } of tables) {
    hash.update(`${String(type)} ${String(sql)}\n`);
    if (type === "table") for (const row of port.all(`SELECT * FROM "${String(name)}"`)) hash.update(`${wordsOf(String(name), row)}\n`);
  }
  return hash.digest("hex").slice(0, 24);
}

function wordsOf(table: string, row: SqlRow): string {
  const mark = Object.hasOwn(startMarks, table) ? startMarks[table as keyof typeof startMarks] : undefined;
  if (mark?.value !== undefined && row[mark.column] === mark.value) return "";
  return Object.entries(row)
    .map(([column, value]) => (mark?.value === undefined && mark?.column === column ? "" : wordOf(value)))
    .join("|");
}

function wordOf(value: unknown): string {
  return value instanceof Uint8Array ? `x${Buffer.from(value).toString("hex")}` : `${typeof value} ${String(value)}`;
}
