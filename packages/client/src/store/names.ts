/** SQL names. Collection and field names come from the schema's pattern (letters, digits, underscore), so quoting is all they need. */
import type { CollectionSpec } from "@holdfast/core/engine";

/** SQLite compares names without case, and these columns are the engine's. */
const engineColumns = ["space", "id", "_meta", "_base", "_pending"] as const;

export function quote(name: string): string {
  return `"${name}"`;
}

/** A collection's table bears its name, so that an app's SQL reads like its schema; SQLite takes none whose name begins like its own tables'. */
export function tableOf(collection: string): string {
  return quote(/^sqlite_/i.test(collection) ? `_${collection}` : collection);
}

/**
 * A field's column bears its name; one that would meet a column of the engine (`id`, `space`) or a field that differs only
 * in case gets an underscore behind it.
 */
export function columnsOf(spec: CollectionSpec): ReadonlyMap<string, string> {
  const taken = new Set<string>(engineColumns);
  const columns = new Map<string, string>();
  for (const field of spec.fields.keys()) {
    let column = field;
    while (taken.has(column.toLowerCase())) column += "_";
    taken.add(column.toLowerCase());
    columns.set(field, column);
  }
  return columns;
}
