/** One space at one moment, read by SQL in one go, so that nothing can happen in between. */
import type { SqlitePort } from "@holdfast/core/engine";

export interface Entry {
  readonly effect: string;
  readonly target: string;
  readonly amount: number;
  readonly saw: readonly string[];
  readonly of: string;
  /** Undefined on a device whose app does not know the field. */
  readonly remark: string | undefined;
}

export interface Board {
  readonly title: string;
  readonly tags: readonly string[];
  readonly steps: readonly string[];
  readonly moves: readonly string[];
  readonly typed: readonly string[];
  readonly size: string;
  /** Undefined on a device whose app does not know the field. */
  readonly color: string | undefined;
}

/** A value that lost, and is kept for whoever wants it back. */
export interface LostValue {
  readonly collection: string;
  readonly record: string;
  readonly field: string;
  readonly value: unknown;
}

export interface SpaceView {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly totals: ReadonlyMap<string, number>;
  readonly boards: ReadonlyMap<string, Board>;
  /** The edits that each of them holds. */
  readonly notes: ReadonlyMap<string, readonly string[]>;
  readonly oddities: ReadonlyMap<string, unknown>;
  /** Undefined where the app does not know them, or does not show them yet. */
  readonly memos: ReadonlySet<string> | undefined;
  readonly receipts: ReadonlyMap<string, number>;
  readonly seats: ReadonlyMap<string, string>;
  /** By the request's id: which seat. */
  readonly claims: ReadonlyMap<string, string>;
  readonly credits: number | undefined;
  /** Entries, receipts and claims of the writes and requests that were refused and are kept. */
  readonly letters: ReadonlySet<string>;
  /** Among them, those of which the device says that nobody can tell any more how they ended. */
  readonly doubtful: ReadonlySet<string>;
  /** Read when asked for, as long as the device lives. */
  readonly conflicts: () => readonly LostValue[];
}

export function readSpaceView(
  port: SqlitePort,
  space: string,
  { letters, doubtful }: Pick<SpaceView, "letters" | "doubtful">,
  conflicts: () => readonly LostValue[],
): SpaceView {
  const rows = (table: string): readonly (readonly [string, Readonly<Record<string, unknown>>])[] =>
    port.all(`SELECT * FROM ${table} WHERE space = ? ORDER BY id`, [space]).map((row) => [String(row["id"]), row]);
  const isNew = knowsMemos(port);
  return {
    entries: new Map(rows("entries").map(([id, row]) => [id, toEntry(row, isNew)])),
    totals: new Map(rows("totals").map(([id, row]) => [id, row["sum"] as number])),
    boards: new Map(rows("boards").map(([id, row]) => [id, toBoard(row, isNew)])),
    notes: new Map(rows("notes").map(([id, row]) => [id, stringsOf(row["edits"])])),
    oddities: new Map(rows("oddities").map(([id, row]) => [id, row["value"]])),
    memos: isNew ? new Set(rows("memos").map(([id]) => id)) : undefined,
    receipts: new Map(rows("receipts").map(([id, row]) => [id, row["amount"] as number])),
    seats: new Map(rows("seats").map(([id, row]) => [id, String(row["holder"])])),
    claims: new Map(rows("claims").map(([id, row]) => [id, String(row["seat"])])),
    credits: rows("accounts")[0]?.[1]["credits"] as number | undefined,
    letters,
    doubtful,
    conflicts,
  };
}

/** After an upgrade columns are filled slice by slice, and queries of the app wait for that; these do not. */
function knowsMemos(port: SqlitePort): boolean {
  const [table] = port.all("SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'memos'");
  if (table === undefined) return false;
  return port.all("SELECT 1 AS found FROM _meta WHERE key >= 'fill:' AND key < 'fill;' LIMIT 1").length === 0;
}

function toEntry(row: Readonly<Record<string, unknown>>, isNew: boolean): Entry {
  return {
    effect: String(row["effect"]),
    target: String(row["target"]),
    amount: row["amount"] as number,
    saw: stringsOf(row["saw"]),
    of: typeof row["of"] === "string" ? row["of"] : "",
    remark: isNew ? String(row["remark"]) : undefined,
  };
}

function toBoard(row: Readonly<Record<string, unknown>>, isNew: boolean): Board {
  return {
    title: String(row["title"]),
    tags: stringsOf(row["tags"]),
    steps: stringsOf(row["steps"]),
    moves: stringsOf(row["moves"]),
    typed: [...String(row["body"]).matchAll(/<([^<>]+)>/g)].map((match) => match[1] as string),
    size: String(row["size"]),
    color: isNew ? String(row["color"]) : undefined,
  };
}

function stringsOf(json: unknown): readonly string[] {
  return typeof json === "string" ? (JSON.parse(json) as readonly string[]) : [];
}
